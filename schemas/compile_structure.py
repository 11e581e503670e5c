"""The survey sheet as a tree: groups and repeats opened and closed, names checked, paths given."""

from __future__ import annotations

import re

from msgspec import Struct

from schemas.columns import meant_header
from schemas.compile_other import specifying
from schemas.compile_outline import NOWHERE, Entry, Outline
from schemas.compile_report import Report
from schemas.compile_settings import YES
from schemas.compile_types import RowType, read_type
from schemas.expression import Fault
from schemas.text import search_key
from schemas.xlsform import Row, Sheet

_NAME = re.compile(r"[^\W\d][\w.\-]*")
MOST_DEEP = 30
SPECIFIED = RowType("text", "text")


class Draft(Struct, frozen=True):
    """A row that becomes node `number` of the outline."""

    number: int
    row: Row
    type: RowType


class _Open(Struct):
    number: int
    part: str  # group, repeat
    row: int


def read_structure(sheet: Sheet, outline: Outline, report: Report) -> list[Draft]:
    """The rows in order, entered in the outline. Rows that can't become nodes are reported and left out."""
    for column in sheet.columns:
        if known := meant_header("survey", column):
            report.warn(sheet, 1, column.title, f"{column.title} is not a column.", f"Did you mean {known}?")
    drafts: list[Draft] = []
    opened: list[_Open] = []
    for row in sheet.rows:
        written = row.get("type")
        if row.get("disabled").lower() in YES or written.startswith("#"):
            continue
        if not written:
            if row.get("name") or any(key == "label" for key, _ in row.cells):
                report.error(sheet, row.number, "type", "The row has no type.")
            continue
        kind = read_type(written)
        if isinstance(kind, Fault):
            report.faults(sheet, row, sheet.title("type"), [kind])
            # The name is known all the same: one mistake should not make ten.
            if _NAME.fullmatch(row.get("name")):
                outline.add(_entry(row, RowType("text", "unknown", "?"), opened, outline))
        elif kind.node.startswith("end "):
            _close(kind.node.removeprefix("end "), row, opened, sheet, report)
        else:
            _check_name((row, kind), opened, outline, sheet=sheet, report=report)
            number = outline.add(_entry(row, kind, opened, outline))
            drafts.append(Draft(number, row, kind))
            if kind.has_other and (asked := specifying(row, sheet)):
                drafts.append(Draft(outline.add(_entry(asked, SPECIFIED, opened, outline)), asked, SPECIFIED))
            if kind.node.startswith("begin "):
                opened.append(_Open(number, kind.node.removeprefix("begin "), row.number))
    for left in opened:
        name = outline.entries[left.number].name
        report.error(
            sheet, left.row, "type", f"The {left.part} {name} is not closed.", f"Add end_{left.part}."
        )
    return drafts


def _name_of(row: Row, kind: RowType) -> str:
    if kind.node == "note":
        return row.get("name") or f"note_{row.number}"
    return row.get("name") or (kind.kind if kind.node == "meta" else "")


def _entry(row: Row, kind: RowType, opened: list[_Open], outline: Outline) -> Entry:
    parent = opened[-1].number if opened else NOWHERE
    part = kind.node.removeprefix("begin ") if kind.node.startswith("begin ") else ""
    return Entry(
        _name_of(row, kind),
        part or ("note" if kind.node == "note" else "value"),
        kind.kind or kind.node,
        parent,
        outline.inner_chain(parent),
        row.number,
        kind.list,
    )


def _close(part: str, row: Row, opened: list[_Open], sheet: Sheet, report: Report) -> None:
    if not opened:
        report.error(sheet, row.number, "type", f"This end_{part} closes nothing.", "Remove the row.")
        return
    last = opened.pop()
    if last.part != part:
        report.error(
            sheet,
            row.number,
            "type",
            f"end_{part} stands where the {last.part} of row {last.row} is still open.",
            f"Write end_{last.part} first.",
        )


def _name_from(label: str) -> str:
    plain = search_key(label)
    name = "_".join(re.findall(r"[a-z0-9]+", plain)[:4])
    return name if _NAME.fullmatch(name) else ""


def _check_name(
    draft: tuple[Row, RowType], opened: list[_Open], outline: Outline, *, sheet: Sheet, report: Report
) -> None:
    row, kind = draft
    name = _name_of(row, kind)
    if not name:
        label = next((text for (key, _), text in row.cells.items() if key == "label"), "")
        hint = f"Write {near}." if (near := _name_from(label)) else ""
        report.error(sheet, row.number, "name", "The row has no name.", hint)
    elif not _NAME.fullmatch(name):
        better = re.sub(r"[^\w.\-]+", "_", name)
        better = better if _NAME.fullmatch(better) else f"_{better}"
        message = f"{name} is not a name: it begins with a letter and has letters, digits, _ - and . only."
        report.error(sheet, row.number, "name", message, f"Write {better}.")
    else:
        parent = opened[-1].number if opened else NOWHERE
        twin = outline.child(parent, name)
        if twin is not None:
            before = outline.entries[twin].row
            report.error(sheet, row.number, "name", f"The name {name} stands twice here (row {before}).")
    if len(opened) >= MOST_DEEP and kind.node.startswith("begin "):
        report.error(sheet, row.number, "type", f"Groups are nested more than {MOST_DEEP} deep.")


def give_paths(outline: Outline) -> list[str]:
    """Where each node's answers are stored, without rows; a name twice in one repeat is `group.name`.
    Groups and notes hold no answers: their paths are only told apart."""
    stored: dict[tuple[tuple[int, ...], str], int] = {}
    for entry in outline.entries:
        if entry.kind in ("value", "repeat"):
            stored[entry.chain, entry.name] = stored.get((entry.chain, entry.name), 0) + 1
    paths = [""] * len(outline.entries)
    taken: set[str] = set()
    for kinds in (("value", "repeat"), ("group", "note")):
        for number, entry in enumerate(outline.entries):
            if entry.kind in kinds:
                alone = 1 if entry.kind in ("value", "repeat") else 0
                is_shared = stored.get((entry.chain, entry.name), 0) > alone
                paths[number] = _free(_local(entry, outline, is_shared), entry, paths, taken)
    return paths


def _local(entry: Entry, outline: Outline, is_shared: bool) -> str:
    parent = outline.entries[entry.parent] if entry.parent != NOWHERE else None
    group = f"{parent.name}." if is_shared and parent is not None and parent.kind == "group" else ""
    return group + entry.name


def _free(local: str, entry: Entry, paths: list[str], taken: set[str]) -> str:
    prefix = paths[entry.chain[-1]] + "/" if entry.chain else ""
    while prefix + local in taken:
        local += "."
    taken.add(prefix + local)
    return prefix + local
