"""Numbers in texts, grouped as the language of the text writes them.

The twin of client_pwa/src/core/grouping.ts.
"""

from __future__ import annotations

from schemas.coerce import to_string

# Years, codes and house numbers have up to four digits and are read as they are.
_LEAST_DIGITS = 5
_DOTS = frozenset(["vi", "es", "pt", "de", "id", "it", "nl", "tr", "da", "km", "lo"])
_SPACES = frozenset(["fr", "ru", "uk", "pl", "cs", "sv", "nb", "fi", "bg"])


def grouped(number: float, lang: str) -> str:
    """`1234567.5` is `1.234.567,5` in Vietnamese; from five digits before the point on. Blank for NaN."""
    shown = to_string(number)
    sign = "-" if shown.startswith("-") else ""
    whole, _, fraction = shown.removeprefix("-").partition(".")
    mark, point = (".", ",") if lang in _DOTS else ("\u00a0", ",") if lang in _SPACES else (",", ".")
    if len(whole) >= _LEAST_DIGITS:
        first = len(whole) % 3
        groups = [whole[:first]] * bool(first) + [whole[at : at + 3] for at in range(first, len(whole), 3)]
        whole = mark.join(groups)
    return sign + whole + (point + fraction if fraction else "")
