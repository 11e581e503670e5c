"""Questionnaires that others use: none crashes or hangs the compiler, docs/xlsforms.md says what is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import real_forms
from tests.real_forms import FOLDER, PAGE, judged, page, reasons, workbooks_in
from tests.workbooks import question, workbook


def test_verdicts_name_what_an_author_can_mend_once_each(tmp_path: Path) -> None:
    rows = [question("text", f"a{row}", relevant="${b} = 1") for row in range(3)]
    (tmp_path / "wrong.xlsx").write_bytes(workbook(rows))
    (tmp_path / "right.xlsx").write_bytes(workbook([question("select_one_from_file t.csv", "town")]))
    (tmp_path / "right-media").mkdir()
    (tmp_path / "right-media" / "t.csv").write_text("name,label\na,A\n")
    right, wrong = judged(workbooks_in(tmp_path))
    assert right.is_accepted and right.asked == 1
    assert reasons(wrong) == ["survey, row 2, relevant: ${b} is not in the survey. (3 times)"]


def test_a_workbook_that_does_not_end_in_time_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(real_forms, "LONGEST_S", 0)
    (tmp_path / "slow.xlsx").write_bytes(workbook([question("text", "a")]))
    assert [verdict.failure for verdict in judged(workbooks_in(tmp_path))] == ["did not end"]


@pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER.name} is not beside the project")
def test_the_list_of_real_questionnaires_is_current() -> None:
    verdicts = judged(workbooks_in(FOLDER))
    assert [verdict.name for verdict in verdicts if verdict.failure] == []
    assert PAGE.read_text("utf-8") == page(verdicts), "make it anew: python -m tests.real_forms --write"
