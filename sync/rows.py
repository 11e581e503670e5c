"""Rows of repeats: which there are, and which were made apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from schemas.paths import row_prefixes
from sync.heads import Heads, newest_first
from sync.same_as import components


def row_writers(heads: Heads) -> dict[str, int]:
    """By prefix, the changes that wrote under a row: it exists if a path under it has a head."""
    writers: dict[str, int] = {}
    for path, mask in heads.writers.items():
        for prefix in row_prefixes(path):
            writers[prefix] = writers.get(prefix, 0) | mask
    return writers


def rows_made_apart(heads: Heads, writers: dict[str, int], visible: Iterable[str]) -> list[str]:
    """The visible rows that have another one in their repeat, where neither author was shown the other's row
    and no `@same_as` ties them.

    A row's `@same_as` that names the row itself says "another than all that I was shown".
    """
    by_repeat: dict[str, list[str]] = {}
    for prefix in visible:
        by_repeat.setdefault(prefix.rpartition("/")[0], []).append(prefix)
    apart: set[str] = set()
    for repeat, rows in by_repeat.items():
        if len(rows) < 2:
            continue
        alike: dict[int, list[str]] = {}
        for row in rows:
            alike.setdefault(writers[row], []).append(row)
        group_of = components(_ties(heads, repeat, writers))
        for these, those in combinations(alike, 2):
            if _met(heads, _makers(heads, these), those) or _met(heads, _makers(heads, those), these):
                continue
            for one, other in product(alike[these], alike[those]):
                is_tied = group_of.get(one, one) == group_of.get(other, other)
                if not (is_tied or _is_told_apart(heads, one, those) or _is_told_apart(heads, other, these)):
                    apart |= {one, other}
    return sorted(apart)


def _makers(heads: Heads, writers: int) -> int:
    """The changes that wrote under a row without having been shown it."""
    makers = 0
    for index in newest_first(writers):
        if heads.shown[index] & writers == 1 << index:
            makers |= 1 << index
    return makers


def _met(heads: Heads, makers: int, others: int) -> bool:
    return any(heads.shown[index] & others for index in newest_first(makers))


def _edge(value: object, repeat: str) -> str:
    """The prefix that a row's `@same_as` names: a row id, or a prefix as it stands."""
    if not isinstance(value, str) or not value:
        return ""
    return value if "/" in value else f"{repeat}/{value}"


def _ties(heads: Heads, repeat: str, rows: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (row, edge)
        for row in rows
        if row.rpartition("/")[0] == repeat
        for head in heads.of(f"{row}/@same_as")
        if (edge := _edge(head.value, repeat)) and edge != row
    ]


def _is_told_apart(heads: Heads, row: str, others: int) -> bool:
    path = f"{row}/@same_as"
    return any(
        _edge(heads.changes[index].change.set[path], row.rpartition("/")[0]) == row
        and heads.shown[index] & others
        for index in newest_first(heads.masks.get(path, 0))
    )
