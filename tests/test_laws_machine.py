"""The laws of sync in the one machine that has everything at once: short here, for as long as asked by
`make soak`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.machine.final import check
from tests.machine.runs import VECTORS, run, steps_of
from tests.machine.server import seeded_chance
from tests.machine.steps import ACTIONS, Action, counted
from tests.machine.twins import differing
from tests.machine.world import World


class Machine(RuleBasedStateMachine):
    """Hypothesis chooses; what happens and what must hold is the world's."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = seeded_chance(1)
        self.chance.__enter__()
        self.world = World()

    def teardown(self) -> None:
        try:
            self.world.heal()
            check(self.world)
        finally:
            self.world.server.end()
            self.chance.__exit__(None, None, None)


def _add_rule(action: Action) -> None:
    def step(self: Machine, **choices: object) -> None:
        self.world.do({"do": action.name} | choices)

    step.__name__ = action.name
    choices = {name: st.sampled_from(list(values)) for name, values in action.choices.items()}
    setattr(Machine, action.name, rule(**choices)(step))


for _action in ACTIONS.values():
    _add_rule(_action)


def test_all_laws_hold_whatever_hypothesis_chooses() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=15, stateful_step_count=60))


def test_all_laws_hold_in_seeded_runs_and_both_languages_fold_what_came_out() -> None:
    done: Counter[str] = Counter()
    cases: list[str] = []
    several = 0
    for seed in range(12):
        outcome = run(steps_of(seed))
        assert not outcome.failure, f"python -m tests.soak --seed {seed}: {outcome.failure}"
        done += outcome.done
        cases += outcome.cases
        several += outcome.has_several_heads
    assert differing(cases) == ""
    assert several >= 3 and len(done) > 0.9 * len(counted())


def test_law_14_what_nothing_speaks_against_is_stored() -> None:
    """By the naive prediction of every push: tests/machine/answers.py."""
    assert_answered(range(12, 17))


def test_law_23_what_nobody_there_may_say_is_put_on_hold() -> None:
    """By the naive prediction of every push: tests/machine/answers.py."""
    assert_answered(range(17, 29))


def assert_answered(seeds: Iterable[int]) -> None:
    for seed in seeds:
        outcome = run(steps_of(seed))
        assert not outcome.failure, f"python -m tests.soak --seed {seed}: {outcome.failure}"


def test_a_run_follows_from_its_seed() -> None:
    first, again = run(steps_of(7)), run(steps_of(7))
    assert first == again and first.cases


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_what_once_failed_holds(path: Path) -> None:
    vector = json.loads(path.read_text())
    outcome = run(vector["steps"])
    assert not outcome.failure, f"{vector['about']} — {outcome.failure}"
    assert outcome.done, "the steps still happen"
