"""One workbook with a sheet per table: codes and phone numbers as text, numbers and dates as such."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from server.export.cells import Cell

LONGEST_CELL = 32_767
LONGEST_SHEET_NAME = 31
Sheet = tuple[str, list[str], list[str], Iterable[list[Cell]]]  # name, headers, types, lines


def write_xlsx(path: Path, sheets: Iterable[Sheet]) -> None:
    """Lines go to disk as they come (`constant_memory`). Text is written as text, so nothing can run as a
    formula and no apostrophe is needed; a text longer than a cell may hold is cut by the format's limit."""
    with Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        iso = book.add_format({"num_format": "yyyy-mm-dd"})
        taken: set[str] = set()
        for name, headers, types, lines in sheets:
            sheet = book.add_worksheet(_sheet_name(name, taken))
            sheet.freeze_panes(1, 1)
            for place, header in enumerate(headers):
                sheet.write_string(0, place, header, bold)
            for number, line in enumerate(lines, 1):
                for place, cell in enumerate(line):
                    _write(sheet, (number, place), cell, iso if types[place] == "date" else None)


def _write(sheet: Any, at: tuple[int, int], cell: Cell, day_format: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, int | float):
        sheet.write_number(*at, cell)
    elif day_format is not None and (day := _day(cell)):
        sheet.write_datetime(*at, day, day_format)
    else:
        sheet.write_string(*at, cell[:LONGEST_CELL])


def _day(text: str) -> date | None:
    """The day, or None where a spreadsheet has no number for it (before 1900-03-01 they disagree)."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= date(1900, 3, 1) else None


def _sheet_name(name: str, taken: set[str]) -> str:
    cut = name[:LONGEST_SHEET_NAME]
    number = 2
    while cut.lower() in taken:
        end = f"~{number}"
        cut = name[: LONGEST_SHEET_NAME - len(end)] + end
        number += 1
    taken.add(cut.lower())
    return cut
