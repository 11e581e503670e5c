"""What is shown where heads disagree, by the rule in the form's column `conflict`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from schemas.canonical import JSON, same
from schemas.paths import is_system, last_part, without_rows
from sync.record import Head

_LEAST_FINISHED_FIRST = ("returned", "draft", "submitted", "approved")
_SYSTEM_RULES = {
    "@status": "least_finished",
    "@env": "latest",
    "@comment": "latest",
    "@row": "latest",
    "@same_as": "latest",  # every head counts as an edge; the newest is shown
}


class Decision(NamedTuple):
    """The value that is shown (None: absent), and whether the path is a Conflict."""

    value: JSON
    is_open: bool


def rule_of(path: str, rules: Mapping[str, str]) -> str:
    """System paths have rules of their own; `ask` where the form names none."""
    return (
        _SYSTEM_RULES.get(last_part(path), "ask") if is_system(path) else rules.get(without_rows(path), "ask")
    )


def decide(rule: str, heads: Sequence[Head]) -> Decision:
    """`heads` newest first, at least one. The whole set counts, never pairs of heads."""
    if len(heads) == 1 or all(same(head.value, heads[0].value) for head in heads[1:]):
        return Decision(heads[0].value, False)
    if rule == "supervisor":
        ruling = [head for head in heads if head.role in ("supervisor", "admin")]
        return Decision(ruling[0].value, False) if ruling else Decision(heads[0].value, True)
    if rule in _CLOSING:
        return Decision(_CLOSING[rule](heads), False)
    return Decision(heads[0].value, True)


def _latest(heads: Sequence[Head]) -> JSON:
    return heads[0].value


def _first(heads: Sequence[Head]) -> JSON:
    return heads[-1].value


def _largest(heads: Sequence[Head]) -> JSON:
    return _extreme(heads, 1)


def _smallest(heads: Sequence[Head]) -> JSON:
    return _extreme(heads, -1)


def _extreme(heads: Sequence[Head], sign: int) -> JSON:
    """By number where there is one, else by date, else by time of day; the newest of equals."""
    scales = [_on_scale(head.value) for head in heads]
    known = [scale for scale, _ in scales if scale]
    if not known:
        return heads[0].value
    scale = min(known)
    usable = [(amount, head) for (of, amount), head in zip(scales, heads, strict=True) if of == scale]
    return max(usable, key=lambda pair: sign * pair[0])[1].value


def _union(heads: Sequence[Head]) -> JSON:
    lists = [head.value for head in heads if _is_list_of_codes(head.value)]
    return sorted({code for codes in lists for code in codes}) if lists else heads[0].value


def _is_list_of_codes(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(code, str) for code in value)


def _join(heads: Sequence[Head]) -> JSON:
    texts = [head.value for head in reversed(heads) if isinstance(head.value, str)]
    return " | ".join(dict.fromkeys(texts)) if texts else heads[0].value


def _least_finished(heads: Sequence[Head]) -> JSON:
    known = [head.value for head in heads if head.value in _LEAST_FINISHED_FIRST]
    return min(known, key=_LEAST_FINISHED_FIRST.index) if known else heads[0].value


_CLOSING: dict[str, Callable[[Sequence[Head]], JSON]] = {
    "latest": _latest,
    "first": _first,
    "largest": _largest,
    "smallest": _smallest,
    "union": _union,
    "join": _join,
    "least_finished": _least_finished,
}

_TIME = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:T{_TIME})?")
_CLOCK = re.compile(_TIME)
_NUMBER, _DAY, _HOUR = 1, 2, 3


def _on_scale(value: JSON) -> tuple[int, float]:
    """(scale, amount): a number; the milliseconds of a date or instant, of a time; (0, 0): none of these."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _NUMBER, value
    if not isinstance(value, str):
        return 0, 0
    if day := _DATE.fullmatch(value):
        year, month, date = (int(part) for part in day.groups()[:3])
        return _DAY, _days_since_1970(year, month, date) * 86_400_000 + _milliseconds(day.groups()[3:])
    if clock := _CLOCK.fullmatch(value):
        return _HOUR, _milliseconds(clock.groups())
    return 0, 0


def _milliseconds(parts: Sequence[str | None]) -> int:
    hour, minute, second = (int(part or 0) for part in parts[:3])
    offset = parts[4] or "Z"
    minutes = 0 if offset == "Z" else int(offset[1:3]) * 60 + int(offset[4:])
    ahead = -minutes if offset.startswith("-") else minutes
    return ((hour * 60 + minute - ahead) * 60 + second) * 1000 + int((parts[3] or "0").ljust(3, "0"))


def _days_since_1970(year: int, month: int, day: int) -> int:
    """Civil day of the proleptic Gregorian calendar; counts years from March, so that leap days come last."""
    years = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + of_year - 719_468


def distinct_texts(values: Sequence[JSON]) -> list[str]:
    """The distinct strings among values that are not empty, sorted."""
    return sorted({value for value in values if isinstance(value, str) and value})
