"""Rounds of fuzzed answers: for our engine as answers, for the other one as steps."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import (
    AnyNode,
    Asked,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Form,
    Group,
    NumberQuestion,
    Repeat,
    TextQuestion,
)
from tests.oracle.deviations import reads_behind, straight

CONTEXT = Context(now_ms=1_795_309_200_000)
TEXTS = ("Ka", "A1", "hospital now", "AB-001", "12", "no", "abc")
NUMBERS = (0, 1, 2, 3, 5, 12, 17, 25, 100, 2003, -1)
# What says how many rows there are, and rows where nothing says it.
FEW = (0, 1, 2, 3)


class Stand(Struct, frozen=True):
    """One node in one row: `key` is its path for the other engine (`g/member[2]/name`), `path` ours."""

    number: int
    key: str
    path: str


def stands(form: Form, evaluation: Evaluation) -> Iterator[Stand]:
    """Every node of every row, in the order of the sheet."""
    return _below(form, evaluation, -1, "", "")


def _below(form: Form, evaluation: Evaluation, parent: int, key: str, row: str) -> Iterator[Stand]:
    for number in evaluation.inside[parent]:
        stand = _stand(form, number, key, row)
        yield stand
        node = form.nodes[number]
        if isinstance(node, Repeat):
            for at, each in enumerate(evaluation.rows(stand.path), 1):
                inner = f"{stand.key}[{at}]/"
                yield from _below(form, evaluation, number, inner, f"{stand.path}/{each}/")
        elif isinstance(node, Group):
            yield from _below(form, evaluation, number, f"{stand.key}/", row)


def _stand(form: Form, number: int, key: str, row: str) -> Stand:
    node = form.nodes[number]
    return Stand(number, key + node.name, row + node.path.rpartition("/")[2])


class Round:
    """`answers` are ours; `steps` the same for the other engine."""

    def __init__(self, form: Form, dice: random.Random) -> None:
        self.form, self.dice = form, dice
        self.answers: dict[str, Any] = {}
        self.steps: list[list[Any]] = []
        self._counting = {
            number
            for node in form.nodes
            if isinstance(node, Repeat) and node.count is not None
            for number in reads_behind(form, node.count)
        }
        self._inside = self._evaluated().inside
        self._default(-1, "")
        self._fill(-1, "", "")
        self._make_rows_that_later_answers_want()

    def _evaluated(self) -> Evaluation:
        return evaluate(self.form, self.answers, CONTEXT)

    def _default(self, repeat: int, row: str) -> None:
        """What a new record or a new row begins with."""
        now = self._evaluated()
        for node in self.form.nodes:
            if isinstance(node, Asked) and node.repeat == repeat and node.default is not None:
                path = row + node.path.rpartition("/")[2]
                default = now.default(path)
                if default is not None:
                    self.answers[path] = default

    def _fill(self, parent: int, key: str, row: str) -> None:
        for number in self._inside[parent]:
            stand, node = _stand(self.form, number, key, row), self.form.nodes[number]
            if isinstance(node, Repeat):
                for at in range(1, self._rows(node, stand) + 1):
                    self._add(number, stand, at)
                    inner = f"{stand.key}[{at}]/"
                    self._fill(number, inner, f"{stand.path}/{_row(at)}/")
            elif isinstance(node, Group):
                self._fill(number, f"{stand.key}/", row)
            else:
                self._answer(node, stand)

    def _rows(self, node: Repeat, stand: Stand) -> int:
        now = self._evaluated()
        if not now.is_relevant(stand.path):
            return 0
        if node.count is not None:
            return self._counted(node, stand, now)
        wanted = self.dice.choice(FEW)
        self.steps.append(["rows", stand.key, wanted])
        return wanted

    @staticmethod
    def _counted(node: Repeat, stand: Stand, now: Evaluation) -> int:
        # A calculation is read as text.
        count = now.expr(["number", node.count], stand.path)
        return max(0, int(count)) if isinstance(count, int | float) else 0

    def _add(self, repeat: int, stand: Stand, at: int) -> None:
        row = f"{stand.path}/{_row(at)}"
        self.answers[f"{row}/@row"] = True
        self._default(repeat, f"{row}/")

    def _make_rows_that_later_answers_want(self) -> None:
        now = self._evaluated()
        for stand in list(stands(self.form, now)):
            node = self.form.nodes[stand.number]
            if isinstance(node, Repeat) and node.count is not None and now.is_relevant(stand.path):
                for at in range(1, self._counted(node, stand, now) + 1):
                    self.answers.setdefault(f"{stand.path}/{_row(at)}/@row", True)

    def _answer(self, node: AnyNode, stand: Stand) -> None:
        answer = self._drawn(node, stand)
        if answer is not None:
            self.answers[stand.path] = answer
            written = straight(answer if isinstance(answer, list) else str(answer))
            self.steps.append(["answer", stand.key, written])

    def _drawn(self, node: AnyNode, stand: Stand) -> Any:
        """An answer for a question, None for none."""
        dice = self.dice
        if dice.random() < 0.15 or not isinstance(node, Asked) or node.calculation is not None:
            return None
        if isinstance(node, ChoiceQuestion | ChoicesQuestion):
            return self._chosen(node, stand)
        if isinstance(node, NumberQuestion) and node.kind != "range":
            number = dice.choice(FEW if stand.number in self._counting else NUMBERS)
            return number + (0.5 if node.kind == "decimal" and dice.random() < 0.5 else 0)
        if isinstance(node, DateQuestion) and node.kind == "date":
            return (datetime.date(2026, 11, 1) + datetime.timedelta(dice.randint(-15_000, 400))).isoformat()
        return dice.choice(TEXTS) if isinstance(node, TextQuestion) and node.kind == "text" else None

    def _chosen(self, node: ChoiceQuestion | ChoicesQuestion, stand: Stand) -> Any:
        if node.choice_filter is None:
            codes = [choice.name for choice in self.form.lists.get(node.list, [])]
        else:
            codes = [choice.name for choice in self._evaluated().choices(stand.path)]
        if isinstance(node, ChoiceQuestion):
            return self.dice.choice(codes) if codes else None
        if node.rank:
            return None
        return sorted(self.dice.sample(codes, min(len(codes), self.dice.randint(0, 2)))) or None


def _row(at: int) -> str:
    return f"r{at:03d}"
