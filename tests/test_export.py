"""Exports: linked tables that a spreadsheet opens without harm, and nothing that must stay inside."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from schemas.identity import record_id
from server.export.cells import FORMULA_STARTS
from server.export.files import UnknownForm, Wanted, export_to_folder, opened_export
from server.refresh import refresh_views
from tests.exporting import AT, SURVEY, Survey, asked, read_csv, survey_form

A, B, C = (record_id("visit", [name]) for name in "abc")


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    made = Survey(tmp_path / "data")
    yield made
    made.store.close()


def test_a_record_is_one_line_with_its_place_author_and_times(survey: Survey) -> None:
    survey.submitted(A, {"income": 3, "note": 'a, "b"\nc'})
    survey.write(A, {"@status": "approved"}, author=survey.supervisor, at=AT + 86_400_000)
    [line] = survey.table("visit")
    assert line["record"] == A
    assert (line["review_status"], line["area"], line["area_name"]) == ("approved", "H1", "Thôn Một")
    assert (line["parent_area"], line["parent_area_name"]) == ("C", "Xã")
    assert line["author"] == survey.author, "the interviewer, not the supervisor who approved"
    assert line["submitted_at"] == "2026-09-17T17:13:20+07:00"
    assert line["received_at"] == "2026-09-17T17:13:21+07:00"
    assert (line["income"], line["twice"], line["note"]) == ("3", "6", 'a, "b"\nc')


def test_repeats_are_tables_linked_by_keys(survey: Survey) -> None:
    survey.submitted(
        A,
        {
            "member/m2/m_age": 9,
            "member/m1/m_age": 40,
            "member/m2/school/s1/s_name": "Lán Tranh",
        },
    )
    members = survey.table("visit-member")
    assert [(line["record"], line["row"], line["m_age"]) for line in members] == [
        (A, "m1", "40"),
        (A, "m2", "9"),
    ]
    assert survey.table("visit-member-school") == [
        {"record": A, "parent_row": "m2", "row": "s1", "s_name": "Lán Tranh"}
    ]


def test_what_does_not_apply_is_blank_and_options_are_zero_or_one(survey: Survey) -> None:
    survey.submitted(A, {"has_goods": "yes", "assets": ["tv"]})
    survey.submitted(B, {"has_goods": "no", "assets": ["tv"]})
    cells = {line["record"]: (line["assets/tv"], line["assets/bike"]) for line in survey.table("visit")}
    assert cells == {A: ("1", "0"), B: ("", "")}


@pytest.mark.parametrize(("labels", "word"), [("codes", "yes"), ("vi", "Có"), ("en", "Yes")])
def test_answers_are_codes_or_labels(survey: Survey, labels: str, word: str) -> None:
    survey.submitted(A, {"has_goods": "yes"})
    assert survey.table("visit", labels=labels)[0]["has_goods"] == word


def test_a_point_has_four_columns(survey: Survey) -> None:
    survey.submitted(A, {"gps": [12.16, 108.44, 1420, 5.5], "day": "2026-09-17"})
    [line] = survey.table("visit")
    parts = [line[f"gps/{part}"] for part in ("latitude", "longitude", "altitude", "accuracy")]
    assert parts == ["12.16", "108.44", "1420", "5.5"]
    assert line["day"] == "2026-09-17"


@pytest.mark.parametrize("start", [*FORMULA_STARTS, "'"])
def test_no_cell_begins_a_formula_and_nothing_is_lost(survey: Survey, start: str) -> None:
    text = f'{start}HYPERLINK("http://x","1")'
    survey.submitted(A, {"note": text, "income": -5})
    [line] = survey.table("visit")
    assert not line["note"].startswith(FORMULA_STARTS)
    assert line["note"].removeprefix("'") == text
    assert line["income"] == "-5", "a number stays a number"


def test_a_workbook_gives_back_what_was_answered(survey: Survey, tmp_path: Path) -> None:
    survey.submitted(A, {"note": "=1+1", "income": -5, "phone": "0382513960", "day": "2026-09-17"})
    refresh_views(survey.store)
    wanted = Wanted(forms=["visit"], profile="identified", labels="vi")
    records, [path] = export_to_folder(survey.store.path, wanted, tmp_path / "out", is_xlsx=True)
    assert records == 1
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["visit", "visit-member", "visit-member-school", "codebook"]
    headers, values = book.get_sheet_by_name("visit").to_python()
    line = dict(zip(headers, values, strict=True))
    assert (line["note"], line["income"], line["phone"]) == ("=1+1", -5, "0382513960")
    assert line["day"].isoformat() == "2026-09-17"
    sheets = zipfile.ZipFile(path)
    assert not any(b"<f>" in sheets.read(name) for name in sheets.namelist() if "worksheets/" in name)


def test_the_public_profile_holds_nothing_sensitive(survey: Survey) -> None:
    survey.submitted(
        A,
        {
            "head_name": "K’Brình",
            "phone": "0382513960",
            "income": 1,
            "member/m1/m_name": "Ka Sa",
            "member/m1/m_age": 3,
        },
    )
    files = survey.files()
    everything = b"".join(files.values()).decode()
    for word in ("head_name", "K’Brình", '"phone"', "0382513960", "m_name", "Ka Sa", "author_name", "Ka Hân"):
        assert word not in everything
    for name, data in files.items():
        if name.endswith(".csv"):
            assert not {"head_name", "phone", "m_name"} & set(data.decode().splitlines()[0].split(","))
    assert read_csv(files["visit.csv"])[0]["income"] == "1"
    [line] = survey.table("visit", profile="identified")
    assert (line["head_name"], line["phone"], line["author_name"]) == ("K’Brình", "0382513960", "Ka Hân")


def test_an_interview_ends_when_it_was_last_submitted(tmp_path: Path) -> None:
    survey = Survey(tmp_path / "data", survey_form([asked("end", "ended"), asked("integer", "income")]))
    survey.submitted(A, {"income": 3})
    survey.write(A, {"@status": "approved"}, author=survey.supervisor, at=AT + 86_400_000)
    [line] = survey.table("visit")
    survey.store.close()
    assert line["ended"].startswith("2026-09-17T17:13:20")


def test_what_gives_back_something_sensitive_stays_out_of_public_files(tmp_path: Path) -> None:
    rows = [
        asked("username", "who"),
        asked("text", "head_name", sensitivity="identifier"),
        asked("date", "born", sensitivity="identifier"),
        asked("calculate", "greeting", calculation="concat('Bà ', ${head_name})"),
        asked("calculate", "again", calculation="if(${born} = '', '', ${greeting})"),
        asked("calculate", "born_text", calculation="format-date(${born}, '%d/%m/%Y')"),
        asked("calculate", "by", calculation="pulldata('@author', 'name')"),
        asked("text", "called", default="${head_name}"),
        asked("calculate", "has_name", calculation="if(${head_name} = '', 0, 1)"),
        asked("calculate", "letters", calculation="string-length(${head_name})"),
    ]
    survey = Survey(tmp_path / "data", survey_form(rows))
    survey.submitted(A, {"head_name": "K’Brình", "born": "1980-02-03", "called": "K’Brình"})
    [line], [named] = survey.table("visit"), survey.table("visit", profile="identified")
    survey.store.close()
    assert set(named) - set(line) == {
        *("author_name", "who", "head_name", "born", "greeting", "again", "born_text", "by", "called")
    }
    assert named["again"] == "Bà K’Brình" and named["by"] == "Ka Hân"
    assert (line["has_name"], line["letters"]) == ("1", "7")


def test_only_submitted_and_approved_records_that_are_not_deleted(survey: Survey) -> None:
    survey.submitted(A, {"income": 1})
    survey.write(B, {"@area": "H2", "income": 2, "@status": "draft"})
    survey.submitted(C, {"income": 3})
    survey.write(C, {"@deleted": True})
    assert [line["record"] for line in survey.table("visit")] == [A]
    assert [line["record"] for line in survey.table("visit", statuses=("draft",))] == [B]
    assert {line["record"] for line in survey.table("visit", statuses=None)} == {A, B}
    assert survey.table("visit", statuses=None, areas=["H2"])[0]["record"] == B
    assert survey.table("visit", round="2026") == []


def test_a_question_that_was_dropped_keeps_a_column_of_its_own_at_the_end(survey: Survey) -> None:
    survey.submitted(A, {"income": 1, "note": "old"})
    survey.publish(survey_form([row for row in SURVEY if row["name"] != "note"], version="2"))
    [line] = survey.table("visit")
    assert list(line)[-1] == "note" and line["note"] == "old"
    assert (line["form_version"], line["income"]) == ("2", "1")


def test_a_question_named_like_a_key_keeps_its_own_column(tmp_path: Path) -> None:
    rows = [asked("text", "record"), asked("text", "round"), asked("text", "status")]
    survey = Survey(tmp_path / "other", survey_form(rows))
    survey.submitted(A, {"record": "x", "round": "y", "status": "z"})
    [line] = survey.table("visit")
    assert (line["record"], line["record_"], line["round_"], line["status"]) == (A, "x", "y", "z")
    survey.store.close()


def test_codebook_and_data_package_describe_every_column(survey: Survey) -> None:
    survey.submitted(A, {"income": 1})
    files = survey.files(profile="identified", labels="en")
    package = json.loads(files["datapackage.json"])
    book = read_csv(files["codebook.csv"])
    tables = [name.removesuffix(".csv") for name in files if name.endswith(".csv") and name != "codebook.csv"]
    described = {resource["name"]: resource["schema"] for resource in package["resources"]}
    for table in tables:
        headers = files[f"{table}.csv"].decode().splitlines()[0].split(",")
        assert [field["name"] for field in described[table]["fields"]] == headers
        assert [line["column"] for line in book if line["table"] == table] == headers
    assert described["visit-member-school"]["foreignKeys"][0]["fields"] == ["record", "parent_row"]
    by_column = {line["column"]: line for line in book}
    assert by_column["twice"]["calculation"] == "yes"
    assert by_column["income"]["label_vi"] == "income (vi)"
    assert by_column["phone"]["sensitivity"] == "contact"
    assert by_column["has_goods"]["options"] == "yes = Yes | no = No"


def test_a_byte_order_mark_only_on_request(survey: Survey) -> None:
    assert not survey.files()["visit.csv"].startswith(b"\xef\xbb\xbf")
    assert survey.files(bom=True)["visit.csv"].startswith(b"\xef\xbb\xbf")


def test_an_unknown_form_is_said_so(survey: Survey) -> None:
    with pytest.raises(UnknownForm), opened_export(survey.store.path, Wanted(forms=["nothing"])):
        pass


@pytest.mark.parametrize("is_xlsx", [False, True])
def test_memory_does_not_grow_with_the_number_of_records(
    survey: Survey, tmp_path: Path, is_xlsx: bool
) -> None:
    values: dict[str, Any] = {"income": 1, "note": "x" * 400, "@status": "submitted"}
    for area, count in (("H1", 200), ("H2", 2000)):
        names = [record_id("visit", [area, str(number)]) for number in range(count)]
        survey.write_many([(name, {**values, "@area": area}) for name in names])
    refresh_views(survey.store)

    def peak(area: str, expected: int) -> int:
        tracemalloc.start()
        wanted = Wanted(forms=["visit"], areas=[area])
        records, _ = export_to_folder(survey.store.path, wanted, tmp_path / area, is_xlsx)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert records == expected
        return most

    peak("H1", 200)  # what is loaded once does not count
    few, many = peak("H1", 200), peak("H2", 2000)
    assert many < few + 200_000, f"{few} bytes for 200 records, {many} for 2,000"
