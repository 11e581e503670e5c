"""Dates as expressions know them: civil days since 1970, and instants with their recorded offset.

The calendar is proleptic Gregorian, computed here so that both languages agree on every year.
"""

from __future__ import annotations

import re

from msgspec import Struct

MS_A_DAY = 86_400_000
# Beyond this a number is no day (years -100,000 to 100,000).
MOST_DAYS = 36_524_250

DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
SHORT_DATE = re.compile(r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?=T|\Z)")
TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")

MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "vi": [f"Thg {month}" for month in range(1, 13)],
}
WEEKDAYS = {
    "en": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    "vi": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
}


class Day(Struct, frozen=True):
    """A civil day: days since 1970-01-01."""

    days: int


class Moment(Struct, frozen=True):
    """An instant in milliseconds since 1970 UTC, and the offset of the place where it was recorded."""

    ms: int
    offset_min: int

    def local_ms(self) -> int:
        return self.ms + self.offset_min * 60_000

    def day(self) -> Day:
        return Day(self.local_ms() // MS_A_DAY)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 (the era arithmetic of Howard Hinnant's `days_from_civil`)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """(year, month, day), the inverse of `days_from_civil`."""
    days += 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def parse_day(text: str) -> Day | None:
    """`2026-11-22`; nothing for a day that the calendar does not have."""
    match = DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups())
    days = days_from_civil(year, month, day)
    return Day(days) if civil_from_days(days) == (year, month, day) else None


def with_zeros(text: str) -> str:
    """`2026-1-9` as `2026-01-09`, whatever follows."""
    return SHORT_DATE.sub(lambda match: f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}", text)


def parse_time(text: str) -> tuple[int, int | None] | None:
    """(milliseconds since local midnight, offset in minutes or None) of `14:05`, `14:05:00.000+07:00`…"""
    match = TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    ms = int(((match[4] or "") + "000")[:3])
    return ((hour * 60 + minute) * 60 + second) * 1000 + ms, parse_offset(match[5])


def parse_offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if zone[0] == "-" else minutes


def parse_moment(text: str, offset_min: int) -> Moment | None:
    """`2026-11-22T14:05:00.000+07:00`; a text without a zone was written at `offset_min`."""
    if "T" not in text:
        return None
    head, _, tail = text.partition("T")
    day, time = parse_day(head), parse_time(tail)
    if day is None or time is None:
        return None
    ms, zone = time
    zone = offset_min if zone is None else zone
    return Moment(day.days * MS_A_DAY + ms - zone * 60_000, zone)


def day_text(day: Day) -> str:
    year, month, date = civil_from_days(day.days)
    return f"{_year(year)}-{month:02}-{date:02}"


def moment_text(moment: Moment) -> str:
    """ISO with milliseconds and the recorded offset."""
    local = moment.local_ms()
    offset = abs(moment.offset_min)
    sign = "-" if moment.offset_min < 0 else "+"
    return f"{day_text(moment.day())}T{clock_text(local % MS_A_DAY)}{sign}{offset // 60:02}:{offset % 60:02}"


def clock_text(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _year(year: int) -> str:
    return f"{year:04}" if year >= 0 else f"-{-year:04}"


def format_date(value: Day | Moment, pattern: str, lang: str) -> str:
    """The tokens %Y %y %m %n %b %d %e %a %H %h %M %S %3; names in `lang`, else in English."""
    day = value if isinstance(value, Day) else value.day()
    clock = 0 if isinstance(value, Day) else value.local_ms() % MS_A_DAY
    year, month, date = civil_from_days(day.days)
    names = lang if lang in MONTHS else "en"
    tokens = {
        "Y": _year(year),
        "y": f"{year % 100:02}",
        "m": f"{month:02}",
        "n": str(month),
        "b": MONTHS[names][month - 1],
        "d": f"{date:02}",
        "e": str(date),
        "a": WEEKDAYS[names][(day.days + 4) % 7],
        "H": f"{clock // 3_600_000:02}",
        "h": str(clock // 3_600_000),
        "M": f"{clock // 60_000 % 60:02}",
        "S": f"{clock // 1000 % 60:02}",
        "3": f"{clock % 1000:03}",
        "%": "%",
    }
    return re.sub(r"%(.)", lambda match: tokens.get(match[1], match[0]), pattern)


def months_between(first: Day, second: Day) -> int:
    """Whole months from `first` to `second`, towards zero; negative where `second` is earlier."""
    if second.days < first.days:
        return -months_between(second, first)
    y1, m1, d1 = civil_from_days(first.days)
    y2, m2, d2 = civil_from_days(second.days)
    return (y2 - y1) * 12 + m2 - m1 - (d2 < d1)
