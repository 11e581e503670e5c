"""`python -m tests.soak --minutes N`: the machine again and again, with fresh seeds, for as long as asked."""

from __future__ import annotations

import argparse
import gc
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.machine.runs import Outcome, as_vector, law_of, run, shortened, steps_of
from tests.machine.steps import counted
from tests.machine.twins import differing
from tests.machine.village import forget_made

RAREST_ACTION = 0.01
LEAST_WITH_SEVERAL_HEADS = 0.2
# Every so many records the change sets are folded by the other language too.
TWIN_BATCH = 300
PROGRESS_SECONDS = 30


class Soak:
    """What all runs of one soak came to."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.said = self.began
        self.runs = self.with_several_heads = self.folded_by_both = 0
        self.done: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.cases: list[str] = []

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def take(self, seed: int) -> bool:
        """One run. False where a law did not hold."""
        outcome = run(steps_of(seed))
        self.runs += 1
        self.done += outcome.done
        self.faults += outcome.faults
        self.with_several_heads += outcome.has_several_heads
        self.cases += outcome.cases
        if outcome.failure:
            report(seed, outcome)
            return False
        return len(self.cases) < TWIN_BATCH or self.fold_by_both()

    def fold_by_both(self) -> bool:
        found = differing(self.cases)
        self.folded_by_both += len(self.cases)
        if found:
            print(f"FAILED law 1: the languages differ on this change set, after {self.runs} runs:\n{found}")
        self.cases = []
        gc.collect()
        return not found

    def say_progress(self) -> None:
        if time.monotonic() - self.said >= PROGRESS_SECONDS:
            self.said = time.monotonic()
            several = self.with_several_heads / self.runs
            print(
                f"{self.seconds():7.0f} s  {self.runs} runs  {self.done.total()} steps  "
                f"{self.faults.total()} faults  several heads in {several:.0%}  {resident_mib()} MiB",
                flush=True,
            )

    def sum_up(self) -> list[str]:
        """Prints the counts; answers what is not as it should be."""
        total = self.done.total()
        print(f"\n{self.runs} runs, {total} steps in {self.seconds():.0f} s, 0 failures")
        print(f"{self.folded_by_both} records folded by both languages, byte for byte the same")
        several = self.with_several_heads / max(1, self.runs)
        print(f"runs that reach a path with several heads: {several:.1%}")
        print("steps by action:")
        for name in sorted(counted(), key=lambda each: -self.done[each]):
            print(f"  {name:30}{self.done[name]:8}{self.done[name] / max(1, total):8.2%}")
        print("faults by kind:")
        for name, count in self.faults.most_common():
            print(f"  {name:32}{count:8}")
        rare = [name for name in counted() if self.done[name] < RAREST_ACTION * total]
        problems = [f"too rare (below {RAREST_ACTION:.0%} of steps): {', '.join(rare)}"] if rare else []
        if several < LEAST_WITH_SEVERAL_HEADS:
            problems.append(f"several heads in {several:.1%} of runs, not {LEAST_WITH_SEVERAL_HEADS:.0%}")
        return problems


def report(seed: int, outcome: Outcome) -> None:
    """The seed, and the fewest steps found that fail in the same way, as a vector."""
    print(f"\nFAILED with seed {seed}: {outcome.failure}", flush=True)
    fewer = shortened(outcome.steps, outcome.failure)
    again = run(fewer)
    text = as_vector(fewer, again.failure)
    path = Path(tempfile.gettempdir()) / f"thon-soak-{seed}.json"
    path.write_text(text)
    print(f"{len(fewer)} of {len(outcome.steps)} steps fail alike: {again.failure}\n{text}")
    print(f"again:      python -m tests.soak --seed {seed}")
    print(f"as a test:  cp {path} tests/vectors/machine/{law_of(again.failure).replace(' ', '-')}-….json")


def resident_mib() -> int:
    """Memory of this process now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * 4096 >> 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="repeat one run, and no more")
    asked = parser.parse_args()
    soak = Soak()
    try:
        if asked.seed is not None:
            return 0 if soak.take(asked.seed) and soak.fold_by_both() else 1
        while soak.seconds() < asked.minutes * 60:
            if not soak.take(secrets.randbits(48)):
                return 1
            soak.say_progress()
        if not soak.fold_by_both():
            return 1
        problems = soak.sum_up()
        print("\n".join(f"FAILED: {problem}" for problem in problems) or "every law held")
        return 1 if problems else 0
    finally:
        forget_made()


if __name__ == "__main__":
    sys.exit(main())
