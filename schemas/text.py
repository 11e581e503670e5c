"""Vietnamese text as it is searched and compared."""

from __future__ import annotations

import re
import unicodedata

# Listed, because Python and JavaScript disagree about what a space is.
_SPACES = re.compile("[ \t-\r\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DROPPED = str.maketrans({"đ": "d", "'": None, "’": None, "‘": None, "ʼ": None, "-": None})


def search_key(text: str) -> str:
    """Text without case, diacritics, apostrophes, hyphens and extra spaces: `Đưng K’Nớ` -> `dung kno`."""
    lowered = unicodedata.normalize("NFC", text).lower().translate(_DROPPED)
    letters = unicodedata.normalize("NFD", lowered)
    bare = "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M"))
    return _SPACES.sub(" ", bare).strip(" ")
