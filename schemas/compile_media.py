"""Pictures, sounds and films that labels and choices show: named in the workbook, attached beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec import Struct, field

from schemas.columns import language_code
from schemas.compile_functions import did_you_mean
from schemas.compile_report import Report
from schemas.compile_texts import Languages
from schemas.form import FormFile
from schemas.xlsform import Row, Sheet

KINDS = {"image": "image", "big-image": "image", "audio": "audio", "video": "video"}
TYPES = {
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "3gp": "video/3gpp",
}
LARGEST = 5 * 2**20
# Every phone of the round downloads them over a line of the countryside.
LARGEST_TOGETHER = 20 * 2**20


class Media(Struct):
    """What is attached, by file name in small letters. `files` and `contents`: what the form names of it."""

    attached: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    files: dict[str, FormFile] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)


def attached_media(files: Mapping[str, bytes]) -> Media:
    """The files among these that are no tables."""
    is_table = (".csv", ".geojson")
    return Media(
        {name.lower(): (name, data) for name, data in files.items() if not name.lower().endswith(is_table)}
    )


def read_media(
    row: Row, sheet: Sheet, languages: Languages, media: Media, report: Report
) -> dict[str, dict[str, str]]:
    """Kind of media to language to file name; `media` learns which of its files are named."""
    found: dict[str, dict[str, str]] = {}
    for column in sheet.columns:
        written = row.get(column.key, column.language) if column.key in KINDS else ""
        # As it stands in the forms that phones of ODK are given.
        name = written.rpartition("/")[2] if written.startswith("jr://") else written
        if not name:
            continue
        code = language_code(column.language) if column.language else languages.default
        found.setdefault(column.key, {})[code] = name
        if said := _take(name, KINDS[column.key], media):
            report.warn(sheet, row.number, column.title, *said)
    return found


def _take(name: str, kind: str, media: Media) -> tuple[str, str] | None:
    """Notes that the form names this file; what is to be said where that can't be shown."""
    if name in media.files:
        return None
    media_type = TYPES.get(name.rpartition(".")[2].lower(), "")
    if not media_type.startswith(kind):
        return f"{name} can't be shown as {kind}.", f"Use one of {', '.join(_endings(kind))}."
    known = media.attached.get(name.lower())
    if known is None:
        hint = did_you_mean(name, [given for given, _ in media.attached.values()])
        give = f"Give it with the workbook: thon form publish FORM.xlsx {name}"
        return f"{name} is not attached: phones will say that it is missing.", hint or give
    data = known[1]
    digest = hashlib.sha256(data).hexdigest()
    media.files[name] = FormFile(digest, media_type, len(data))
    media.contents[digest] = data
    return None


def _endings(kind: str) -> list[str]:
    return [f".{ending}" for ending, media_type in TYPES.items() if media_type.startswith(kind)]


def check_media(media: Media, sheet: Sheet, report: Report) -> None:
    """Says what is too large for phones, and what is attached for nothing."""
    for name, file in media.files.items():
        if file.bytes > LARGEST:
            message = f"{name} is larger than {LARGEST // 2**20} MB: every phone has to load it."
            report.error(sheet, 0, "", message, "Make it smaller.")
    if sum(len(data) for data in media.contents.values()) > LARGEST_TOGETHER:
        message = f"The attached pictures, sounds and films are more than {LARGEST_TOGETHER // 2**20} MB."
        report.error(sheet, 0, "", message, "Every phone has to load them: make them smaller.")
    named = {name.lower() for name in media.files}
    for key, (name, _) in media.attached.items():
        if key not in named:
            report.warn(sheet, 0, "", f"{name} is attached, but nothing names it.")
