"""The `type` column: from what authors write to what a row becomes."""

from __future__ import annotations

import re

from msgspec import Struct

from schemas.compile_functions import did_you_mean
from schemas.expression import Fault


class RowType(Struct, frozen=True):
    """`node`: the tag of the node, or `begin group`, `end group`, `begin repeat`, `end repeat`."""

    node: str
    kind: str = ""
    list: str = ""
    is_external: bool = False
    # `or_other`: the list is named with OTHER at its end.
    has_other: bool = False
    # Of an attached file that is the list.
    file: str = ""


# Ends the name of a list that has one choice more than the sheet gives it; no list of a sheet is named so.
OTHER = " or other"

_SIMPLE: dict[str, tuple[str, str]] = {
    "text": ("text", "text"),
    "string": ("text", "text"),
    "barcode": ("text", "barcode"),
    "hidden": ("text", "hidden"),
    "tel": ("text", "phonenumber"),
    "phone number": ("text", "phonenumber"),
    "add phone number prompt": ("text", "phonenumber"),
    "integer": ("number", "integer"),
    "int": ("number", "integer"),
    "numeric": ("number", "decimal"),
    "decimal": ("number", "decimal"),
    "range": ("number", "range"),
    "date": ("date", "date"),
    "time": ("date", "time"),
    "datetime": ("date", "datetime"),
    "date time": ("date", "datetime"),
    "geopoint": ("geo", "geopoint"),
    "gps": ("geo", "geopoint"),
    "location": ("geo", "geopoint"),
    "geotrace": ("geo", "geotrace"),
    "geoshape": ("geo", "geoshape"),
    "image": ("file", "image"),
    "photo": ("file", "image"),
    "audio": ("file", "audio"),
    "video": ("file", "video"),
    "file": ("file", "file"),
    "acknowledge": ("acknowledge", ""),
    "trigger": ("acknowledge", ""),
    "note": ("note", ""),
    "calculate": ("calculate", ""),
}
_META = {
    "start": "start",
    "start time": "start",
    "end": "end",
    "end time": "end",
    "today": "today",
    "deviceid": "deviceid",
    "device id": "deviceid",
    "username": "username",
}
# What a phone's browser doesn't know, and what is not asked of people by the way: always blank.
_BLANK_META = {
    "phonenumber": "phonenumber",
    "email": "email",
    "simserial": "simserial",
    "sim serial": "simserial",
    "sim id": "simserial",
    "subscriberid": "subscriberid",
    "subscriber id": "subscriberid",
    "imei": "imei",
    "audit": "audit",
    "caseid": "caseid",
    # Nothing is recorded of people without their being asked.
    "start-geopoint": "start-geopoint",
    "background-audio": "background-audio",
    "uri:deviceid": "deviceid",
    "uri:phonenumber": "phonenumber",
    "uri:username": "username",
    "uri:email": "email",
    "uri:simserial": "simserial",
    "uri:subscriberid": "subscriberid",
}
_PARTS = {
    "begin group": "begin group",
    "end group": "end group",
    "begin repeat": "begin repeat",
    "end repeat": "end repeat",
    "begin lgroup": "begin repeat",
    "end lgroup": "end repeat",
}
_REFUSED = {
    "text audit": "text audit is a type of SurveyCTO and not supported.",
    **{
        word: f"{word} is a type of SurveyCTO and not supported."
        for word in (
            "calculate_here",
            "enumerator",
            "audio audit",
            "speed violations count",
            "speed violations list",
            "speed violations audit",
            "sensor_statistic",
            "sensor_stream",
            "phone-call",
        )
    },
    **{
        f"{edge} {part}": f"{edge}_{part} is a type of Kobo and not supported."
        for edge in ("begin", "end")
        for part in ("kobomatrix", "score", "rank")
    },
    "score__row": "score__row is a type of Kobo and not supported.",
    "rank__level": "rank__level is a type of Kobo and not supported.",
    "comments": "comments is a type of SurveyCTO and not supported.",
    "begin loop": "Loops are not supported.",
    "end loop": "Loops are not supported.",
    "include": "Including other forms is not supported.",
    "osm": "OpenStreetMap questions are not supported.",
    "xml-external": "Attached data files are not supported.",
    "csv-external": "Attached data files are not supported.",
}
_INSTEAD = {
    "begin kobomatrix": "Write a group with one question for each row of the matrix.",
    "begin score": "Write a group with the appearance field-list and a select_one for each row.",
    "score__row": "Write select_one and the name of the list.",
    "begin rank": "Write one question of the type rank and the name of the list.",
    "calculate_here": "Write calculate with once(…).",
    "begin loop": "Use a repeat.",
    "end loop": "Use a repeat.",
}
_SELECTS = (
    (r"select(?:_| )one(?:_| )external", "select_one", True),
    (r"select(?:_| )one(?: from)?|select1", "select_one", False),
    (r"select(?:_| )multiple(?: from)?|select all that apply(?: from)?|select all", "select_multiple", False),
    (r"rank", "rank", False),
)
# ODK 1 wrote the type of a hidden value behind it; what is computed has its own.
_HIDDEN = re.compile(r"hidden (?:string|text|int|integer|decimal|date|geopoint|boolean)")
_OTHER = re.compile(r"\s+(?:or[_ ](?:other|specify(?:[_ ]other)?))$", re.IGNORECASE)
_FROM_FILE = re.compile(r"select(?:_| )(one|multiple)(?:_| )from(?:_| )file\b\s*(.*)$", re.IGNORECASE)


def is_blank_meta(kind: str) -> bool:
    """Whether a metadata question of this kind stays without a value."""
    return kind in _BLANK_META.values() and kind not in _META


def read_type(written: str) -> RowType | Fault:
    """What a row of this type becomes, or why there is no such row."""
    plain = re.sub(r"\s+", " ", written.strip())
    word = plain.lower()
    word = re.sub(r"^(begin|end)[_ ]", r"\1 ", word)
    if word in _PARTS:
        return RowType(_PARTS[word])
    if _HIDDEN.fullmatch(word):
        return RowType(*_SIMPLE["hidden"])
    if word in _SIMPLE:
        return RowType(*_SIMPLE[word])
    if word in _META or word in _BLANK_META:
        return RowType("meta", _META.get(word) or _BLANK_META[word])
    if word in _REFUSED:
        return Fault(_REFUSED[word], _INSTEAD.get(word, "Remove this row."))
    if word.startswith("db:"):
        hint = "Remove this row: subject_form in the settings says what records are about."
        return Fault(f"{plain} is a type of CHT and not supported.", hint)
    if match := _FROM_FILE.match(plain):
        return _from_file(match.group(1).lower(), match.group(2))
    return _select(plain) or _unknown(plain)


def _from_file(how_many: str, file: str) -> RowType | Fault:
    if not file:
        hint = f"Write select_{how_many}_from_file list.csv."
        return Fault("The name of the attached file is missing.", hint)
    if file.startswith("${"):
        return Fault("Choices from the rows of a repeat are not supported.")
    if not file.lower().endswith((".csv", ".geojson")):
        return Fault(f"{file} can't be a list of choices.", "Attach it as .csv or .geojson.")
    return RowType(f"select_{how_many}", f"select_{how_many}", file, file=file)


def _select(plain: str) -> RowType | Fault | None:
    rest = _OTHER.sub("", plain)
    for pattern, node, is_external in _SELECTS:
        match = re.match(rf"(?:{pattern})\s+(\S.*)$", rest, re.IGNORECASE)
        if match is None:
            continue
        name = match.group(1)
        if name.startswith("${"):
            return Fault("Choices from the rows of a repeat are not supported.")
        if " " in name:
            start = plain.split(" ", maxsplit=1)[0]
            return Fault(f"{name} is not the name of a list.", f"Write {start} list_name.")
        if rest != plain and node == "rank":
            return Fault("or_other can't be ranked.", "Add a choice other to the list.")
        has_other = rest != plain
        name += OTHER if has_other else ""
        return RowType("select_multiple" if node == "rank" else node, node, name, is_external, has_other)
    if re.fullmatch("|".join(pattern for pattern, _, _ in _SELECTS), plain, re.IGNORECASE):
        return Fault("The name of the list of choices is missing.", f"Write {plain} list_name.")
    return None


def _unknown(plain: str) -> Fault:
    known = [*_SIMPLE, *_META, *_PARTS, "select_one", "select_multiple", "rank"]
    first = plain.split(" ", maxsplit=1)[0]
    if first in known:
        return Fault(f"{plain} is not a type.", f"Write {first}.")
    hint = did_you_mean(plain, known) or did_you_mean(first, known)
    return Fault(f"{plain} is not a type.", hint)
