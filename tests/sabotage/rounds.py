"""The control run and one run for each sabotage, on as many copies as may be at work at once."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.sabotage.catalogue import ROOT, Sabotage
from tests.sabotage.scratch import Scratch, Verdict

WIDEST = 76


class Copies:
    """Copies of the tree; `one` lends a free one."""

    def __init__(self, number: int, seed: int) -> None:
        self.number = number
        self._made = [Scratch(seed) for _ in range(number)]
        self._free: queue.SimpleQueue[Scratch] = queue.SimpleQueue()
        for copy in self._made:
            self._free.put(copy)

    def __enter__(self) -> Copies:
        return self

    def __exit__(self, *_: object) -> None:
        for copy in self._made:
            copy.close()

    @contextmanager
    def one(self) -> Iterator[Scratch]:
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)


def control(chosen: list[Sabotage], copies: Copies) -> bool:
    """Whether the tests of these laws pass where nothing was done: one run for each file."""
    laws_of: dict[str, set[int]] = {}
    for each in chosen:
        for file in each.test_files(ROOT):
            laws_of.setdefault(file, set()).add(each.law)

    def run(file: str) -> Verdict:
        with copies.one() as copy:
            return copy.run([file], sorted(laws_of[file]))

    is_sound = True
    with ThreadPoolExecutor(copies.number) as pool:
        for file, verdict in zip(laws_of, pool.map(run, laws_of), strict=True):
            bad = verdict.trouble or "; ".join(f"{name}: {how}" for name, how in verdict.failed)
            is_sound = is_sound and not bad
            passed = f"{len(verdict.passed)} tests pass without sabotage" if not bad else f"FAILS: {bad}"
            print(f"control  {file:<42} {verdict.seconds:5.1f} s  {passed}", flush=True)
    return is_sound


def every(chosen: list[Sabotage], copies: Copies) -> dict[str, Verdict]:
    """By name. A line for each as it comes."""
    verdicts: dict[str, Verdict] = {}

    def run(sabotage: Sabotage) -> tuple[Sabotage, Verdict]:
        with copies.one() as copy, copy.done(sabotage):
            verdict = copy.run(sabotage.test_files(ROOT), [sabotage.law])
        verdicts[sabotage.name] = verdict
        said = "noticed" if verdict.is_noticed else "SURVIVED"
        where = f"{len(verdicts):>3}/{len(chosen)}  law {sabotage.law:>2}  {sabotage.name:<50}"
        print(f"{where}  {said}  {verdict.seconds:.1f} s", flush=True)
        return sabotage, verdict

    with ThreadPoolExecutor(copies.number) as pool:
        list(pool.map(run, chosen))
    return verdicts


def row(sabotage: Sabotage, verdict: Verdict) -> str:
    """Law, sabotage, the test that failed, how, seconds."""
    test, how = verdict.failed[0] if verdict.is_noticed else ("SURVIVED", verdict.trouble[-300:])
    what = f"law {sabotage.law:>2}  {sabotage.name:<50} {verdict.seconds:5.1f} s"
    return f"{what}  {test[:WIDEST]}: {how[:WIDEST]}"
