"""Fills in any Form: an answer for every question that applies, until the form has nothing against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import (
    Acknowledge,
    Asked,
    Choice,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Form,
    NumberQuestion,
    Repeat,
    TextQuestion,
)
from server.demo.likely import many_of, one_of

Answers = dict[str, Any]
Rows = Mapping[str, list[str]]  # repeat path to row ids
# What to answer: `suggest(question, row id or "")`; UNKNOWN leaves it to chance, None leaves it blank.
Suggest = Callable[[Asked, str], Any]
UNKNOWN: Final = object()

_ROUNDS = 6
_NUMBERS = (1, 2, 3, 5, 10, 20, 50, 100, 2020, 500, 1000, 10_000, 100_000, 0)


class Unfillable(Exception):
    """The form refuses every answer that was tried; the message names the question."""


def fill(
    form: Form, context: Context, rows: Rows, suggest: Suggest, *, means: float, random: Random
) -> Answers:
    """Answers that satisfy every constraint and every required question; nothing where it does not apply."""
    answers: Answers = {}
    places = dict(_places(form, rows))
    for path, (node, row) in places.items():
        value = suggest(node, row)
        if value is UNKNOWN:
            value = _by_chance(node, [c.name for c in form.lists.get(_list(node), [])], means, random)
        if value is not None:
            answers[path] = value
    for attempt in range(_ROUNDS):
        evaluation = evaluate(form, answers, context)
        changes = _mended(evaluation, answers, places, means=means, random=random, attempt=attempt)
        if not changes:
            return {path: value for path, value in answers.items() if evaluation.is_relevant(path)}
        for path, value in changes.items():
            if value is None:
                answers.pop(path, None)
            else:
                answers[path] = value
    raise Unfillable(f"{form.id}: no valid answer found for {', '.join(changes)}")


def _places(form: Form, rows: Rows) -> Iterator[tuple[str, tuple[Asked, str]]]:
    """Every question in every row of its repeat, by answer path. Nested repeats are left empty."""
    for node in form.nodes:
        if not isinstance(node, Asked):
            continue
        if node.repeat < 0:
            yield node.path, (node, "")
            continue
        repeat = form.nodes[node.repeat]
        assert isinstance(repeat, Repeat)
        for row in rows.get(repeat.path, []):
            yield f"{repeat.path}/{row}/{node.path.rpartition('/')[2]}", (node, row)


def _mended(
    evaluation: Evaluation,
    answers: Answers,
    places: Mapping[str, tuple[Asked, str]],
    *,
    means: float,
    random: Random,
    attempt: int,
) -> dict[str, Any]:
    """Other answers where the form refuses the present one: choices filtered away, constraints, blanks."""
    changes: dict[str, Any] = {}
    for path, (node, _) in places.items():
        if isinstance(node, ChoiceQuestion | ChoicesQuestion) and node.choice_filter is not None:
            codes = [choice.name for choice in evaluation.choices(path)]
            chosen = answers.get(path)
            given = chosen if isinstance(chosen, list) else [chosen]
            if chosen is not None and evaluation.is_relevant(path) and not set(given) <= set(codes):
                changes[path] = _by_chance(node, codes, means, random)
    for violation in evaluation.violations:
        path = violation.path
        if path not in changes and path in places:
            node = places[path][0]
            changes[path] = _another(node, evaluation.choices(path), random, attempt)
    return changes


def _by_chance(node: Asked, codes: list[str], means: float, random: Random) -> Any:
    match node:
        case ChoiceQuestion():
            return one_of(node.name, means, codes, random)
        case ChoicesQuestion():
            return many_of(node.name, means, codes, random) or None
        case Acknowledge():
            return True
        case _:
            return None


def _another(node: Asked, choices: list[Choice], random: Random, attempt: int) -> Any:
    match node:
        case ChoiceQuestion():
            return random.choice(choices).name if choices else None
        case ChoicesQuestion():
            return [random.choice(choices).name] if choices else None
        case NumberQuestion():
            return _NUMBERS[attempt % len(_NUMBERS)]
        case TextQuestion():
            return "Không rõ" if attempt == 0 else None
        case Acknowledge():
            return True
        case DateQuestion(kind="date"):
            return f"20{random.randint(10, 24)}-0{random.randint(1, 9)}-15"
        case _:
            return None


def _list(node: Asked) -> str:
    return node.list if isinstance(node, ChoiceQuestion | ChoicesQuestion) else ""
