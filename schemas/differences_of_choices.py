"""What a new version changes in the lists of choices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from schemas.difference import Difference
from schemas.form import Choice, ChoiceQuestion, ChoicesQuestion, Form, Text
from schemas.naming import named_text

_MOST_NAMED = 8


def list_differences(
    old: Form, new: Form, pairs: Mapping[str, str], used: Mapping[str, set[str]]
) -> Iterator[Difference]:
    """Once for each list, however many questions ask it; a list under another name is the list of its
    question."""
    seen: set[tuple[str, str]] = set()
    before = {node.path: node for node in old.nodes}
    chosen = _chosen(new, pairs, used)
    for node in new.nodes:
        was = before.get(pairs.get(node.path, ""))
        if not isinstance(node, ChoiceQuestion | ChoicesQuestion):
            continue
        if not isinstance(was, ChoiceQuestion | ChoicesQuestion) or (was.list, node.list) in seen:
            continue
        seen.add((was.list, node.list))
        yield from _list(old, new, (was.list, node.list), chosen.get(node.list, set()))


def _chosen(new: Form, pairs: Mapping[str, str], used: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """List to what was chosen of it, in whatever question."""
    found: dict[str, set[str]] = {}
    for node in new.nodes:
        if isinstance(node, ChoiceQuestion | ChoicesQuestion):
            codes = used.get(node.path, set()) | used.get(pairs.get(node.path, ""), set())
            found.setdefault(node.list, set()).update(codes)
    return found


def _list(old: Form, new: Form, names: tuple[str, str], chosen: set[str]) -> Iterator[Difference]:
    before = {choice.name: choice for choice in old.lists.get(names[0], [])}
    after = {choice.name: choice for choice in new.lists.get(names[1], [])}
    recodes = new.recodes.get(names[1], {})
    name = names[1]
    renamed = {was: now for was, now in recodes.items() if was in before}
    for was, now in renamed.items():
        yield Difference("choice_renamed", path=name, what=now, was=was)
    added = [code for code in after if code not in before and code not in renamed.values()]
    if added:
        yield Difference("choices_added", path=name, what=_some(added))
    gone = [code for code in before if code not in after and code not in renamed]
    lost = [code for code in gone if code in chosen]
    if lost:
        yield Difference("choices_removed", "refused", path=name, what=_some(lost))
    if left := [code for code in gone if code not in chosen]:
        yield Difference("choices_removed", path=name, what=_some(left))
    yield from _labels(old, new, name, before, after)


def _labels(
    old: Form, new: Form, name: str, before: Mapping[str, Choice], after: Mapping[str, Choice]
) -> Iterator[Difference]:
    labels = {code: named_text(old, choice.label) for code, choice in before.items()}
    labels_now = {code: named_text(new, choice.label) for code, choice in after.items()}
    owners = {_key(label): code for code, label in labels_now.items() if label}
    for code in before.keys() & after.keys():
        was, now = labels[code], labels_now[code]
        if was == now:
            continue
        owner = owners.get(_key(was)) if was else None
        both = was.keys() & now.keys()
        if owner not in (None, code) and (
            owner not in before or labels[str(owner)] != labels_now[str(owner)]
        ):
            yield Difference(
                "choice_reused", "refused", path=name, what=_plain(was), was=code, now=str(owner)
            )
        elif both and all(_is_another(was[language], now[language]) for language in both):
            yield Difference(
                "choice_meaning", "decide", path=name, what=code, was=_plain(was), now=_plain(now)
            )
        else:
            languages = sorted(each for each in {*was, *now} if was.get(each) != now.get(each))
            yield Difference("choice_label", path=name, what=code, languages=languages)


def _is_another(was: object, now: object) -> bool:
    """No word of one in the other: mending a typing error or adding a remark keeps some."""
    words = [set(re.findall(r"\w+", str(text).casefold())) for text in (was, now)]
    return not words[0] & words[1]


def _key(label: Text) -> str:
    return str(sorted(label.items()))


def _plain(label: Text) -> str:
    return " / ".join(dict.fromkeys(str(text) for text in label.values()))


def _some(codes: list[str]) -> str:
    more = len(codes) - _MOST_NAMED
    return ", ".join(codes[:_MOST_NAMED]) + (f" (+{more})" if more > 0 else "")
