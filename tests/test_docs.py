"""What the documents say is so: the worked example folds as written, and the named tests are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from schemas.change import Change, change_id, parse_change
from sync.fold import Stored, fold
from tests.not_yet import LAWS
from tests.oracle import deviations
from tests.test_deviations import GIVES, REFUSES, SCENARIOS, SHOWS

ROOT = Path(__file__).parent.parent
SYNC = (ROOT / "docs" / "sync.md").read_text("utf-8")
BODIES = [line.encode() for line in SYNC.splitlines() if line.startswith('{"v":1')]
NAMES = "ABCD"
ROLES = {"u-duyen": "supervisor"}


def table_rows(heading: str) -> list[list[str]]:
    """The cells of the rows below the header that begins so."""
    lines = SYNC.split(heading, 1)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def present(names: list[str]) -> list[Stored]:
    stored = []
    for name in names:
        body = BODIES[NAMES.index(name)]
        change = parse_change(body)
        assert isinstance(change, Change), change
        stored.append(Stored(change_id(body), change, change.at, ROLES.get(change.author, "interviewer")))
    return stored


def test_the_ids_of_the_example_are_those_of_its_bytes() -> None:
    written = {row[0]: row[1].strip("`") for row in table_rows("| | id | by | had been shown |")}
    assert written == {name: change_id(body) for name, body in zip(NAMES, BODIES, strict=True)}


@pytest.mark.parametrize("row", table_rows("| present | heads | shown | conflict |"), ids=lambda row: row[0])
def test_the_example_folds_as_written(row: list[str]) -> None:
    names, heads, shown, conflict = row
    stored = present(names.split())
    folded = fold(stored[0].change.record, stored, {})
    by_id = {item.id: name for item, name in zip(stored, names.split(), strict=True)}
    assert sorted(by_id[head.id] for head in folded.heads["income_month"]) == heads.split()
    assert folded.values["income_month"] == int(shown)
    open_values = [head.value for head in folded.conflicts.get("income_month", [])]
    said = json.loads(f"[{conflict.partition(':')[2]}]")
    assert open_values == said
    assert "hh_size" not in folded.conflicts


def text_of_tests() -> str:
    """The text of every test file, Python and TypeScript."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "client_pwa" / "tests").glob("*.test.ts")]
    return "\n".join(file.read_text("utf-8") for file in files)


def test_every_law_names_tests_that_are_there() -> None:
    rows = table_rows("| law | says | held by |")
    assert [int(row[0]) for row in rows] == list(LAWS)
    known = text_of_tests()
    for number, _, held_by in rows:
        named = re.findall(r"`([^`]+)`", held_by)
        assert named, f"law {number} names no test"
        for test in named:
            assert f"law_{int(number):02}_" in test or f"law {number}" in test, (
                f"{test} does not carry its number"
            )
            assert test in known, f"law {number} names {test}, which is nowhere"


def test_every_deviation_has_a_test_of_its_name_and_every_such_test_is_listed() -> None:
    page = (ROOT / "docs" / "expressions.md").read_text("utf-8")
    listed = re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)
    tested = {*GIVES, *REFUSES, *SCENARIOS, *SHOWS}
    assert len(listed) == len(set(listed))
    assert set(listed) == tested
    assert {
        *json.loads((ROOT / "tests" / "xpath_deviations.json").read_text("utf-8")),
        *deviations.NAMES,
    } <= tested
