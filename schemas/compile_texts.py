"""Languages and texts: what `label::English (en)` and its like become, with `${name}` in them resolved."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from msgspec import Struct

from schemas.columns import TRANSLATED, language_code, language_name
from schemas.compile_expression import reference
from schemas.compile_functions import did_you_mean
from schemas.compile_outline import Outline, Place
from schemas.compile_report import Report
from schemas.expression import Fault
from schemas.form import Text
from schemas.xlsform import Row, Sheet, Workbook

_REFERENCE = re.compile(r"(\$\{[^{}]*\})")


class Languages(Struct, frozen=True):
    """`codes` in the order of the sheets; `default` is one of them."""

    codes: list[str]
    names: dict[str, str]
    default: str


def read_languages(workbook: Workbook, report: Report) -> Languages:
    """The languages of a workbook; texts without one belong to the default language."""
    names: dict[str, str] = {}
    for known in ("survey", "choices", "external_choices"):
        for column in workbook.sheets[known].columns if known in workbook.sheets else []:
            if column.key in TRANSLATED and column.language:
                names.setdefault(language_code(column.language), language_name(column.language))
    settings = workbook.sheets.get("settings")
    row = settings.rows[0] if settings and settings.rows else None
    wanted = row.get("default_language") if row else ""
    code = language_code(wanted) if wanted else ""
    if not names:
        return Languages([code], {code: language_name(wanted)} if wanted else {}, code)
    if code and code not in names and settings and row:
        if _has_plain_labels(workbook):
            names = {code: language_name(wanted), **names}
        else:
            hint = did_you_mean(wanted, list(names.values()))
            report.warn(settings, row.number, "default_language", f"There are no texts in {wanted}.", hint)
    default = code if code in names else next(iter(names))
    return Languages(list(names), names, default)


def _has_plain_labels(workbook: Workbook) -> bool:
    return any(column.key == "label" and not column.language for column in workbook.sheets["survey"].columns)


class Surroundings(Struct, frozen=True):
    """What references in a text are resolved against."""

    outline: Outline
    place: Place
    report: Report


def read_text(key: str, row: Row, sheet: Sheet, languages: Languages, around: Surroundings) -> Text:
    """The text of a row under `key` in all its languages."""
    text: Text = {}
    for column in sheet.columns:
        if column.key != key or not (cell := row.get(key, column.language)):
            continue
        code = language_code(column.language) if column.language else languages.default
        if column.language or code not in text:
            parts, faults = _parts(unicodedata.normalize("NFC", cell), around.outline, around.place)
            around.report.faults(sheet, row, column.title, faults)
            text[code] = parts
    return {code: text[code] for code in languages.codes if code in text}


def _parts(cell: str, outline: Outline, place: Place) -> tuple[str | list[Any], list[Fault]]:
    parts: list[Any] = []
    faults: list[Fault] = []
    for piece in _REFERENCE.split(cell):
        if not _REFERENCE.fullmatch(piece):
            parts += [piece] if piece else []
            continue
        name = piece[2:-1].strip()
        if name.startswith("last-saved#"):
            faults.append(Fault("A text can't show a last-saved value.", "Show a calculation of it."))
            continue
        expr, found = reference(name, outline, place)
        faults += found
        parts.append(expr)
    return (cell if "${" not in cell else parts), faults


def check_translations(sheet: Sheet, languages: Languages, report: Report) -> None:
    """Says once for each language and column how many texts are missing in it."""
    keys = dict.fromkeys(column.key for column in sheet.columns if column.key in TRANSLATED)
    for key in keys:
        there = {column.language for column in sheet.columns if column.key == key}
        for language in there if len(there) > 1 else ():
            rows = [
                row.number
                for row in sheet.rows
                if not row.get(key, language) and any(row.get(key, other) for other in there)
            ]
            if rows:
                name = language or languages.names.get(languages.default, "the default language")
                more = " …" if len(rows) > 5 else ""
                report.warn(
                    sheet,
                    rows[0],
                    key,
                    f"{len(rows)} texts are missing in {name}: rows {', '.join(map(str, rows[:5]))}{more}.",
                )
