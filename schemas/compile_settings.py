"""The settings sheet, with our own settings: `subject_form`, `one_per`, `phones`."""

from __future__ import annotations

import datetime
import hashlib
import re
from typing import Literal, get_args

from msgspec import Struct

from schemas.columns import meant_header
from schemas.compile_functions import did_you_mean
from schemas.compile_report import Report
from schemas.form import Asked, Node, Valued
from schemas.xlsform import Row, Sheet, Workbook

Phones = Literal["area", "carry", "own", "none"]
YES = {"yes", "true", "true()", "1"}
NO = {"", "no", "false", "false()", "0"}
_SYSTEM_KEYS = ("subject", "round", "area")


class Settings(Struct, frozen=True):
    id: str
    version: str
    title: str
    style: str
    instance_name: str
    subject_form: str
    one_per: list[str]
    phones: Phones
    allows_duplicates: bool
    sheet: Sheet
    row: int


def read_settings(workbook: Workbook, data: bytes, report: Report) -> Settings:
    """The settings; a form without an id is named after its file, one without a version after its content."""
    sheet = workbook.sheets.get("settings") or Sheet("settings")
    row = sheet.rows[0] if sheet.rows else Row(2, {})
    for column in sheet.columns:
        if known := meant_header("settings", column):
            report.warn(sheet, 1, column.title, f"{column.title} is not a setting.", f"Did you mean {known}?")
    if row.get("public_key"):
        report.warn(sheet, row.number, "public_key", "Encryption with public_key is not done.")
    return Settings(
        id=_form_id(workbook, sheet, row, report),
        version=_version(sheet, row, data, report),
        title=row.get("form_title") or row.get("form_id") or _stem(workbook.name),
        style=row.get("style"),
        instance_name=row.get("instance_name"),
        subject_form=row.get("subject_form"),
        one_per=row.get("one_per").split(),
        phones=_phones(sheet, row, report),
        allows_duplicates=row.get("allow_choice_duplicates").lower() in YES,
        sheet=sheet,
        row=row.number,
    )


def _stem(name: str) -> str:
    return re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]


def _form_id(workbook: Workbook, sheet: Sheet, row: Row, report: Report) -> str:
    written = row.get("form_id")
    if not written:
        written = _slug(_stem(workbook.name))
        report.warn(sheet, row.number, "form_id", f"The form has no form_id: {written} is used.")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}", written):
        message = f"A form_id has letters, digits, _ - and . only: {_slug(written)} is used."
        report.warn(sheet, row.number, "form_id", message, f"Write {_slug(written)}.")
        written = _slug(written)[:100]
    return written


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.\-]+", "_", text).strip("_.-") or "form"


def _version(sheet: Sheet, row: Row, data: bytes, report: Report) -> str:
    written = row.get("version")
    if not written:
        written = hashlib.sha256(data).hexdigest()[:10]
        report.warn(sheet, row.number, "version", f"The form has no version: {written} is used.")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", written):
        written = datetime.datetime.fromisoformat(written).strftime("%Y%m%d%H%M%S")
    return written


def _phones(sheet: Sheet, row: Row, report: Report) -> Phones:
    written = row.get("phones") or "area"
    for known in get_args(Phones):
        if written == known:
            return known  # type: ignore[no-any-return]
    names = ", ".join(get_args(Phones))
    report.error(sheet, row.number, "phones", f"{written} is not one of {names}.")
    return "area"


def check_one_per(settings: Settings, nodes: list[Node], report: Report) -> None:
    """Every word of `one_per` must be there when a record is made: a system word or an asked question."""
    sheet, row = settings.sheet, settings.row
    asked = {node.path for node in nodes if isinstance(node, Asked)}
    for word in settings.one_per:
        if word == "subject" and not settings.subject_form:
            report.error(sheet, row, "one_per", "one_per names subject, but subject_form is empty.")
        elif word not in _SYSTEM_KEYS and word not in asked:
            there = any(isinstance(node, Valued) and node.name == word for node in nodes)
            reason = "is not asked outside of repeats" if there else "is not a question"
            hint = did_you_mean(word, [*_SYSTEM_KEYS, *asked])
            report.error(sheet, row, "one_per", f"{word} {reason}.", "" if there else hint)
