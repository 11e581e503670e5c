"""Which choices a condition about their columns can hold for, without looking at all of them.

The twin of client_pwa/src/core/choices.ts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from schemas.coerce import Value
from schemas.form import Choice, Expr

# A shorter list is looked through as fast.
_SHORTEST = 16
# Lists that have an index, newest last: each is held here, so that its id stays its own.
_MOST_LISTS = 64
_indexes: dict[int, tuple[Sequence[Choice], dict[str, dict[str, list[Choice]]]]] = {}


def candidates(
    choices: Sequence[Choice], condition: Expr, value_of: Callable[[Expr], Value]
) -> Sequence[Choice]:
    """Of these choices, in order, at least those that the condition holds for: where it demands
    `column = text` only those with that text. `value_of` works out an expression that reads no column."""
    if len(choices) < _SHORTEST:
        return choices
    for column, wanted in _demands(condition):
        text = value_of(wanted)
        # Two texts are equal as texts; anything else is compared as numbers.
        if isinstance(text, str):
            return with_cell(choices, column, text)
    return choices


def with_cell(choices: Sequence[Choice], column: str, text: str) -> Sequence[Choice]:
    """The choices with this text in a column (`name`, or an extra one), in order."""
    return _index(choices, column).get(text, [])


def _index(choices: Sequence[Choice], column: str) -> dict[str, list[Choice]]:
    known = _indexes.pop(id(choices), None) or (choices, {})
    _indexes[id(choices)] = known
    if len(_indexes) > _MOST_LISTS:
        del _indexes[next(iter(_indexes))]
    columns = known[1]
    if column not in columns:
        by_text: dict[str, list[Choice]] = {}
        for choice in choices:
            text = choice.name if column == "name" else choice.columns.get(column, "")
            by_text.setdefault(text, []).append(choice)
        columns[column] = by_text
    return columns[column]


def _demands(condition: Expr) -> Iterator[tuple[str, Expr]]:
    """Column and expression of each `column = expression` without which the condition can't hold."""
    if not isinstance(condition, list):
        return
    if condition[0] == "and":
        for part in condition[1:]:
            yield from _demands(part)
    elif condition[0] == "=":
        for cell, other in (condition[1:3], condition[2:0:-1]):
            if _is_cell(cell) and not _reads(other, "col", "random", "uuid"):
                yield cell[1], other


def _is_cell(expression: Expr) -> bool:
    # A label is another text in another language.
    return isinstance(expression, list) and expression[0] == "col" and expression[1] != "label"


def _reads(expression: Any, *operators: str) -> bool:
    return isinstance(expression, list) and (
        expression[0] in operators or any(_reads(part, *operators) for part in expression[1:])
    )
