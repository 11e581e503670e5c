"""Attached CSV and GeoJSON files: lists of choices, and tables that expressions look things up in."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from schemas.columns import Column, language_code, read_header
from schemas.compile_functions import did_you_mean
from schemas.form import Choice
from schemas.tables import read_csv, read_geojson

MOST_ROWS = 20_000
LARGEST_TABLE = 5 * 2**20


class Table(Struct, frozen=True):
    """One attached file. `titles` as its first line has them."""

    file: str
    titles: list[str]
    rows: list[list[str]]

    @property
    def columns(self) -> set[str]:
        return {"name", "label", *self.titles}


class Tables(Struct, frozen=True):
    """What is attached to a workbook, by file name in small letters; `refused`: file name to why."""

    tables: dict[str, Table] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def find(self, file: str) -> Table | str:
        """The table of this file, or a sentence."""
        wanted = file.lower()
        if wanted in self.tables:
            return self.tables[wanted]
        if wanted in self.refused:
            return self.refused[wanted]
        near = did_you_mean(file, [table.file for table in self.tables.values()])
        return f"{file} is not attached. {near}".strip()


def read_tables(files: Mapping[str, bytes]) -> Tables:
    """The CSV and GeoJSON files among these, by file name."""
    found = Tables()
    for file, data in files.items():
        if not file.lower().endswith((".csv", ".geojson")):
            continue
        table = _read(file, data)
        if isinstance(table, Table):
            found.tables[file.lower()] = table
        else:
            found.refused[file.lower()] = table
    return found


def _read(file: str, data: bytes) -> Table | str:
    if len(data) > LARGEST_TABLE:
        return f"{file} is larger than {LARGEST_TABLE // 2**20} MB."
    cells = read_geojson(data) if file.lower().endswith(".geojson") else read_csv(data)
    if isinstance(cells, str):
        return f"{file} {cells}."
    if len(cells) > MOST_ROWS:
        return f"{file} has more than {MOST_ROWS} rows."
    titles = cells[0]
    doubled = sorted({title for title in titles if title and titles.count(title) > 1})
    if doubled:
        return f"{file}: the column {doubled[0]} stands twice."
    return Table(file, titles, [line for line in cells[1:] if any(line)])


def choices_of(
    table: Table, default_language: str, value: str = "name", label: str = "label"
) -> list[Choice]:
    """The rows of a table: `value` and `label` name the columns of code and label (`label::English (en)` is
    that label in English), every column can be read by expressions."""
    return [_choice(table, line, default_language, value, label) for line in table.rows]


def _choice(table: Table, line: list[str], default_language: str, value: str, label: str) -> Choice:
    cells = {title: text for title, text in zip(table.titles, line, strict=False) if title and text}
    headers = [read_header("choices", title) for title in table.titles]
    texts = {
        language_code(header.language) if header.language else default_language: cells[header.title]
        for header in headers
        if header.title in cells and _is_label(header, label)
    }
    return Choice(cells.get(value, ""), dict(texts), {key: cells[key] for key in cells if key != "name"})


def _is_label(header: Column, label: str) -> bool:
    return header.title == label or (label == "label" and header.key == "label")
