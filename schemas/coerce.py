"""Types of expression values and how one becomes another: XPath 1.0 with the guide's deviations."""

from __future__ import annotations

import math
import re
from typing import Any

from schemas.dates import (
    MOST_DAYS,
    MS_A_DAY,
    Day,
    Moment,
    day_text,
    moment_text,
    parse_day,
    parse_moment,
    parse_time,
    with_zeros,
)

# A blank is the empty string; numbers are always floats.
Value = str | float | bool | Day | Moment

NAN = math.nan
SPACE = " \t\r\n"
NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
LARGEST_INTEGER = 2**53 - 1


def number_text(number: float) -> str:
    """Shortest digits that read back as the same number, never an exponent; NaN and infinities are blank."""
    if not math.isfinite(number):
        return ""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    mantissa, _, exponent = repr(number).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    if point <= 0:
        digits, point = "0" * (1 - point) + digits, 1
    digits = digits.ljust(point, "0")
    tail = digits[point:].rstrip("0")
    return f"{sign}{digits[:point]}.{tail}" if tail else f"{sign}{digits[:point]}"


def to_string(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return day_text(value) if isinstance(value, Day) else moment_text(value)


def to_number(value: Value, offset_min: int) -> float:
    """ISO dates and times are numbers too: days since 1970, fractions of a day."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, str):
        return text_number(value.strip(SPACE), offset_min)
    return float(value.days) if isinstance(value, Day) else value.ms / MS_A_DAY


def text_number(text: str, offset_min: int) -> float:
    if NUMBER.fullmatch(text):
        return float(text) + 0.0
    time = parse_time(text)
    if time is not None:
        return time[0] / MS_A_DAY
    date = parse_date(text, offset_min)
    return NAN if date is None else to_number(date, offset_min)


def to_boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value != ""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return True


def parse_date(text: str, offset_min: int) -> Day | Moment | None:
    return parse_day(text) or parse_moment(text, offset_min)


def to_date(value: Value, offset_min: int, is_whole: bool = False) -> Day | Moment | None:
    """A date, a moment, an ISO text of either (`2026-1-9` too) or a number of days (not `is_whole`: with its
    fraction)."""
    if isinstance(value, Day | Moment):
        return value
    if isinstance(value, str):
        text = value.strip(SPACE)
        found = parse_date(text, offset_min) or parse_date(with_zeros(text), offset_min)
        if found is not None:
            return found
        value = float(text) if NUMBER.fullmatch(text) else NAN
    if isinstance(value, bool):
        return None
    number = value
    if math.isnan(number) or abs(number) > MOST_DAYS:
        return None
    if is_whole or number == math.floor(number):
        return Day(math.floor(number))
    return Moment(math.floor(number * MS_A_DAY + 0.5), offset_min)


def compared(left: Value, right: Value, offset_min: int) -> tuple[float, float]:
    """Both as numbers; a day beside a moment by the moment's local time: `now() >= today()`."""
    first, second = dated(left, offset_min), dated(right, offset_min)
    if isinstance(first, Day) and isinstance(second, Moment):
        return float(first.days), second.local_ms() / MS_A_DAY
    if isinstance(first, Moment) and isinstance(second, Day):
        return first.local_ms() / MS_A_DAY, float(second.days)
    return to_number(first, offset_min), to_number(second, offset_min)


def dated(value: Value, offset_min: int) -> Value:
    """An ISO text as the date that it is."""
    if isinstance(value, str) and len(value) > 9:
        return parse_date(value.strip(SPACE), offset_min) or value
    return value


def is_equal(left: Value, right: Value, offset_min: int) -> bool:
    """Booleans by truth, numbers and dates by number within 1e-12, else by text."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    first, second = compared(left, right, offset_min)
    return first == second or abs(first - second) < 1e-12


def codes(value: Value) -> list[str]:
    """The codes of a select_multiple as expressions see it: one text, split at white space."""
    return [code for code in re.split(r"[ \t\r\n]+", to_string(value)) if code]


def from_json(value: Any) -> Value:
    """An answer as expressions see it: codes and coordinates joined by spaces, a file's name."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "OK" if value else ""
    if isinstance(value, int | float):
        return float(value) + 0.0
    if isinstance(value, list):
        nested = any(isinstance(item, list) for item in value)
        return ("; " if nested else " ").join(to_string(from_json(item)) for item in value)
    return to_string(from_json(value.get("name"))) if isinstance(value, dict) else ""


def to_json(value: Value) -> Any:
    """A value as it is shown and exported; None for a blank."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) and abs(value) <= LARGEST_INTEGER else value
    return to_string(value)
