"""Paths: `name`; in a repeat `repeat/row/name`; nested `a/row/b/row/name`; system paths begin their last part
with `@` (`@status`, `member/m7k2/@deleted`, `@comment/<id>`)."""

from __future__ import annotations

from functools import lru_cache

LONGEST_PATH = 512
# Those of some records at a time: rows of one stand in no other.
_MOST_REMEMBERED = 8192


@lru_cache(maxsize=_MOST_REMEMBERED)
def without_rows(path: str) -> str:
    """The question that a path answers: `member/m7k2/m_age` -> `member/m_age`; `@comment/x` -> `@comment`."""
    return "/".join(path.split("/")[::2])


@lru_cache(maxsize=_MOST_REMEMBERED)
def row_prefixes(path: str) -> tuple[str, ...]:
    """The rows that hold a path, outermost first: `a/r/b/s/name` -> (`a/r`, `a/r/b/s`)."""
    if path.startswith("@"):
        return ()
    parts = path.split("/")
    return tuple("/".join(parts[:end]) for end in range(2, len(parts), 2))


def last_part(path: str) -> str:
    """`age` of `member/m7k2/age`; `@comment` of every comment."""
    return "@comment" if path.startswith("@comment/") else path.rpartition("/")[2]


def is_system(path: str) -> bool:
    return path.startswith("@") or last_part(path).startswith("@")


def is_well_formed(path: str) -> bool:
    """Names and rows are not empty, contain no control character and only the last name begins with `@`."""
    parts = path.split("/")
    if len(path) > LONGEST_PATH or not all(parts) or any(ord(char) < 32 or char == "\x7f" for char in path):
        return False
    if path.startswith("@"):
        return len(parts) <= 2
    return len(parts) % 2 == 1 and not any(part.startswith("@") for part in parts[:-1])
