"""Answers fuzzed into forms through our engine and an independent one: `python -m tests.oracle [FOLDER]`.

pyxform makes an XForm of each workbook, @getodk/xforms-engine answers it in Node, both in UTC and at the same
moment. Relevance, rows, calculations, values, violations, required, readonly, choices and labels must be the
same in every row of every repeat, minus the deviations of docs/expressions.md. Prints a line for each form,
each disagreement once for its question, then what was counted. Exit 1 when there is one.
Both are installed beside the project's own packages at the first run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench import running
from schemas.compiler import compile_workbook
from schemas.evaluate import evaluate
from schemas.form import Form
from tests.oracle.comparing import compared
from tests.oracle.deviations import Disagreement, excused
from tests.oracle.installed import engine
from tests.oracle.rounds import CONTEXT, Round
from tests.oracle.xforms import XForm, xform_of
from tests.real_forms import FOLDER, attached_to, workbooks_in
from tests.written_forms import FORMS, book

_LONGEST_S = 1800


class Tally:
    """What was counted over all forms."""

    def __init__(self) -> None:
        self.forms = self.rounds = self.answers = 0
        self.values: Counter[str] = Counter()
        self.excused: Counter[str] = Counter()
        self.disagreed = 0

    def printed(self, seed: int) -> str:
        values = ", ".join(f"{count} {what}" for what, count in self.values.most_common())
        excused = ", ".join(f"{name} {count}" for name, count in self.excused.most_common()) or "none"
        return "\n".join(
            [
                f"{self.forms} forms, {self.rounds} rounds, {self.answers} answers given; seed {seed}",
                f"{self.values.total()} values compared: {values}",
                f"{self.excused.total()} excused by a listed deviation: {excused}",
                f"{self.disagreed} disagreements that no deviation explains",
            ]
        )


def asked(xform: str, form: Form, rounds: list[Round]) -> dict[str, Any]:
    """What the other engine says of these rounds, or why it says nothing (`refused`)."""
    job = {
        "xform": xform,
        "now": CONTEXT.now_ms,
        "language": form.language_names.get(form.default_language, form.default_language),
        "rounds": [each.steps for each in rounds],
    }
    done = subprocess.run(
        [running.node(), str(engine())],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_S,
        env={**os.environ, "TZ": "UTC"},
    )
    if done.returncode or not done.stdout:
        return {"refused": f"it stopped: {done.stderr.strip()[-300:]}"}
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def tried(file: Path, rounds: int, dice: random.Random, tally: Tally) -> str:
    """The line about one workbook, with its disagreements."""
    form = compile_workbook(file.read_bytes(), file.name, attached_to(file)).form
    made = xform_of(file) if form else XForm()
    if form is None or not made.text:
        return f"{file.stem}: refused {'here' if form is None else f'by pyxform: {made.refused[:160]}'}"
    played = [Round(form, dice) for _ in range(rounds)]
    said = asked(made.text, form, played)
    if "refused" in said:
        return f"{file.stem}: refused by the engine: {said['refused'][:200]}"
    new: dict[str, str] = {}
    reasons: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for each, answer in zip(played, said["answers"], strict=True):
        for key, why in answer["failed"]:
            new.setdefault(f"{key} answer", f"not taken by the engine: {why[:100]}")
        found = list(compared(form, evaluate(form, each.answers, CONTEXT), answer["said"]))
        values.update(one.what for one in found)
        apart = [
            Disagreement(one.stand.number, one.what, one.ours, one.theirs) for one in found if not one.is_same
        ]
        for one, name in zip(apart, excused(form, apart), strict=True):
            if name:
                reasons[name] += 1
            else:
                at = f"{form.nodes[one.number].path} {one.what}"
                new.setdefault(at, f"ours {one.ours!r}, theirs {one.theirs!r}")
    tally.forms += 1
    tally.rounds += rounds
    tally.answers += sum(len(each.steps) for each in played)
    tally.values += values
    tally.excused += reasons
    tally.disagreed += len(new)
    line = f"{file.stem}: {rounds} rounds, {values.total()} values compared"
    line += f", excused {dict(reasons)}" if reasons else ""
    return "\n".join([line, *(f"    {at}: {how}" for at, how in new.items())])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="a part of the workbook's name")
    options = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as made:
        for name, sheets in FORMS.items():
            (Path(made) / f"{name}.xlsx").write_bytes(book(sheets))
        for file in [*workbooks_in(Path(made)), *workbooks_in(options.folder)]:
            if options.only in file.name:
                dice = random.Random(f"{options.seed} {file.name}")
                print(tried(file, options.rounds, dice, tally), flush=True)
    print(tally.printed(options.seed))
    return 1 if tally.disagreed else 0


if __name__ == "__main__":
    sys.exit(main())
