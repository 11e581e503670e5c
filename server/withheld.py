"""What public files and viewers are not given: what a form marks as sensitive, and what gives it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.form import Expr, Form, Meta, Valued

_PEOPLE = ("@subject", "@author")
_NAMING_METADATA = {"username", "email", "phonenumber"}
_VERBATIM = {
    "concat",
    "join",
    "coalesce",
    "once",
    "string",
    "substr",
    "substring-before",
    "substring-after",
    "selected-at",
    "normalize-space",
    "translate",
    "format-date",
    "format-date-time",
    "date",
    "date-time",
    "jr:choice-name",
    "ix",
}


def withheld(forms: Sequence[Form]) -> set[str]:
    """Row-less paths of everything that is withheld. The strictest version decides. A
    calculation that gives back a marked answer, or the household's or the interviewer's name, is withheld
    like it; one that only counts, compares or computes with it is not."""
    found = {path for form in forms for path in _withheld(form)}
    renamed = (form.renames.items() for form in forms)
    return found | {name for pairs in renamed for pair in pairs if found & {*pair} for name in pair}


def _withheld(form: Form) -> set[str]:
    values = {number: node for number, node in enumerate(form.nodes) if isinstance(node, Valued)}
    found = {
        number
        for number, node in values.items()
        if node.sensitivity or (isinstance(node, Meta) and node.kind in _NAMING_METADATA)
    }
    while True:
        more = {n for n, node in values.items() if n not in found and _repeats(node, found)}
        if not more:
            return {values[number].path for number in found}
        found |= more


def _repeats(node: Valued, found: set[int]) -> bool:
    given = (getattr(node, "calculation", None), getattr(node, "default", None))
    return any(read in found or read in _PEOPLE for expr in given for read in _given_back(expr))


def _given_back(expr: Expr) -> Iterator[int | str]:
    """The questions and sources whose text can come out of an expression as it went in."""
    if not isinstance(expr, list) or not expr:
        return
    match expr:
        case ["r" | "R" | "last", int(number), *_]:
            yield number
        case ["pull", str(source), *_]:
            yield source
        case ["if", _, yes, no]:
            yield from _given_back(yes)
            yield from _given_back(no)
        case [str(name), *parts] if name in _VERBATIM:
            for part in parts:
                yield from [part] if name == "ix" and isinstance(part, int) else _given_back(part)
