"""One text for one JSON value, the same in Python and in TypeScript."""

from __future__ import annotations

import json
import math
import re
from json.encoder import encode_basestring
from typing import Any

import msgspec

# None, bool, int, float, str, list or dict with str keys, nested.
JSON = Any

SAFE_INTEGER = 2**53 - 1


def number_text(number: float) -> str:
    """The number as JavaScript's `String(number)` writes it (ECMA-262, Number::toString): `0.1`, `1e+21`."""
    if isinstance(number, int) and -SAFE_INTEGER <= number <= SAFE_INTEGER:
        return str(number)
    double = float(number)
    if not math.isfinite(double):
        raise ValueError("not a finite number")
    if double == 0:
        return "0"
    mantissa, _, exponent = repr(abs(double)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    return ("-" if double < 0 else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if power > 0 else '-'}{abs(power)}"


def canonical(value: JSON) -> bytes:
    """UTF-8 JSON without spaces, keys sorted by code point, numbers as JavaScript writes them.

    Equal JSON values (1 = 1.0) give equal bytes, different ones different bytes. Structs count as their JSON.
    """
    try:
        text = _encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError):
        return _canonical_of_any(value)
    return _canonical_of_any(value) if _ODD_NUMBER.search(b"," + text) else text


# What this encoder writes differs from JavaScript in whole doubles and where one of them uses an exponent.
# In a string such a text only costs time.
_encoder = msgspec.json.Encoder(order="sorted")
_ODD_NUMBER = re.compile(rb"[:,\[]-?\d(?:\d*(?:\.\d+)?[eE]|\.00000|\d*\.0(?:[,\]}]|$)|\d{15})")


def _canonical_of_any(value: JSON) -> bytes:
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode()


def _write(value: JSON, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None or isinstance(value, bool):
        parts.append(json.dumps(value))
    elif isinstance(value, int | float):
        parts.append(number_text(value))
    elif isinstance(value, list | tuple):
        separator = "["
        for item in value:
            parts.append(separator)
            _write(item, parts)
            separator = ","
        parts.append("]" if value else "[]")
    elif isinstance(value, dict):
        separator = "{"
        for key in sorted(value):
            parts.append(f"{separator}{encode_basestring(key)}:")
            _write(value[key], parts)
            separator = ","
        parts.append("}" if value else "{}")
    else:
        _write(msgspec.to_builtins(value), parts)


def same(a: JSON, b: JSON) -> bool:
    """Equal as JSON values: 1 is 1.0, true is no number."""
    if type(a) is type(b) and not isinstance(a, list | dict):
        return bool(a == b)
    return canonical(a) == canonical(b)
