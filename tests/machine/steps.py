"""Steps as data: an action with its choices, so that seeds, Hypothesis and vectors drive one machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

Step = dict[str, Any]


class Action(NamedTuple):
    """`weight`: how often it is tried beside others. `kinds`: what it is counted as; none: its name."""

    name: str
    choices: dict[str, Sequence[Any]]
    weight: int
    kinds: tuple[str, ...] = ()


ACTIONS: dict[str, Action] = {}


def action(
    weight: int = 2, kinds: Sequence[str] = (), **choices: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a method as something that may happen. It returns False where it could not happen now, and of
    several kinds which one it was."""

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        ACTIONS[method.__name__] = Action(method.__name__, choices, weight, tuple(kinds))
        return method

    return mark


def counted() -> list[str]:
    """Every name under which a step is counted."""
    return sorted({kind for each in ACTIONS.values() for kind in each.kinds or (each.name,)})


def drawn(chance: Random, names: Sequence[str]) -> Step:
    known = [ACTIONS[name] for name in names]
    (chosen,) = chance.choices(known, [each.weight for each in known])
    return {"do": chosen.name} | {key: chance.choice(values) for key, values in chosen.choices.items()}
