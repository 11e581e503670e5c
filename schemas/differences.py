"""What a new version of a form changes for those who are in the field, and for what they wrote down."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.difference import Difference, node_type
from schemas.differences_of_choices import list_differences
from schemas.form import AnyNode, Asked, Form, Group, Note, Repeat, Valued
from schemas.naming import named, named_text

_TEXTS = ("label", "hint", "guidance", "constraint_message", "required_message")
_RULES = (
    "relevant",
    "constraint",
    "calculation",
    "required",
    "readonly",
    "default",
    "choice_filter",
    "count",
)
_MARKS = ("appearance", "conflict", "sensitivity", "indicator", "meaning", "unit", "carry", "module")
_SETTINGS = ("title", "subject_form", "one_per", "phones", "instance_name")
Used = Mapping[str, set[str]]


class Versions(Struct, frozen=True):
    """`pairs`: path now to the path before, of what stands in both. `used`: row-less path to the values (as
    text) that were answered there."""

    old: Form
    new: Form
    pairs: dict[str, str]
    used: Used


def differences(old: Form, new: Form, used: Used) -> list[Difference]:
    """From the published version to the next: what is refused first, then what needs a decision, then the
    rest, each in the order of the new sheet."""
    before = {node.path: node for node in old.nodes if not _is_unnamed(node)}
    pairs = _pairs(before, new)
    versions = Versions(old, new, pairs, used)
    found = [
        *_renames(versions, before),
        *_nodes(versions, before),
        *_removed(versions, before),
        *_moved(versions, before),
        *list_differences(old, new, pairs, used),
        *_settings(old, new),
    ]
    weights = ("refused", "decide", "note")
    return sorted(found, key=lambda difference: (weights.index(difference.weight), difference.row))


def _is_unnamed(node: AnyNode) -> bool:
    return isinstance(node, Note) and node.name == f"note_{node.row}"


def _pairs(before: Mapping[str, AnyNode], new: Form) -> dict[str, str]:
    pairs = {node.path: node.path for node in new.nodes if node.path in before and not _is_unnamed(node)}
    for was, now in new.renames.items():
        if was in before:
            pairs.setdefault(now, was)
    return pairs


def _renames(versions: Versions, before: Mapping[str, AnyNode]) -> Iterator[Difference]:
    new, old = versions.new, versions.old
    rows = {node.path: node.row for node in new.nodes}
    for now, was in versions.pairs.items():
        if now != was:
            yield Difference("renamed", path=now, row=rows[now], was=was)
    for was, now in new.renames.items():
        if was not in before and was not in old.renames and now.rpartition("/")[0] == was.rpartition("/")[0]:
            yield Difference("unknown_old_name", path=now, row=rows[now], was=was)
    for was, now in old.renames.items():
        if was not in new.renames and now in versions.used and now in rows:
            yield Difference("old_name_dropped", "decide", path=now, row=rows[now], was=was)


def _nodes(versions: Versions, before: Mapping[str, AnyNode]) -> Iterator[Difference]:
    for node in versions.new.nodes:
        if _is_unnamed(node):
            continue
        if node.path not in versions.pairs:
            yield Difference(
                "added" if isinstance(node, Valued | Repeat) else "text_added", path=node.path, row=node.row
            )
            continue
        was = before[versions.pairs[node.path]]
        changed = [*_type(versions, was, node), *_texts(versions, was, node), *_rules(versions, was, node)]
        yield from (replace(difference, path=node.path, row=node.row) for difference in changed)


def _type(versions: Versions, was: AnyNode, now: AnyNode) -> Iterator[Difference]:
    before, after = node_type(was), node_type(now)
    if before == after:
        return
    if (before, after) == ("integer", "decimal"):
        yield Difference("type", was=before, now=after)
        return
    holds = isinstance(was, Asked | Repeat)
    has_answers = was.path in versions.used or now.path in versions.used
    weight: Any = "note" if not holds else "refused" if has_answers else "decide"
    yield Difference("type", weight, was=before, now=after)


def _texts(versions: Versions, was: AnyNode, now: AnyNode) -> Iterator[Difference]:
    for what in _TEXTS:
        before = named_text(versions.old, getattr(was, what, {}))
        after = _as_before(versions, named_text(versions.new, getattr(now, what, {})))
        languages = sorted(code for code in {*before, *after} if before.get(code) != after.get(code))
        if languages:
            yield Difference("text", what=what, languages=languages)
    if _shown(versions.old, was) != _shown(versions.new, now):
        yield Difference("text", what="media", languages=[])


def _shown(form: Form, node: AnyNode) -> dict[str, Any]:
    """Kind to language to the file that the node shows, or to its name where it was not given."""
    media: dict[str, Any] = getattr(node, "media", {})
    return {
        kind: {language: form.files.get(name, name) for language, name in names.items()}
        for kind, names in media.items()
    }


def _rules(versions: Versions, was: AnyNode, now: AnyNode) -> Iterator[Difference]:
    for what in _RULES:
        before = named(versions.old, getattr(was, what, None)) or None
        after = _as_before(versions, named(versions.new, getattr(now, what, None))) or None
        if before == after:
            continue
        if what == "required" and after is True:
            yield Difference("became_required")
        else:
            yield Difference(
                "rule", what=what, was="" if before is None else "set", now="" if after is None else "set"
            )
    for what in _MARKS:
        before, after = getattr(was, what, ""), getattr(now, what, "")
        if before != after and not isinstance(before, list) and not isinstance(after, list):
            yield Difference("setting", what=what, was=_plain(before), now=_plain(after))


def _as_before(versions: Versions, part: Any) -> Any:
    """What names a question by its new path, with the path of before."""
    match part:
        case [("r" | "R" | "pos" | "last" | "ix") as kind, str(path), *more]:
            return [kind, versions.pairs.get(path, path), *(_as_before(versions, each) for each in more)]
        case list():
            return [_as_before(versions, each) for each in part]
        case dict():
            return {key: _as_before(versions, each) for key, each in part.items()}
        case str():
            return part
        case _:
            return part


def _removed(versions: Versions, before: Mapping[str, AnyNode]) -> Iterator[Difference]:
    kept = set(versions.pairs.values())
    elsewhere = {node.name: node.path for node in versions.new.nodes if node.path not in versions.pairs}
    for path, node in before.items():
        if path in kept:
            continue
        if not isinstance(node, Valued | Repeat):
            yield Difference("text_removed", path=path)
            continue
        is_used = path in versions.used and isinstance(node, Asked)
        yield Difference(
            "removed", "decide" if is_used else "note", path=path, now=elsewhere.get(node.name, "")
        )


def _moved(versions: Versions, before: Mapping[str, AnyNode]) -> Iterator[Difference]:
    after = [node for node in versions.new.nodes if node.path in versions.pairs]
    kept = set(versions.pairs.values())
    order = [path for path in before if path in kept]
    now = [versions.pairs[node.path] for node in after]
    blocks = difflib.SequenceMatcher(a=order, b=now, autojunk=False).get_matching_blocks()
    stayed = {path for block in blocks for path in order[block.a : block.a + block.size]}
    for node in after:
        was = versions.pairs[node.path]
        holder = _holder(versions.new, node)
        is_elsewhere = versions.pairs.get(holder, holder) != _holder(versions.old, before[was])
        if was not in stayed or (is_elsewhere and not isinstance(node, Group)):
            yield Difference("moved", path=node.path, row=node.row)


def _holder(form: Form, node: AnyNode) -> str:
    return form.nodes[node.parent].path if node.parent >= 0 else ""


def _settings(old: Form, new: Form) -> Iterator[Difference]:
    for what in _SETTINGS:
        before, after = getattr(old, what), getattr(new, what)
        if what == "instance_name":
            before, after = named(old, before), named(new, after)
        if before != after:
            weight: Any = "decide" if what in ("one_per", "subject_form", "phones") else "note"
            yield Difference("form_setting", weight, what=what, was=_plain(before), now=_plain(after))
    for language in old.languages:
        if language not in new.languages:
            yield Difference("language_removed", "decide", what=language)
    for language in new.languages:
        if language not in old.languages:
            yield Difference("language_added", what=language)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return (
        " ".join(value)
        if isinstance(value, list) and all(isinstance(v, str) for v in value)
        else str(value or "")
    )
