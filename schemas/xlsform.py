"""The cells of an XLSForm workbook, from anywhere: nothing in it can crash, hang or fill the memory."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field
from python_calamine import CalamineWorkbook

from schemas.columns import Column, read_header
from schemas.problem import Problem

LARGEST_FILE = 20 * 2**20
LARGEST_UNZIPPED = 100 * 2**20
MOST_ROWS = 20_000
MOST_CELLS = 4_000_000
MOST_CHARACTERS = 32_767

SHEETS = ("survey", "choices", "external_choices", "settings")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*(\d{1,7})\s*<")
_SHARED = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si\s*>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,4})(\d{1,8})"')

_KEPT = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^/>])>(?:<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<]{1,20})<"
)
_WORKSHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")

Key = tuple[str, str]


class Row(Struct, frozen=True):
    """`number` as the spreadsheet shows it; `cells` hold no blanks. Keys are (column, language)."""

    number: int
    cells: dict[Key, str]

    def get(self, key: str, language: str = "") -> str:
        return self.cells.get((key, language), "")


class Sheet(Struct, frozen=True):
    name: str  # as the file spells it
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def title(self, key: str, language: str = "") -> str:
        """The header as the author wrote it, for messages."""
        return next((c.title for c in self.columns if (c.key, c.language) == (key, language)), key)


class Workbook(Struct, frozen=True):
    """The sheets of an XLSForm by their lower-case names; `problems`: what is wrong with headers."""

    name: str
    sheets: dict[str, Sheet]
    problems: list[Problem] = []


def read_workbook(data: bytes, name: str) -> Workbook | Problem:
    """The sheets of an .xlsx file, or one sentence about why it can't be read."""
    sentence = _refusal(data) or archive_refusal(data)
    if sentence:
        return Problem(sentence)
    lines = _lines(data)
    if lines is None:
        return Problem("The workbook is damaged and can't be read.", suggestion="Save it again as .xlsx.")
    found = _workbook(lines, name)
    if isinstance(found, Workbook):
        found.problems.extend(_failed_formulas(data, list(lines)))
    return found


def _lines(data: bytes) -> dict[str, list[list[Any]] | None] | None:
    """The cells of our sheets by name (None: a sheet of others); None when the file can't be read."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if name.strip().lower() in SHEETS
            else None
            for name in book.sheet_names
        }
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:
        # The reader's errors have no common base, and a panic in it is not even an Exception.
        return None


def _refusal(data: bytes) -> str:
    if not data:
        return "The file is empty."
    if len(data) > LARGEST_FILE:
        return f"The file is larger than {LARGEST_FILE // 2**20} MB."
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return "The workbook has a password. Remove it in the spreadsheet program and save again."
        return "This is an old .xls workbook. Open it in the spreadsheet program and save it as .xlsx."
    if data.startswith(b"PK"):
        return ""
    if data.startswith((b"<?xml", b"<", b"%PDF", b"{\\rtf")):
        return "This is not a spreadsheet. An XLSForm is an .xlsx workbook."
    text = data[:2048].lstrip(b"\xef\xbb\xbf")
    if all(byte >= 32 or byte in b"\t\r\n" for byte in text) and any(sign in text for sign in b",;\t"):
        return "This is a text file (.csv). An XLSForm is an .xlsx workbook with a survey sheet."
    return "This is not an .xlsx workbook."


def archive_refusal(data: bytes) -> str:
    """A sentence when the archive is broken, no workbook, or would grow too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                return "This is an .ods spreadsheet. Save it as .xlsx."
            if "xl/workbook.bin" in names:
                return "This is an .xlsb workbook. Save it as .xlsx."
            if "xl/workbook.xml" not in {name.lower() for name in names}:
                return "This is a zip file, but not an .xlsx workbook."
            return _unzipped(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return "The workbook is damaged or only a part of it arrived. Save it again as .xlsx."


def _unzipped(archive: zipfile.ZipFile) -> str:
    left = LARGEST_UNZIPPED
    for member in archive.infolist():
        left -= member.file_size
        if left < 0:
            return f"The workbook unpacks to more than {LARGEST_UNZIPPED // 2**20} MB."
    lengths: list[int] = []
    # The shared texts first: the sheets repeat them.
    for member in sorted(
        archive.infolist(), key=lambda member: "sharedstrings" not in member.filename.lower()
    ):
        # Reading each to its end proves the declared sizes: zipfile reads no further and compares checksums.
        content = archive.read(member)
        if "sharedstrings" in member.filename.lower():
            lengths += [len(text.group()) for text in _SHARED.finditer(content)]
        elif "worksheets/" in member.filename.lower():
            if sum(_repeated(content, lengths)) > LARGEST_UNZIPPED:
                return f"The cells of a sheet hold more than {LARGEST_UNZIPPED // 2**20} MB of text."
            if sentence := _sprawl(content):
                return sentence
    return ""


def _repeated(sheet: bytes, lengths: list[int]) -> Iterator[int]:
    """At most how much text each cell repeats: a plain number counts as if it named a shared text."""
    for value in _VALUE.finditer(sheet):
        number = int(value.group(1))
        if number < len(lengths):
            yield lengths[number]


def _sprawl(sheet: bytes) -> str:
    """A single far-off cell would make the reader fill a rectangle of billions."""
    rows = columns = 0
    for cell in _CELL.finditer(sheet):
        if place := _PLACE.search(cell.group(1)):
            rows = max(rows, int(place.group(2)))
            columns = max(columns, _column_number(place.group(1)))
    if rows * columns > MOST_CELLS:
        return f"A sheet has cells as far as row {rows} and column {columns}. Delete those not needed."
    return ""


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _workbook(lines: dict[str, list[list[Any]] | None], name: str) -> Workbook | Problem:
    sheets: dict[str, Sheet] = {}
    problems: list[Problem] = []
    for given, cells in lines.items():
        known = given.strip().lower()
        if cells is None or known in sheets:
            continue
        if sum(1 for line in cells if any(value != "" for value in line)) > MOST_ROWS:
            return Problem(f"The sheet {given} has more than {MOST_ROWS} rows.", given)
        sheets[known] = _sheet(known, given, cells, problems)
    if "survey" not in sheets:
        there = f"The sheets are: {', '.join(lines)}." if lines else ""
        return Problem("There is no sheet named survey.", suggestion=there)
    return Workbook(name, sheets, problems)


def _sheet(known: str, given: str, lines: list[list[Any]], problems: list[Problem]) -> Sheet:
    start = next((at for at, line in enumerate(lines) if any(_text(value) for value in line)), len(lines))
    if known == "survey" and (lower := _header_below(lines, start)):
        message = f"The header stands in row {lower + 1}: what is above it was left out."
        problems.append(Problem(message, given, start + 1, severity="warning"))
        start = lower
    header = [_text(value) for value in lines[start]] if start < len(lines) else []
    columns = [read_header(known, title) for title in header]
    used: dict[Key, int] = {}
    for at, column in enumerate(columns):
        key = (column.key, column.language)
        if not column.title:
            continue
        if key in used:
            problems.append(
                Problem(
                    f"The column {column.title} stands twice.", given, start + 1, column.title, "Keep one."
                )
            )
        used.setdefault(key, at)
    rows = []
    for at, line in enumerate(lines[start + 1 :], start + 2):
        cells = {key: text for key, place in used.items() if (text := _cell(line, place))}
        if cells:
            rows.append(Row(at, cells))
    return Sheet(given, [column for column in columns if column.title], rows)


def _header_below(lines: list[list[Any]], start: int) -> int:
    """Where the header stands below a title; 0 where the first line that is not blank is one."""
    for at, line in enumerate(lines[start : start + 20], start):
        if {"type", "name"} <= {_text(value).lower() for value in line}:
            return at if at > start else 0
    return 0


def _failed_formulas(data: bytes, names: list[str]) -> Iterator[Problem]:
    """The cells of our sheets that hold an error: they are read as blank."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [member for member in archive.namelist() if _WORKSHEET.fullmatch(member)]
        sheets.sort(key=lambda member: int(re.findall(r"\d+", member)[-1]))
        for name, member in zip(names, sheets, strict=False):
            if name.strip().lower() not in SHEETS:
                continue
            content = archive.read(member)
            for cell in _KEPT.finditer(content) if b't="e"' in content else ():
                place = _PLACE.search(b" " + cell.group(1))
                if place and b't="e"' in cell.group(1):
                    at, shown = b"".join(place.groups()).decode(), cell.group(2).decode()
                    message = f"The cell {at} holds {shown}, what a formula gives that failed."
                    yield Problem(message, name, int(place.group(2)), suggestion="Mend the formula.")


def _cell(line: list[Any], place: int) -> str:
    return _text(line[place])[:MOST_CHARACTERS] if place < len(line) else ""


def _text(value: object) -> str:
    """A cell as the author sees it: whole numbers without a point, dates as ISO."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = str(value).replace("\r\n", "\n").replace("\u00a0", " ")
    return text.strip().strip("\ufeff\u200b")
