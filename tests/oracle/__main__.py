"""Answers fuzzed into forms through our engine and an independent one: `python -m tests.oracle [FOLDER]`.

pyxform makes an XForm of each workbook, @getodk/xforms-engine answers it in Node; relevance, calculations
and violations outside of repeats must be the same, minus the deviations of docs/expressions.md.
Prints counts for each form, then every disagreement once for its question. Exit 1 when there is one.
Both are installed beside the project's own packages at the first run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench import running
from schemas.compiler import compile_workbook
from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import (
    AnyNode,
    Asked,
    Calculate,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Form,
    NumberQuestion,
    TextQuestion,
)
from tests.oracle.deviations import deviation
from tests.oracle.installed import engine
from tests.oracle.xforms import XForm, xform_of
from tests.real_forms import FOLDER, attached_to, workbooks_in
from tests.written_forms import FORMS, book

TEXTS = ("Ka", "A1", "hospital now", "AB-001", "12", "no", "abc")
NUMBERS = (0, 1, 2, 3, 5, 12, 17, 25, 100, 2003, -1)


def names_in_xform(form: Form) -> dict[str, int]:
    """The path of each node outside of repeats as an XForm has it, groups and all."""
    names: dict[str, int] = {}
    for number, node in enumerate(form.nodes):
        steps, parent = [node.name], node.parent
        while parent >= 0:
            steps.append(form.nodes[parent].name)
            parent = form.nodes[parent].parent
        if node.repeat < 0:
            names["/".join(reversed(steps))] = number
    return names


def drawn(node: AnyNode, offered: Evaluation, dice: random.Random) -> Any:
    """An answer for a question, None for none."""
    if dice.random() < 0.15 or not isinstance(node, Asked) or node.calculation is not None:
        return None
    if isinstance(node, ChoiceQuestion | ChoicesQuestion):
        codes = [choice.name for choice in offered.choices(node.path)]
        if isinstance(node, ChoicesQuestion):
            return (
                None if node.rank else sorted(dice.sample(codes, min(len(codes), dice.randint(0, 2)))) or None
            )
        return dice.choice(codes) if codes else None
    if isinstance(node, NumberQuestion) and node.kind != "range":
        return dice.choice(NUMBERS) + (0.5 if node.kind == "decimal" and dice.random() < 0.5 else 0)
    if isinstance(node, DateQuestion) and node.kind == "date":
        return (datetime.date(2026, 11, 1) + datetime.timedelta(dice.randint(-15_000, 400))).isoformat()
    if isinstance(node, TextQuestion) and node.kind == "text":
        return dice.choice(TEXTS)
    return None


def a_round(form: Form, names: dict[str, int], dice: random.Random) -> tuple[dict[str, Any], list[Any]]:
    """Our answers, and the same as steps for the engine."""
    context = Context(now_ms=1_795_309_200_000)
    answers: dict[str, Any] = {}
    offered = evaluate(form, answers, context)
    for node in form.nodes:
        default = offered.default(node.path) if isinstance(node, Asked) else None
        if default is not None and node.repeat < 0:
            answers[node.path] = default
    steps = []
    for name, number in names.items():
        if getattr(form.nodes[number], "choice_filter", None) is not None:
            offered = evaluate(form, answers, context)
        answer = drawn(form.nodes[number], offered, dice)
        if answer is not None:
            answers[form.nodes[number].path] = answer
            written = answer if isinstance(answer, list) else str(answer)
            steps.append([name, written])
    return answers, steps


def same(ours: Any, theirs: str) -> bool:
    if ours is None or theirs == "":
        return ours in (None, "") and theirs == ""
    if isinstance(ours, bool):
        return theirs == ("true" if ours else "false")
    if isinstance(ours, int | float):
        try:
            return math.isclose(float(ours), float(theirs), rel_tol=1e-9, abs_tol=1e-9)
        except ValueError:
            return False
    return str(ours) == theirs


def disagreements(form: Form, names: dict[str, int], answers: dict[str, Any], said: dict[str, Any]) -> Any:
    """(node, what, ours, theirs) of everything that both engines know."""
    ours = evaluate(form, answers, Context(now_ms=1_795_309_200_000))
    wrong = {violation.node: violation.kind for violation in ours.violations}
    for name, number in names.items():
        if name not in said:
            continue
        node = form.nodes[number]
        is_relevant, value, violation = said[name]
        if ours.is_relevant(node.path) != is_relevant:
            yield node, "relevant", ours.is_relevant(node.path), is_relevant
        elif is_relevant and isinstance(node, Calculate) and not same(ours.value_at(node.path), value):
            yield node, "calculation", ours.value_at(node.path), value
        elif is_relevant and isinstance(node, Asked) and wrong.get(number, "") != violation:
            yield node, "constraint", wrong.get(number, ""), violation


def compared(file: Path, options: argparse.Namespace, dice: random.Random) -> tuple[str, int]:
    """The line about one workbook with its disagreements, and how many these are."""
    form = compile_workbook(file.read_bytes(), file.name, attached_to(file)).form
    made = xform_of(file) if form else XForm()
    if form is None or not made.text:
        return f"{file.stem}: refused {'here' if form is None else f'by pyxform: {made.refused[:200]}'}", 0
    names = names_in_xform(form)
    rounds = [a_round(form, names, dice) for _ in range(options.rounds)]
    job = json.dumps({"xform": made.text, "rounds": [steps for _, steps in rounds]})
    done = subprocess.run(
        [running.node(), str(engine())],
        input=job,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode or not done.stdout:
        return f"{file.stem}: the engine stopped: {done.stderr.strip()[-300:]}", 0
    given = json.loads(done.stdout)
    if "refused" in given:
        return f"{file.stem}: refused by the engine: {given['refused'][:200]}", 0
    known: Counter[str] = Counter()
    new: dict[str, str] = {}
    count = 0
    for (answers, _), answer in zip(rounds, given["answers"], strict=True):
        count += len(answer["said"])
        for name, why in answer["failed"]:
            new.setdefault(f"{name} answer", f"not taken by the engine: {why[:100]}")
        for node, what, ours, theirs in disagreements(form, names, answers, answer["said"]):
            listed = deviation(form, node, what, ours, theirs)
            if listed:
                known[listed] += 1
            else:
                new.setdefault(f"{node.path} {what}", f"ours {ours!r}, theirs {theirs!r}")
    said = f"{file.stem}: {options.rounds} rounds, {count} nodes compared, deviations {dict(known)}"
    return "\n".join([said, *(f"    {at}: {how}" for at, how in new.items())]), len(new)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    disagreed = 0
    with tempfile.TemporaryDirectory() as made:
        for name, sheets in FORMS.items():
            (Path(made) / f"{name}.xlsx").write_bytes(book(sheets))
        for file in [*workbooks_in(Path(made)), *workbooks_in(options.folder)]:
            line, count = compared(file, options, random.Random(f"{options.seed} {file.name}"))
            disagreed += count
            print(line, flush=True)
    print(f"{disagreed} disagreements that no deviation explains; seed {options.seed}")
    return 1 if disagreed else 0


if __name__ == "__main__":
    sys.exit(main())
