"""Expressions with questions by path instead of number: so that two versions can be compared."""

from __future__ import annotations

from schemas.form import Expr, Form, Text

# Operators whose next part is the number of a node.
_OF_A_NODE = ("r", "R", "pos", "last")


def named(form: Form, expr: Expr) -> Expr:
    """Equal for two versions exactly when they mean the same, wherever their questions stand."""
    if not isinstance(expr, list) or not expr:
        return expr
    match expr:
        case [str(kind), int(number)] if kind in _OF_A_NODE:
            return [kind, _path(form, number)]
        case ["ix", int(number), *pairs]:
            places = [
                _path(form, part) if at % 2 == 0 else named(form, part) for at, part in enumerate(pairs)
            ]
            return ["ix", _path(form, number), *places]
        case ["jr:choice-name", inner, int(number)]:
            return ["jr:choice-name", named(form, inner), _path(form, number)]
        case _:
            return [named(form, part) for part in expr]


def named_text(form: Form, text: Text) -> dict[str, Expr]:
    """Language to the text; blank ones are left out."""
    return {
        language: parts if isinstance(parts, str) else [named(form, part) for part in parts]
        for language, parts in text.items()
        if parts
    }


def _path(form: Form, number: int) -> str:
    return form.nodes[number].path
