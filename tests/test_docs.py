"""What the documents say is so: the worked example folds as written, and the named tests are there."""

from __future__ import annotations

import ast
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


def names_of_python(text: str) -> set[str]:
    """Of the tests in a Python file."""
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def names_of_typescript(text: str) -> set[str]:
    """Of the tests in a TypeScript file: they stand at the beginning of a line."""
    found = re.findall(r"""^\s*(?:test|it|describe)(?:\.each\(.*\))?\((["'`])(.*?)\1,""", text, re.MULTILINE)
    return {name for _, name in found}


def names_of_tests() -> set[str]:
    python = (ROOT / "tests").rglob("test_*.py")
    typescript = (ROOT / "client_pwa" / "tests").glob("*.test.ts")
    names: set[str] = set().union(*(names_of_python(file.read_text("utf-8")) for file in python))
    return names.union(*(names_of_typescript(file.read_text("utf-8")) for file in typescript))


def test_only_a_test_has_the_name_of_a_test() -> None:
    python = '# test_law_01_a\n"""test_law_01_b"""\ndef test_law_01_c():\n    assert x, "test_law_01_d"\n'
    assert names_of_python(python) == {"test_law_01_c"}
    typescript = (
        '// test("law 1: a", () => {});\ntest("law 1: b", () => {\n  expect(x, "law 1: c").toBe(1);\n});\n'
        ' /* it("law 1: d", f) */\n * test("law 1: e", f);\ndescribe("laws 1 and 2 hold", () => {\n'
        "  it(\"laws of '1'\", f);\n"
    )
    assert names_of_typescript(typescript) == {"law 1: b", "laws 1 and 2 hold", "laws of '1'"}


def laws_named(test: str) -> set[int]:
    """`test_law_01_...`, `law 1: ...` or `laws 1, 2 and 3 hold ...`"""
    said = re.match(r"test_law_(\d+)_|laws? (\d+(?:(?:, | and )\d+)*)", test)
    return {int(number) for number in re.findall(r"\d+", said[0])} if said else set()


def test_every_law_names_tests_that_are_there() -> None:
    rows = table_rows("| law | says | held by |")
    assert [int(row[0]) for row in rows] == list(LAWS)
    known = names_of_tests()
    for number, _, held_by in rows:
        named = re.findall(r"`([^`]+)`", held_by)
        assert named, f"law {number} names no test"
        for test in named:
            assert int(number) in laws_named(test), f"{test} does not carry law {number}"
            assert test in known, f"law {number} names {test}, which is no test"


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
