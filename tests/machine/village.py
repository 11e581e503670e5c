"""The commune that every run begins with: the same bytes in every process."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from schemas.form import Form
from schemas.identity import record_id
from server.store import forms
from tests.machine.server import FOLDER, seeded_chance
from tests.village import HOUSE, NOW, Village, small_form
from tests.workbooks import question

HOUSES = [record_id("house", [f"C-{number}"]) for number in range(2)]
ROUNDS = ["2025", "2026"]
VISITS = {record_id("visit", [house, round_id]): (house, round_id) for house in HOUSES for round_id in ROUNDS}
RECORDS = [*HOUSES, *VISITS]
SCOPES = [["C1"], ["C2"], ["C"], ["C1", "C2"], []]
# Each version of the register decides conflicts about its size another way.
SIZE_RULES = ["ask", "ask", "latest", "largest", "ask"]


def house_form(version: int) -> Form:
    rows = [row for row in HOUSE if row["name"] != "size"]
    size = question("integer", "size", constraint=". < 30", conflict=SIZE_RULES[version - 1])
    return small_form([*rows, size], form_id="house", version=str(version), one_per="code")


class Made(NamedTuple):
    """`people`: name to user id. `desks`: device ids."""

    data: Path
    people: dict[str, str]
    desks: list[str]


_made: list[Made] = []


def made() -> Made:
    """The data folder to copy; made once, until `forget_made`."""
    if not _made:
        folder = Path(tempfile.mkdtemp(prefix="thon-machine-", dir=FOLDER))
        with seeded_chance(0):
            village = Village(folder / "data")
            village.store.write(lambda db: village.round_opens(db, "2025", 2025))
            village.store.write(lambda db: forms.publish(db, house_form(2), NOW))
            people = {"han": village.han, "lan": village.lan, "supervisor": village.supervisor}
            desks = [village.desk(village.supervisor, "C").device for _ in range(2)]
            village.store.close()
        _made.append(Made(folder / "data", people, desks))
    return _made[0]


def forget_made() -> None:
    while _made:
        shutil.rmtree(_made.pop().data.parent)
