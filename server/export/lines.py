"""The lines of a table: one per record, or one per row of a repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from server.export.cells import Cell, local_time, scalar
from server.export.columns import Column, FieldType, Profile, Table
from server.store.export_rows import ExportRow

_SYSTEM: tuple[tuple[str, FieldType, str], ...] = (
    ("form_version", "string", "version of the form that the record was read with"),
    ("round", "string", "survey round"),
    ("review_status", "string", "returned, draft, submitted or approved; blank: none"),
    ("area", "string", "code of the hamlet (or other area) where the record lies"),
    ("area_name", "string", "its name"),
    ("parent_area", "string", "code of the area above it"),
    ("parent_area_name", "string", "name of the area above it"),
    ("subject", "string", "record of the household that this one is about"),
    (
        "same_as",
        "string",
        "record that counts instead of this one: the same household, or its other interview of the round",
    ),
    ("author", "string", "id of the person who last submitted it, else who began it"),
    ("author_name", "string", "name of that person"),
    (
        "submitted_at",
        "datetime",
        "when it was last submitted, by the phone's clock as far as it can be true",
    ),
    ("received_at", "datetime", "when the server received that"),
    ("open_conflicts", "integer", "answers on which people disagree and nobody has decided"),
    ("flags", "string", "what the desk should look at, separated by spaces"),
)
_IDENTIFIED_ONLY = {"author_name"}


def system_columns(profile: Profile) -> list[Column]:
    """What every record has whatever its form; names of staff only in identified files."""
    return [
        Column(header=name, path=f"@{name}", node=None, type=kind, read=scalar, title=title)
        for name, kind, title in _SYSTEM
        if profile == "identified" or name not in _IDENTIFIED_ONLY
    ]


def table_lines(table: Table, rows: Iterable[ExportRow], zone: ZoneInfo) -> Iterator[list[Cell]]:
    """Keys, then columns in order. Holds one record at a time."""
    for row in rows:
        if table.repeat:
            yield from _repeat_lines(table, row)
        else:
            yield [row.record, *_cells(table, {**row.answers, **_system(row, zone)})]


def _repeat_lines(table: Table, row: ExportRow) -> Iterator[list[Cell]]:
    grouped = rows_of(row.answers, table.repeat)
    for ids in sorted(grouped):
        keys = (row.record, ids[-2], ids[-1]) if len(ids) > 1 else (row.record, ids[0])
        yield [*keys, *_cells(table, grouped[ids])]


def rows_of(answers: Mapping[str, Any], repeat: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Row ids from the outermost repeat in, to the row's answers by row-less path."""
    depth = repeat.count("/") + 1
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for path, value in answers.items():
        parts = path.split("/")
        ids = tuple(parts[1::2])
        if len(ids) < depth or "/".join(parts[0 : 2 * depth : 2]) != repeat:
            continue
        group = found.setdefault(ids[:depth], {})
        if len(ids) == depth:
            group["/".join(parts[::2])] = value
    return found


def _cells(table: Table, values: Mapping[str, Any]) -> Iterator[Cell]:
    for column in table.columns:
        value = values.get(column.path)
        yield None if value is None else column.read(value)


def _system(row: ExportRow, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "@form_version": row.form_version,
        "@round": row.round,
        "@review_status": row.status,
        "@area": row.area,
        "@area_name": row.area_name,
        "@parent_area": row.parent_area,
        "@parent_area_name": row.parent_area_name,
        "@subject": row.subject,
        "@same_as": row.same_as,
        "@author": row.author,
        "@author_name": row.author_name,
        "@submitted_at": local_time(row.submitted_at, zone),
        "@received_at": local_time(row.received_at, zone),
        "@open_conflicts": row.conflicts,
        "@flags": row.flags,
    }
