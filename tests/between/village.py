"""A commune of three hamlets and a form of each kind of `phones`, made once and copied for every run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from schemas.form import Form
from server.store import Store, areas, devices, forms, rounds, users
from server.store.areas import Area
from server.store.rounds import Round
from tests.machine.server import FOLDER, seeded_chance
from tests.village import NOW, small_form
from tests.workbooks import question

AREAS = [Area("C", "", "Xã", "commune"), *(Area(f"C{n}", "C", f"Thôn {n}", "hamlet") for n in (1, 2, 3))]
SCOPES = [["C1"], ["C2"], ["C1", "C2"], ["C"], [], ["C1", "C3"]]
HOUSES, VISITS, OWN, HIDDEN = (
    [f"{kind}-0000-8000-8000-00000000000{n}" for n in range(count)]
    for kind, count in (("aaaaaaaa", 4), ("bbbbbbbb", 4), ("cccccccc", 2), ("dddddddd", 1))
)
FORM_OF = {
    **dict.fromkeys(HOUSES, "house"),
    **dict.fromkeys(VISITS, "visit"),
    **dict.fromkeys(OWN, "own"),
    **dict.fromkeys(HIDDEN, "hidden"),
}
# The first is closed from the beginning.
ROUNDS = ["2024", "2025", "2026"]
# Carried answers apply only where the household is larger.
LARGE = 5


def visit_form(version: str, phones: str) -> Form:
    rows = [
        question("integer", "n", carry="yes"),
        question("integer", "extra", carry="yes", relevant=f"pulldata('@subject', 'n') > {LARGE}"),
    ]
    return small_form(rows, form_id="visit", subject_form="house", phones=phones, version=version)


class Made(NamedTuple):
    """`people`: user ids by name. `desk`: its device."""

    data: Path
    people: dict[str, str]
    desk: str


@contextmanager
def made() -> Iterator[Made]:
    folder = Path(tempfile.mkdtemp(prefix="thon-between-", dir=FOLDER))
    try:
        with seeded_chance(0):
            store = Store.open(folder / "data")
            people = store.write(_founded)
            for name, area, who in (("P1", "C1", "han"), ("P2", "C2", "lan"), ("W", "C", "han")):
                code, _ = store.write(
                    lambda db, area=area, who=who: devices.invite(db, [area], [people[who]], "system", NOW)
                )
                store.write(lambda db, code=code, name=name: devices.enrol(db, code, name, "A03", NOW))
            desk = store.write(lambda db: devices.add_desk(db, people["supervisor"], "C", NOW))
            store.close()
        yield Made(folder / "data", people, desk)
    finally:
        shutil.rmtree(folder)


def _founded(db: Any) -> dict[str, str]:
    areas.load(db, AREAS)
    plain = [question("integer", "n", conflict="latest")]
    for form in (
        small_form(plain, form_id="house"),
        visit_form("1", "carry"),
        small_form(plain, form_id="own", phones="own"),
        small_form(plain, form_id="hidden", phones="none"),
    ):
        forms.publish(db, form, NOW)
    for name in ROUNDS:
        new = Round(name, name, "annual", int(name), f"{name}-01-01", f"{name}-12-31", True, ["visit"])
        rounds.open_round(db, new, NOW)
    rounds.close_round(db, ROUNDS[0], NOW)
    return {
        "supervisor": users.add(db, "Bà Sáu", "supervisor", "C", NOW),
        "han": users.add(db, "Ka Hân", "interviewer", "C", NOW),
        "lan": users.add(db, "Ka Lan", "interviewer", "C", NOW),
    }
