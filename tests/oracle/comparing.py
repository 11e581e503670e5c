"""What two engines say of the same answers, node by node."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from schemas.evaluate import Evaluation
from schemas.form import Asked, Calculate, ChoiceQuestion, ChoicesQuestion, Form, Meta, Repeat
from tests.oracle import deviations as of
from tests.oracle.rounds import Stand, stands


class Compared(Struct, frozen=True):
    """One thing that both engines say of one node."""

    stand: Stand
    what: str
    ours: Any
    theirs: Any
    is_same: bool


def compared(form: Form, ours: Evaluation, said: dict[str, dict[str, Any]]) -> Iterator[Compared]:
    """Everything that both engines know; of what does not apply only that it does not."""
    wrong = {violation.path: violation.kind for violation in ours.violations}
    for stand in stands(form, ours):
        theirs = said.get(stand.key)
        if theirs is None:
            continue
        is_relevant = ours.is_relevant(stand.path)
        yield _equal(stand, of.RELEVANT, is_relevant, theirs["relevant"])
        if not (is_relevant and theirs["relevant"]):
            continue
        node = form.nodes[stand.number]
        if isinstance(node, Repeat):
            yield _equal(stand, of.ROWS, len(ours.rows(stand.path)), theirs["rows"])
        elif isinstance(node, Calculate):
            value = ours.value_at(stand.path)
            yield Compared(stand, of.CALCULATION, value, theirs["value"], same(value, theirs["value"]))
        elif isinstance(node, Asked):
            value = ours.value_at(stand.path)
            yield Compared(stand, of.VALUE, value, theirs["value"], same(value, theirs["value"]))
            yield _equal(stand, of.VIOLATION, wrong.get(stand.path, ""), theirs["violation"])
            yield _equal(stand, of.REQUIRED, ours.required(stand.path), theirs["required"])
            yield _equal(stand, of.READONLY, ours.readonly(stand.path), theirs["readonly"])
            if isinstance(node, ChoiceQuestion | ChoicesQuestion) and theirs["choices"] is not None:
                offered = [choice.name for choice in ours.choices(stand.path)]
                yield _equal(stand, of.CHOICES, offered, theirs["choices"])
        if node.label and not isinstance(node, Repeat | Calculate | Meta):
            yield _equal(stand, of.LABEL, _plain(ours.text(node.label, stand.path)), _plain(theirs["label"]))


def _equal(stand: Stand, what: str, ours: Any, theirs: Any) -> Compared:
    return Compared(stand, what, ours, theirs, ours == theirs)


def _plain(text: str) -> str:
    # The other engine puts the picture of a label behind its words.
    return " ".join(re.sub(r"jr://\S+", "", text).split())


def same(ours: Any, theirs: str) -> bool:
    """Whether a value of ours is the text that the other engine keeps."""
    if ours is None or theirs == "":
        return ours in (None, "") and theirs == ""
    if isinstance(ours, bool):
        return theirs == ("true" if ours else "false")
    if isinstance(ours, int | float):
        try:
            return math.isclose(float(ours), float(theirs), rel_tol=1e-9, abs_tol=1e-9)
        except ValueError:
            return False
    if isinstance(ours, list):
        return sorted(map(str, ours)) == sorted(theirs.split())
    return str(ours) == theirs
