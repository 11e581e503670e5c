"""Ids that are made where there is no server: of records and of rows. Time and chance are arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ROWS_SINCE = 1_577_836_800_000  # 2020-01-01
_ROW_TIME_DIGITS = 8  # milliseconds until 2109
_ROW_RANDOM_BYTES = 4


def _uuid(data: bytes, version: int) -> str:
    marked = bytearray(data)
    marked[6] = marked[6] & 0x0F | version << 4
    marked[8] = marked[8] & 0x3F | 0x80
    text = marked.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def record_id(form_id: str, values: Sequence[str]) -> str:
    """The UUIDv8 that every phone gives the record of these `one_per` values (RFC 9562, 5.8)."""
    return _uuid(hashlib.sha256("|".join((form_id, *values)).encode()).digest()[:16], 8)


def uuid7(ms: int, random: bytes) -> str:
    """A UUIDv7 of `ms` since 1970 and 10 random bytes (RFC 9562, 5.7)."""
    return _uuid(max(0, ms).to_bytes(6, "big") + random[:10], 7)


def row_id(ms: int, random: bytes) -> str:
    """12 characters that sort by time: `ms` since 1970 and 4 random bytes."""
    left = min(max(0, ms - _ROWS_SINCE), 36**_ROW_TIME_DIGITS - 1)
    digits = ""
    for _ in range(_ROW_TIME_DIGITS):
        left, digit = divmod(left, 36)
        digits = _DIGITS[digit] + digits
    return digits + "".join(_DIGITS[byte % 36] for byte in random[:_ROW_RANDOM_BYTES])
