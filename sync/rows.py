"""Rows of repeats: which there are, and which were made apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

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
        told = {row: _told_apart_from(heads, row) for row in rows}
        met = {mask: _shown_to_makers(heads, mask) for mask in alike}
        for these, those in combinations(alike, 2):
            if met[these] & those or met[those] & these:
                continue
            ones = {row: group_of.get(row, row) for row in alike[these] if not told[row] & those}
            others = {row: group_of.get(row, row) for row in alike[those] if not told[row] & these}
            apart |= _untied(ones, others) | _untied(others, ones)
    return sorted(apart)


def _untied(rows: dict[str, str], others: dict[str, str]) -> set[str]:
    """The rows, given with their groups, that some other one is not of the group of."""
    groups = set(others.values())
    return set(rows) if len(groups) > 1 else {row for row, group in rows.items() if groups - {group}}


def _shown_to_makers(heads: Heads, writers: int) -> int:
    """What those who wrote under a row without having been shown it had been shown."""
    shown = 0
    for index in newest_first(writers):
        if heads.shown[index] & writers == 1 << index:
            shown |= heads.shown[index]
    return shown


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


def _told_apart_from(heads: Heads, row: str) -> int:
    """The changes that were shown to those who said that this row is another than all they were shown."""
    path = f"{row}/@same_as"
    shown = 0
    for index in newest_first(heads.masks.get(path, 0)):
        if _edge(heads.changes[index].change.set[path], row.rpartition("/")[0]) == row:
            shown |= heads.shown[index]
    return shown
