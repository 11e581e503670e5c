"""The column `old_name`: what questions and choices were called in versions before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.compile_choices import RawList
from schemas.compile_outline import Outline
from schemas.compile_report import Report
from schemas.compile_structure import Draft
from schemas.xlsform import Sheet


def read_renames(
    drafts: Sequence[Draft], outline: Outline, paths: Sequence[str], sheet: Sheet, report: Report
) -> dict[str, str]:
    """Row-less old path to the path now, for questions and repeats; several old names of one question in the
    order written. What stands in a renamed repeat is renamed with it."""
    holders = {number for number, entry in enumerate(outline.entries) if entry.kind in ("value", "repeat")}
    taken = {paths[number]: outline.entries[number].row for number in holders}
    every: dict[int, list[str]] = {}
    renames: dict[str, str] = {}
    for draft in drafts:
        number = draft.number
        if number not in holders:
            continue
        chain = outline.entries[number].chain
        above = [f"{path}/" for path in every.get(chain[-1], [])] if chain else [""]
        names = [paths[number].rpartition("/")[2], *draft.row.get("old_name").split()]
        every[number] = list(dict.fromkeys(prefix + name for name in names for prefix in above))
        for old in every[number]:
            if old == paths[number]:
                continue
            if old in taken:
                message = f"{old} is still asked (row {taken[old]}): a name stands for one question."
                report.error(sheet, draft.row.number, "old_name", message, "Empty the cell.")
            elif old in renames:
                message = f"{old} is also the old name of {renames[old]}."
                report.error(sheet, draft.row.number, "old_name", message)
            else:
                renames[old] = paths[number]
    return renames


def read_recodes(raw: Mapping[str, RawList], report: Report) -> dict[str, dict[str, str]]:
    """List to old code to the code now."""
    found: dict[str, dict[str, str]] = {}
    for name, each in raw.items():
        codes = {row.get("name") for row in each.rows}
        renamed: dict[str, str] = {}
        for row in each.rows:
            for old in row.get("old_name").split():
                if old in codes:
                    message = f"{old} is still a choice of the list {name}."
                    report.error(each.sheet, row.number, "old_name", message, "Empty the cell.")
                elif old in renamed:
                    message = f"{old} is also the old name of {renamed[old]}."
                    report.error(each.sheet, row.number, "old_name", message)
                else:
                    renamed[old] = row.get("name")
        if renamed:
            found[name] = renamed
    return found
