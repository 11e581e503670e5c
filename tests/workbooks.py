"""Small workbooks for tests, written as lists of rows."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from schemas.compiler import Compiled, compile_workbook

Rows = Sequence[dict[str, object]]


def workbook(survey: Rows, choices: Rows = (), **settings: object) -> bytes:
    """The bytes of an .xlsx; the header of each sheet is made of the keys of its rows."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    settings = {"form_id": "small", "version": "1"} | settings
    for name, rows in (("survey", survey), ("choices", choices), ("settings", [settings])):
        sheet = book.add_worksheet(name)
        header = list(dict.fromkeys(key for row in rows for key in row))
        sheet.write_row(0, 0, header)
        for line, row in enumerate(rows, 1):
            for key, value in row.items():
                sheet.write(line, header.index(key), value)
    book.close()
    return buffer.getvalue()


def compiled(survey: Rows, choices: Rows = (), **settings: object) -> Compiled:
    return compile_workbook(workbook(survey, choices, **settings), "small.xlsx")


def question(type_: str, name: str, **cells: object) -> dict[str, object]:
    return {"type": type_, "name": name, "label": name} | cells
