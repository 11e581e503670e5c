"""The change: one save by one person to one record, as immutable bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

from msgspec import Struct

from schemas.canonical import JSON, SAFE_INTEGER, number_text
from schemas.paths import is_well_formed
from schemas.plain_change import read_plain

LARGEST_CHANGE = 256 * 1024
DEEPEST_VALUE = 32
_HEADER = ("record", "form", "form_version", "device", "author")
_LONGEST_HEADER = 200


class Change(Struct, frozen=True):
    """`at`: ms since 1970; `seen`: all that the author had been shown; `set`: path to value, None clears."""

    v: int
    record: str
    form: str
    form_version: str
    device: str
    seq: int
    at: int
    author: str
    seen: list[str]
    set: Mapping[str, JSON]


class _Refused(ValueError):
    """Raised inside the JSON reader, caught in `parse_change`."""


def change_id(body: bytes) -> str:
    """The first 16 bytes of SHA-256 over the exact bytes, base64url: 22 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:16]).rstrip(b"=").decode()


def parse_change(body: bytes | str) -> Change | str:
    """The change, or a code that says why these bytes are none: `too_large`, `not_utf8`, `not_json`,
    `duplicate_key`, `number_out_of_range`, `lone_surrogate`, `too_deep`, `newer_version`, `bad_<field>`,
    `bad_path`, `not_nfc`. Unknown keys are let through; empty text and empty lists read as None.
    """
    plain = read_plain(body) if isinstance(body, bytes) and len(body) <= LARGEST_CHANGE else None
    return _parse_anything(body) if plain is None else Change(**plain)


def _parse_anything(body: bytes | str) -> Change | str:
    try:
        text = body if isinstance(body, str) else body.decode()
        if len(text.encode()) > LARGEST_CHANGE:
            return "too_large"
    except UnicodeDecodeError:
        return "not_utf8"
    except UnicodeEncodeError:
        return "lone_surrogate"
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_double,
        )
        _check_text(data, 0)
    except _Refused as refused:
        return str(refused)
    except RecursionError:
        return "too_deep"
    except ValueError:
        return "not_json"
    return _check_fields(data)


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("duplicate_key")
    return members


def _constant(_name: str) -> JSON:
    raise _Refused("not_json")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > SAFE_INTEGER:
        raise _Refused("number_out_of_range")
    return int(text)


def _double(text: str) -> int | float:
    double = float(text)
    if double in (float("inf"), float("-inf")):
        raise _Refused("number_out_of_range")
    # 1.0 is 1 and -0.0 is 0, as in every JavaScript reader.
    return int(double) if abs(double) <= SAFE_INTEGER and double.is_integer() else double


def _check_text(value: JSON, depth: int) -> None:
    if depth > DEEPEST_VALUE:
        raise _Refused("too_deep")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise _Refused("lone_surrogate")
    elif isinstance(value, list):
        for item in value:
            _check_text(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, depth + 1)
            _check_text(item, depth + 1)


def _is_integer(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_fields(data: JSON) -> Change | str:
    if not isinstance(data, dict):
        return "bad_change"
    if not _is_integer(data.get("v")) or data["v"] < 1:
        return "bad_v"
    if data["v"] > 1:
        return "newer_version"
    for field in _HEADER:
        text = data.get(field)
        if not isinstance(text, str) or not 0 < len(text.encode()) <= _LONGEST_HEADER:
            return f"bad_{field}"
    if not _is_integer(data.get("seq")) or data["seq"] < 0:
        return "bad_seq"
    if not _is_integer(data.get("at")):
        return "bad_at"
    seen = data.get("seen")
    if not isinstance(seen, list) or not all(isinstance(item, str) for item in seen):
        return "bad_seen"
    if not isinstance(data.get("set"), dict):
        return "bad_set"
    for path, value in data["set"].items():
        if not is_well_formed(path):
            return "bad_path"
        if not (_is_nfc(path) and _is_nfc(value)):
            return "not_nfc"
    writes = {path: without_empty(value) for path, value in data["set"].items()}
    header: dict[str, Any] = {field: data[field] for field in Change.__struct_fields__[:-1]}
    return Change(**header, set=writes)


def _is_nfc(value: JSON) -> bool:
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, list):
        return all(_is_nfc(item) for item in value)
    if isinstance(value, dict):
        return all(_is_nfc(key) and _is_nfc(item) for key, item in value.items())
    return True


def without_empty(value: JSON) -> JSON:
    """Empty text and empty lists are None."""
    return None if value in ("", []) else value


def encode_change(
    *,
    record: str,
    form: str,
    form_version: str,
    device: str,
    seq: int,
    at: int,
    author: str,
    seen: Iterable[str],
    set: Mapping[str, JSON],
) -> bytes:
    """A new change: no spaces, text in NFC, empty text and lists as null; `parse_change` takes them."""
    change = {
        "v": 1,
        "record": record,
        "form": form,
        "form_version": form_version,
        "device": device,
        "seq": seq,
        "at": at,
        "author": author,
        "seen": list(seen),
        "set": {path: without_empty(value) for path, value in set.items()},
    }
    return _compact(change).encode()


def _compact(value: JSON) -> str:
    if isinstance(value, str):
        return encode_basestring(unicodedata.normalize("NFC", value))
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        text = number_text(value)
        # An integer beyond 2^53-1 is no valid value; with an exponent it is the double that it always was.
        is_unsafe = abs(value) > SAFE_INTEGER and text.lstrip("-").isdigit()
        return _with_exponent(text) if is_unsafe else text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(key)}:{_compact(item)}" for key, item in value.items()) + "}"
    return "[" + ",".join(_compact(item) for item in value) + "]"


def _with_exponent(text: str) -> str:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    fraction = digits[1:].rstrip("0")
    return f"{sign}{digits[0]}{'.' + fraction if fraction else ''}e+{len(digits) - 1}"
