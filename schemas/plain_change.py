"""The quick reader of changes: for bytes as nearly every phone writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.canonical import SAFE_INTEGER
from schemas.paths import LONGEST_PATH, is_well_formed

# In characters: a header may have four times as many bytes and still be within its limit.
Header = Annotated[str, Meta(min_length=1, max_length=50)]
Integer = Annotated[int, Meta(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
Count = Annotated[int, Meta(ge=0, le=SAFE_INTEGER)]
_Scalar = bool | Integer | float | str | None
_Path = Annotated[str, Meta(min_length=1, max_length=LONGEST_PATH)]
PlainValue = (
    bool
    | Integer
    | float
    | Annotated[str, Meta(min_length=1)]
    | Annotated[list[_Scalar], Meta(min_length=1)]
    | dict[str, _Scalar]
    | None
)


class PlainChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The members of a change, in the order in which they are written."""

    v: Literal[1]
    record: Header
    form: Header
    form_version: Header
    device: Header
    seq: Count
    at: Integer
    author: Header
    seen: list[str]
    set: dict[_Path, PlainValue]


_NEITHER_SLASH_NOR_END = bytes(set(range(256)) - set(b"/\n"))
_ASCII = bytes(range(128))
_WHOLE_DOUBLE = re.compile(rb"\.0[,\]}]")
# Letters and punctuation of which none joins with what stands before it.
_COMPOSED = re.compile("[\u00a0-\u02ff\u1e00-\u1eff\u2010-\u2027]*")
_decoder = msgspec.json.Decoder(PlainChange)
_encoder = msgspec.json.Encoder()


def read_plain(body: bytes) -> dict[str, Any] | None:
    """The members of a change with which nothing is wrong, or None where the thorough reader must say."""
    try:
        change = _decoder.decode(body)
        # Bytes that a compact writer gives back hold no key twice, no lone surrogate and no odd number.
        if _encoder.encode(change) != body:
            return None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if not reads_alike(body):
        return None
    return msgspec.structs.asdict(change) if _are_well_formed(change.set, b"\\" in body) else None


def reads_alike(body: bytes) -> bool:
    """Whether the values of bytes that a compact writer wrote are read as they stand there, by everybody."""
    # 1.0 is 1 and -0.0 is 0: the thorough reader says so.
    if b"\x7f" in body or _WHOLE_DOUBLE.search(body):
        return False
    if body.isascii():
        return True
    beyond_ascii = body.translate(None, _ASCII).decode()
    return _COMPOSED.fullmatch(beyond_ascii) is not None or unicodedata.is_normalized("NFC", body.decode())


def _are_well_formed(paths: Collection[str], has_escapes: bool) -> bool:
    # Without an escape there is no control character.
    if has_escapes and not "".join(paths).isprintable():
        return False
    within = [path for path in paths if "/" in path]
    if not within:
        return True
    if "//" in f"/{'/'.join(within)}/":
        return False
    lines = "\n".join(within)
    if "@" in lines:
        return all(map(is_well_formed, within))
    # Of each path nothing is left but its slashes: pairs of them, one or two.
    slashes = lines.encode().translate(None, _NEITHER_SLASH_NOR_END)
    return b"/" not in slashes.replace(b"//", b"") and b"//////" not in slashes
