"""Lists to load: .xlsx, or CSV in UTF-8, UTF-16 or Windows-1258 with comma, semicolon or tab."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from schemas.tables import read_csv
from schemas.xlsform import archive_refusal

Row = dict[str, str]


def read_table(path: Path) -> list[tuple[int, Row]] | str:
    """Rows as (number that the spreadsheet shows, column to text in NFC), or what is wrong with the file.
    Column names are in small letters; empty rows are left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"{path.name} can't be read: {error.strerror}."
    if data[:4] == b"PK\x03\x04" or path.suffix.lower() in (".xlsx", ".xlsm"):
        refusal = archive_refusal(data) if data[:2] == b"PK" else ""
        if refusal:
            return f"{path.name} is not a readable .xlsx workbook. {refusal}"
        cells = _workbook_cells(data)
        if cells is None:
            return f"{path.name} is not a readable .xlsx workbook: open it and save it again."
    else:
        read = read_csv(data)
        if isinstance(read, str):
            return f"{path.name} {read}."
        cells = read
    return _rows(path, cells)


def _rows(path: Path, cells: list[list[str]]) -> list[tuple[int, Row]] | str:
    if not cells:
        return f"{path.name} is empty."
    header = [unicodedata.normalize("NFC", name).strip().lower() for name in cells[0]]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        return f"{path.name}: the column {doubled[0]} occurs twice."
    rows = []
    for number, line in enumerate(cells[1:], 2):
        values = [unicodedata.normalize("NFC", value).strip() for value in line]
        if any(values):
            rows.append((number, {name: value for name, value in zip(header, values, strict=False) if name}))
    return rows


def _workbook_cells(data: bytes) -> list[list[str]] | None:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = workbook.get_sheet_by_index(0)
        return [[_text(cell) for cell in line] for line in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError, IndexError, zipfile.BadZipFile):
        return None


def _text(cell: object) -> str:
    # A spreadsheet keeps every number as a double; codes and years are whole.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
