"""Files that are no survey, broken on the way, or made to harm."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.compiler import compile_workbook
from tests.workbooks import question, workbook


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


GOOD = workbook([question("text", "a")])


def replaced(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return buffer.getvalue()


FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c r="A1" t="str"><v>type</v></c></row><row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    b"</sheetData></worksheet>"
)


HEAD = b'<%s xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
LONG = HEAD % b"sst" + b"<si><t>" + b"x" * 2**20 + b"</t></si></sst>"
MANY = (
    HEAD % b"worksheet"
    + b"<sheetData>"
    + b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 5_000))
    + b"</sheetData></worksheet>"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (GOOD[: len(GOOD) // 2], "damaged or only a part"),
        (b"type,name\ntext,a\n", "text file (.csv)"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old .xls workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), ".ods"),
        (zipped(word=b"x"), "not an .xlsx workbook"),
        (zipped(xl__workbook__bin=b"x").replace(b"workbook/bin", b"workbook.bin"), ".xlsb"),
        (b"<html></html>", "not a spreadsheet"),
        (b"\x00\x01\x02\x03" * 50, "not an .xlsx workbook"),
        (
            replaced({"xl/worksheets/sheet1.xml": MANY, "xl/sharedStrings.xml": LONG}),
            "more than 100 MB of text",
        ),
        (replaced({"xl/worksheets/sheet1.xml": FAR}), "as far as row 1048576"),
        (replaced({"xl/worksheets/sheet1.xml": b" " * 101 * 2**20}), "unpacks to more than 100 MB"),
        (replaced({"xl/worksheets/sheet1.xml": b"<worksheet><broken"}), "is damaged"),
        (replaced({"xl/workbook.xml": b"nothing"}), "is damaged"),
    ],
)
def test_a_file_that_is_no_survey_gets_one_clear_sentence(data: bytes, said: str) -> None:
    found = compile_workbook(data, "x.xlsx")
    assert found.form is None
    assert len(found.errors) == 1
    assert said in found.errors[0].sentence()


def test_a_workbook_without_a_survey_sheet_says_which_sheets_there_are() -> None:
    names = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/workbook.xml")
    data = replaced({"xl/workbook.xml": names.replace(b"survey", b"answers")})
    assert compile_workbook(data, "x").errors[0].sentence() == (
        "There is no sheet named survey. The sheets are: answers, choices, settings."
    )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=30))
def test_no_damage_to_a_file_crashes_the_compiler(noise: bytes, at: int, hit: bytes) -> None:
    for data in (noise, GOOD[:at], GOOD[:at] + hit + GOOD[at + len(hit) :]):
        found = compile_workbook(data, "x.xlsx")
        assert (found.form is None) == bool(found.errors)
