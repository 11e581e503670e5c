"""How runs are made, repeated, made shorter and written down."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.machine.final import check
from tests.machine.server import seeded_chance
from tests.machine.steps import ACTIONS, Step, drawn
from tests.machine.world import World

VECTORS = Path(__file__).parent.parent / "vectors" / "machine"


class Outcome(Struct):
    """`failure`: what did not hold, or ''. `cases`: change sets for the other language."""

    steps: list[Step]
    failure: str = ""
    done: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    has_several_heads: bool = False
    cases: list[str] = []


def steps_of(seed: int, names: Sequence[str] = (), most: int = 400) -> list[Step]:
    """The steps of a run, which follow from its seed alone."""
    chance = Random(seed)
    return [drawn(chance, list(names) or list(ACTIONS)) for _ in range(chance.randint(most // 6, most))]


def run(steps: Sequence[Step]) -> Outcome:
    """Takes these steps from the beginning, heals the network and checks the laws."""
    outcome = Outcome(list(steps))
    with seeded_chance(1):
        world = World()
        try:
            for step in steps:
                world.do(step)
            for phone in list(world.phones.values()):
                for record in sorted(phone.drafts):
                    world._leave(phone, record)
            world.heal()
            outcome.has_several_heads, outcome.cases = check(world)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome.failure = (
                str(error)
                if isinstance(error, AssertionError) and str(error)
                else (f"{error!r} in {where.name}, {Path(where.filename).name}:{where.lineno}")
            )
        finally:
            outcome.done, outcome.faults = world.done, world.server.faults
            world.server.end()
    return outcome


def shortened(steps: Sequence[Step], failure: str) -> list[Step]:
    """Fewer steps that fail in the same way: every stretch is left out that is not needed."""
    left = list(steps)
    stretch = len(left) // 2
    while stretch:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + stretch :]
            if law_of(run(fewer).failure) == law_of(failure):
                left = fewer
            else:
                start += stretch
        stretch //= 2
    return left


def law_of(failure: str) -> str:
    return failure.split(":", maxsplit=1)[0]


def as_vector(steps: Sequence[Step], about: str) -> str:
    """What a file in tests/vectors/machine holds: one step a line."""
    lines = ",\n    ".join(json.dumps(step, ensure_ascii=False) for step in steps)
    return f'{{\n  "about": {json.dumps(about, ensure_ascii=False)},\n  "steps": [\n    {lines}\n  ]\n}}\n'
