"""Which disagreements with the independent engine are deviations that docs/expressions.md lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from schemas.form import AnyNode, Asked, Form

# What a disagreement is about.
RELEVANT, CALCULATION, VALUE, VIOLATION = "relevant", "calculation", "value", "violation"
REQUIRED, READONLY, CHOICES, ROWS, LABEL = "required", "readonly", "choices", "rows", "label"
_CHANCE = {"random", "uuid"}
_OF_SETS = {"sum", "min", "max"}
_COLUMNS = (
    "relevant",
    "calculation",
    "default",
    "count",
    "constraint",
    "required",
    "readonly",
    "choice_filter",
)
_WORKED_OUT = ("relevant", "calculation", "default", "count")


class Disagreement(Struct, frozen=True):
    """`number`: of the node."""

    number: int
    what: str
    ours: Any
    theirs: Any


# Everything that a disagreement may be excused by: each stands in docs/expressions.md.
NAMES = (
    "no-number-is-blank",
    "the-whole-answer-matches",
    "drawn-by-chance",
    "blanks-are-skipped",
    "curly-quotes-are-kept",
    "another-language-is-better-than-none",
    "shuffled-by-our-own-dice",
    "or-other-in-our-words",
)
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def straight(part: Any) -> Any:
    """Texts as pyxform writes them into an XForm: with straight quotes."""
    if isinstance(part, list):
        return [straight(each) for each in part]
    return part.translate(_STRAIGHT) if isinstance(part, str) else part


def operators(part: Any) -> set[str]:
    """The operators and functions of an expression."""
    if not isinstance(part, list) or not part:
        return set()
    heads = {part[0]} if isinstance(part[0], str) else set()
    return heads.union(*(operators(inner) for inner in part[1:]))


def reads(part: Any) -> set[int]:
    """The nodes that an expression reads."""
    if not isinstance(part, list) or not part:
        return set()
    own = {part[1]} if part[0] in ("r", "R", "ix") else set()
    return own.union(*(reads(inner) for inner in part[1:]))


def expressions(node: Struct, columns: tuple[str, ...] = _COLUMNS) -> Iterator[Any]:
    """What stands in these columns of a node."""
    for column in columns:
        if getattr(node, column, None) is not None:
            yield getattr(node, column)


def reads_behind(form: Form, expression: Any) -> set[int]:
    """The nodes that an expression depends on, however far."""
    known: set[int] = set()
    waiting = list(reads(expression))
    while waiting:
        number = waiting.pop()
        if number < 0 or number in known:
            continue
        known.add(number)
        node = form.nodes[number]
        waiting += [node.parent, *(each for part in expressions(node, _WORKED_OUT) for each in reads(part))]
    return known


def _own(node: AnyNode, what: str, ours: Any, theirs: Any) -> str:
    """The deviation that this node's own expressions show; blank for none."""
    if what == CALCULATION and ours is None and theirs in ("NaN", "Infinity", "-Infinity"):
        return "no-number-is-blank"
    if what == VIOLATION and (ours, theirs) == ("constraint", ""):
        constraint = node.constraint if isinstance(node, Asked) else None
        return "the-whole-answer-matches" if "regex" in operators(constraint) else ""
    if what in (CHOICES, VALUE, LABEL) and ours != straight(ours):
        given = theirs.split() if what == VALUE and isinstance(ours, list) else theirs
        return "curly-quotes-are-kept" if straight(ours) == given else ""
    if what == CHOICES and getattr(node, "shuffle", "") and sorted(ours) == sorted(theirs):
        return "shuffled-by-our-own-dice"
    if what == LABEL and theirs == "Specify other.":
        return "or-other-in-our-words"
    if what == LABEL and theirs == "-":
        return "another-language-is-better-than-none"
    if what not in (CALCULATION, VALUE):
        return ""
    used = set().union(*(operators(part) for part in expressions(node, ("calculation", "default"))))
    if used & _CHANCE and ours is not None and theirs:
        return "drawn-by-chance"
    if used & _OF_SETS and ours is not None and theirs in ("", "NaN"):
        return "blanks-are-skipped"
    return ""


def _leans_on(node: AnyNode) -> set[int]:
    """The nodes from which anything of this one is worked out."""
    texts = [parts for parts in (node.label or {}).values() if isinstance(parts, list)]
    parts = [*expressions(node), *(part for text in texts for part in text)]
    return {node.parent}.union(*(reads(part) for part in parts))


def excused(form: Form, disagreements: list[Disagreement]) -> list[str]:
    """For each of one round's disagreements the deviation that explains it, blank for none: its own, or that
    of a node which it is worked out from and which is itself explained in this round."""
    names = [_own(form.nodes[each.number], each.what, each.ours, each.theirs) for each in disagreements]
    explained = {each.number: name for each, name in zip(disagreements, names, strict=True) if name}
    grows = True
    while grows:
        grows = False
        for at, each in enumerate(disagreements):
            why = {each.number, *_leans_on(form.nodes[each.number])} & explained.keys()
            if why and not names[at]:
                names[at] = explained[min(why)]
                explained.setdefault(each.number, names[at])
                grows = True
    return names
