"""The functions that expressions may call: how many arguments, and which of these may be sets of values."""

from __future__ import annotations

import difflib
import re

from msgspec import Struct

from schemas.expression import Fault

MANY = 1_000


class Function(Struct, frozen=True):
    """`sets`: the arguments from this number on may be sets of values across rows (-1: none)."""

    least: int
    most: int
    sets: int = -1


def _same(least: int, most: int, names: str, sets: int = -1) -> dict[str, Function]:
    return {name: Function(least, most, sets) for name in names.split()}


FUNCTIONS: dict[str, Function] = {
    **_same(0, 0, "true false pi today now random"),
    **_same(0, 1, "uuid"),
    **_same(1, 1, "not boolean boolean-from-string once string string-length normalize-space trim"),
    **_same(1, 1, "number int floor ceiling abs sqrt exp exp10 log log10 sin cos tan asin acos atan"),
    **_same(1, 1, "count-selected position date date-time decimal-date-time decimal-time"),
    **_same(1, 2, "round"),
    **_same(2, 2, "substring-before substring-after contains starts-with ends-with regex pow atan2"),
    **_same(2, 2, "selected selected-at jr:choice-name format-date format-date-time difference-in-months"),
    **_same(2, 3, "substr substring"),
    **_same(2, 4, "pulldata"),
    **_same(3, 3, "if translate"),
    **_same(3, 7, "indexed-repeat"),
    **_same(3, MANY, "checklist"),
    **_same(4, MANY, "weighted-checklist"),
    **_same(0, MANY, "concat"),
    **_same(2, MANY, "coalesce"),
    **_same(1, 1, "sum count count-non-empty", sets=0),
    **_same(1, MANY, "min max", sets=0),
    **_same(2, MANY, "join", sets=1),
}

_ALIASES = {"jr:choice-name": ("choice-name", "choice_name"), "current": ()}

# Known elsewhere, refused here by name.
_SURVEYCTO = (
    "duration device-info index rank-index rank-value choice-label choice-value item-at item-index hash "
    "item-present linebreak pseudo-random sum-if count-if min-if max-if join-if rank-index-if enum-id "
    "plug-in-metadata short-geopoint de-duplicate phone-call-log phone-call-duration geo-scatter "
    "distance-between username version"
)
_CHT = "add-date cht:extension-lib cht:difference-in-months z-score"
_UNSUPPORTED = (
    "digest base64-decode base64-encode randomize area distance geofence intersects extract-signed property "
    "last name local-name namespace-uri id lang jr:itext"
)
_ELSEWHERE = {
    **dict.fromkeys(_SURVEYCTO.split(), "is a function of SurveyCTO and can't be used here"),
    **dict.fromkeys(_CHT.split(), "is a function of CHT and can't be used here"),
    **dict.fromkeys(_UNSUPPORTED.split(), "is not supported"),
}

FORMAT_TOKENS = ("%Y", "%y", "%m", "%n", "%b", "%d", "%e", "%a", "%H", "%h", "%M", "%S", "%3")


def did_you_mean(word: str, known: object, shape: str = "{}") -> str:
    """`Did you mean ${age}?`, or nothing when no known word is near."""
    names = [str(name) for name in known]  # type: ignore[attr-defined]
    folded = {name.lower(): name for name in reversed(names)}
    near = difflib.get_close_matches(word.lower(), folded, n=3, cutoff=0.6)
    meant = next((name for name in near if _may_mean(word.lower(), name)), None)
    return f"Did you mean {shape.format(folded[meant])}?" if meant is not None else ""


def _may_mean(written: str, name: str) -> bool:
    """A slip for each three letters, or whole words left out: further away it is another word."""
    words, others = (set(re.findall(r"\w{2,}", each.replace("_", " "))) for each in (written, name))
    is_part = bool(words and others) and (words <= others or others <= words)
    return is_part or _slips(written, name) <= max(len(written), len(name)) // 3


def _slips(written: str, name: str) -> int:
    """Letters to change, add, leave out or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row: list[int] = [*range(len(name) + 1)]
    for at, letter in enumerate(written):
        above, row = row, [at + 1]
        for place, other in enumerate(name):
            best = min(above[place + 1] + 1, row[place] + 1, above[place] + (letter != other))
            if at and place and letter == name[place - 1] and other == written[at - 1]:
                best = min(best, before[place - 1] + 1)
            row.append(best)
        before = above
    return row[-1]


# What people who come from spreadsheets write.
_HABITS = {
    "between": "Write . >= 1 and . <= 5.",
    "len": "Write string-length(…).",
    "length": "Write string-length(…).",
    "isblank": "Write ${name} = ''.",
    "is-blank": "Write ${name} = ''.",
    "isempty": "Write ${name} = ''.",
    "empty": "Write ${name} = ''.",
    "iif": "Write if(condition, then, else).",
    "year": "Write format-date(${date}, '%Y').",
    "month": "Write format-date(${date}, '%n').",
    "day": "Write format-date(${date}, '%e').",
    "avg": "Write sum(${x}) div count(${x}).",
    "average": "Write sum(${x}) div count(${x}).",
    "mean": "Write sum(${x}) div count(${x}).",
    "concatenate": "Write concat(…).",
    "label": "Write jr:choice-name(${question}, '${question}').",
    "and": "Write (…) and (…).",
    "or": "Write (…) or (…).",
}


def unknown_function(name: str) -> Fault:
    """Why `name(…)` can't be called."""
    if name in _ELSEWHERE:
        return Fault(f"{name}() {_ELSEWHERE[name]}.")
    for known, others in _ALIASES.items():
        if name in others:
            return Fault(f"{name}() is not a function.", f"Did you mean {known}()?")
    if name in ("instance", "current"):
        return Fault(
            f"{name}(…) can't be used this way.",
            "Use instance('list')/root/item[…]/column or current()/../name.",
        )
    if name.lower() in _HABITS:
        return Fault(f"{name}() is not a function.", _HABITS[name.lower()])
    return Fault(f"{name}() is not a function.", did_you_mean(name, FUNCTIONS, "{}()"))


def check_arity(name: str, count: int) -> Fault | None:
    """A sentence when a known function has too few or too many arguments."""
    known = FUNCTIONS[name]
    if known.least <= count <= known.most:
        return None
    if known.least == known.most:
        wanted = f"{known.least}"
    elif known.most == MANY:
        wanted = f"at least {known.least}"
    else:
        wanted = f"{known.least} to {known.most}"
    return Fault(f"{name}() takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}.")


def check_format(text: str) -> Fault | None:
    """A sentence when a date format has a token that the calendar functions don't know."""
    at = 0
    while (at := text.find("%", at)) >= 0:
        if text[at : at + 2] not in FORMAT_TOKENS:
            return Fault(
                f"{text[at : at + 2]} is not a date token.", f"Use some of {' '.join(FORMAT_TOKENS)}."
            )
        at += 2
    return None
