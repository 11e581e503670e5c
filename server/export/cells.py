"""One value as one cell: plain text for CSV, harmless to a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Cell = str | int | float | None

# A spreadsheet runs a cell that begins so; the full-width signs are taken as the plain ones by some.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ESCAPE = "'"
ESCAPE_RULE = (
    "Text that begins with = + - @ (also full-width), tab, carriage return, line feed or an apostrophe has "
    "one apostrophe before it, so that no spreadsheet runs it: remove one leading apostrophe to read it. "
    "Numbers are never escaped."
)


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula gets one leading apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith((*FORMULA_STARTS, ESCAPE)):
        return ESCAPE + cell
    return cell


def csv_text(cell: Cell) -> str:
    """The cell as CSV text: blank for None, integers without a fraction."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(harmless(cell))


def scalar(value: Any) -> Cell:
    """A stored value as a cell: booleans as 1 and 0, lists and objects as text, absent as blank."""
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, list):
        return " ".join(csv_text(scalar(part)) for part in value)
    return str(value)


def trace(value: Any) -> Cell:
    """A geotrace or geoshape as ODK writes it: `lat lon alt accuracy; …`."""
    if not isinstance(value, list):
        return None
    return "; ".join(str(scalar(point)) for point in value)


def local_time(at_ms: int | None, zone: ZoneInfo) -> Cell:
    """Milliseconds since 1970 as ISO with the offset of the server's time zone."""
    if not at_ms:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).isoformat(timespec="seconds")
