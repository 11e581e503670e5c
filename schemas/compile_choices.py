"""The choices sheet: lists by name, their extra columns, and what is wrong with them."""

from __future__ import annotations

import re

from msgspec import Struct, field

from schemas.columns import TRANSLATED
from schemas.compile_media import Media, read_media
from schemas.compile_outline import Outline, Place
from schemas.compile_report import Report
from schemas.compile_texts import Languages, Surroundings, read_text
from schemas.compile_types import OTHER
from schemas.form import Choice
from schemas.xlsform import Row, Sheet, Workbook


class RawList(Struct):
    """A list before its texts are resolved."""

    sheet: Sheet
    rows: list[Row] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


def read_lists(workbook: Workbook, report: Report) -> dict[str, RawList]:
    """The lists of both choice sheets; a list in both is the one of `choices`."""
    found: dict[str, RawList] = {}
    for known in ("choices", "external_choices"):
        sheet = workbook.sheets.get(known)
        if sheet is None:
            continue
        if sheet.rows and not any(column.key == "list_name" for column in sheet.columns):
            report.error(sheet, 1, "", "There is no column list_name.")
            continue
        extra = [c.key for c in sheet.columns if c.key not in {"list_name", "name", "old_name", *TRANSLATED}]
        extra = [key for key in extra if not key.startswith(("media::", "image", "audio", "video"))]
        for row in sheet.rows:
            name = row.get("list_name")
            if not name:
                if row.get("name"):
                    report.error(sheet, row.number, "list_name", "This choice belongs to no list.")
                continue
            if name in found and found[name].sheet is not sheet:
                continue
            found.setdefault(name, RawList(sheet, columns=extra)).rows.append(row)
    return found


def compile_lists(
    raw: dict[str, RawList],
    used: dict[str, bool],
    seen_from: dict[str, tuple[int, ...]],
    *,
    allows_duplicates: bool,
    languages: Languages,
    outline: Outline,
    media: Media,
    report: Report,
) -> dict[str, list[Choice]]:
    """The choices of the lists in `used` (True: answers hold several codes, so codes can't hold spaces).
    `seen_from`: the repeats around every question with the list: labels may show what stands there."""
    lists: dict[str, list[Choice]] = {}
    for name, raw_list in raw.items():
        if name not in used:
            if name + OTHER in used:
                continue
            first = raw_list.rows[0].number
            report.warn(raw_list.sheet, first, "list_name", f"No question uses the list {name}.")
            continue
        _check_codes(name, raw_list, used[name], allows_duplicates, report)
        around = Surroundings(outline, Place(chain=seen_from.get(name, ())), report)
        lists[name] = [
            _choice(row, raw_list, languages, around, media) for row in raw_list.rows if row.get("name")
        ]
    return lists


def _check_codes(name: str, raw: RawList, is_multiple: bool, allows: bool, report: Report) -> None:
    seen: dict[str, int] = {}
    for row in raw.rows:
        code = row.get("name")
        if not code:
            report.error(raw.sheet, row.number, "name", f"A choice of the list {name} has no name.")
            continue
        if code in seen and not allows:
            report.error(
                raw.sheet,
                row.number,
                "name",
                f"{code} stands twice in the list {name} (row {seen[code]}).",
                "Give it another name, or set allow_choice_duplicates to yes in the settings.",
            )
        seen.setdefault(code, row.number)
        if re.search(r"\s", code):
            message = f"The name of a choice can't hold a space: {code}."
            say = report.error if is_multiple else report.warn
            say(raw.sheet, row.number, "name", message, f"Write {'_'.join(code.split())}.")


def _choice(row: Row, raw: RawList, languages: Languages, around: Surroundings, media: Media) -> Choice:
    label = read_text("label", row, raw.sheet, languages, around)
    columns = {key: row.get(key) for key in raw.columns if row.get(key)}
    return Choice(
        row.get("name"), label, columns, read_media(row, raw.sheet, languages, media, around.report)
    )
