"""Names told once for many packed changes, and the paths that their places stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, zip_longest
from typing import Any

from schemas.change import LARGEST_CHANGE
from schemas.paths import LONGEST_PATH, is_well_formed
from schemas.rebuilding import ROW, Told, piece

# Places in the names, in pairs (first, how many); a text names the rows under which those after it stand.
Keys = list[int | str]
_MOST_RUNS = 4096


class BadPacking(ValueError):
    """A sentence that says why no change can be rebuilt."""


class Names:
    """Names told once. Raises `BadPacking` for what can be no name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.told = tuple(names)
        for name in self.told:
            if not _is_name(name):
                raise BadPacking(f"{name[:50]!r} is no name of an answer.")
        self._lengths = [0, *accumulate(map(len, self.told))]
        self._longest = max(map(len, self.told), default=0)
        self._longest_row = LONGEST_PATH - self._longest - 2
        # By (first, how many, rows): their paths, or one text of them with a mark where a row belongs.
        self._runs: dict[tuple[int, int, int], list[str] | str] = {}
        # By (first, how many, without rows): what stands before their values.
        self._pieces: dict[tuple[Any, Any, bool], Any] = {}
        self._places = {name: place for place, name in enumerate(self.told)}

    def paths(self, keys: Keys, count: int) -> tuple[list[str], bool]:
        """The paths of `count` values, and whether nothing is unusual about their rows."""
        if count * (self._longest + LONGEST_PATH) > LARGEST_CHANGE:
            self._require_small(keys, count)
        paths: list[str] = []
        rows, depth, left, is_usual = "", 0, count, True
        following: Iterator[Any] = iter(keys)
        for first in following:
            if first.__class__ is str:
                rows, depth = first, first.count("/") + 1 if first else 0
                is_usual = is_usual and self._are_usual(rows)
                continue
            many = next(following, 0)
            run = self._runs.get((first, many, depth)) or self._run(first, many, depth)
            left -= many
            if left < 0:
                break
            if depth == 0:
                paths += run
            elif is_usual:
                paths += _under(run, rows, depth)
            else:
                paths += [_path(name, rows) for name in self.told[first : first + many]]
        if left:
            raise BadPacking("There are not as many values as names for them.")
        return paths, is_usual

    def pieces(self, keys: Keys, count: int) -> tuple[list[bytes], Told] | None:
        """What stands before each of `count` values; None for what is unusual, though nothing may be wrong
        with it."""
        if count * (self._longest + LONGEST_PATH) > LARGEST_CHANGE or len(self._places) < len(self.told):
            return None
        pieces: list[bytes] = []
        runs: list[tuple[int, int, int]] = []
        # Of each row: how far its names were told. No path is told twice where they only ascend.
        ends: dict[bytes, int] = {}
        row, end = b"", 0
        following: Iterator[Any] = iter(keys)
        for first in following:
            if first.__class__ is str:
                ends[row] = end
                row = first.encode()
                if row and (row in ends or not row.isalnum() or len(row) > self._longest_row):
                    return None
                end = 0 if row else ends[row]
                continue
            many = next(following, 0)
            run: Any = self._pieces.get((first, many, not row))
            if run is None:
                run = self._run_of_pieces(first, many, not row)
            if not run or first < end:
                return None
            end = first + many
            if row:
                pieces += run.replace(ROW, row).split(b"\n")
            else:
                runs.append((first, end, len(pieces)))
                pieces += run
            if len(pieces) > count:
                return None
        return (pieces, Told(self._places, runs)) if len(pieces) == count and count else None

    def _run_of_pieces(self, first: Any, many: Any, is_whole: bool) -> list[bytes] | bytes:
        run = self._run(first, many, 0 if is_whole else 1)
        made = [piece(path) for path in (run if isinstance(run, list) else run.split("\n"))]
        pieces = [each for each in made if each]
        if len(pieces) < len(made):
            pieces = []
        if len(self._pieces) >= _MOST_RUNS:
            self._pieces.clear()
        found = self._pieces[first, many, is_whole] = pieces if is_whole else b"\n".join(pieces)
        return found

    def _are_usual(self, rows: str) -> bool:
        if len(rows) > LONGEST_PATH:
            raise BadPacking("A row is longer than a path may be.")
        is_short = len(rows) + self._longest + 1 < LONGEST_PATH
        return is_short and (rows.isalnum() or not rows or all(map(_is_usual, rows.split("/"))))

    def _run(self, first: Any, many: Any, depth: int) -> list[str] | str:
        if not (isinstance(first, int) and isinstance(many, int)):
            raise BadPacking("Keys are numbers in pairs, and texts that name rows.")
        if first < 0 or many < 1 or first + many > len(self.told):
            raise BadPacking(f"There are no {many} names from {first} on.")
        names = self.told[first : first + many]
        if any(name.count("/") != depth and not (depth == 1 and name.startswith("@")) for name in names):
            raise BadPacking(f"Of the names from {first} on some do not stand under {depth} rows.")
        marks = "/".join(chr(number) for number in range(depth))
        run = [*names] if depth == 0 else "\n".join(_path(name, marks) for name in names)
        if len(self._runs) >= _MOST_RUNS:
            self._runs.clear()
        self._runs[first, many, depth] = run
        return run

    def _require_small(self, keys: Keys, count: int) -> None:
        """A few short keys could stand for gigabytes of paths."""
        size = in_rows = left = 0
        following: Iterator[Any] = iter(keys)
        for first in following:
            if isinstance(first, str):
                in_rows = len(first)
                continue
            many = next(following, 0)
            if not isinstance(many, int) or first < 0 or many < 1 or first + many > len(self.told):
                raise BadPacking(f"There are no {many} names from {first} on.")
            size += self._lengths[first + many] - self._lengths[first] + many * in_rows
            left += many
            if left > count or size > LARGEST_CHANGE:
                raise BadPacking("A packed change is larger than a change may be.")


def _path(name: str, rows: str) -> str:
    parts = zip_longest(name.split("/"), rows.split("/") if rows else ())
    return "/".join(part for pair in parts for part in pair if part is not None)


def _under(run: Any, rows: str, depth: int) -> Any:
    if depth == 1:
        return run.replace("\0", rows).split("\n")
    for number, row in enumerate(rows.split("/")):
        run = run.replace(chr(number), row)
    return run.split("\n")


def _is_name(name: str) -> bool:
    if _LIKELY_NAME.fullmatch(name):
        return True
    is_path = is_well_formed(_path(name, "/".join("r" * name.count("/"))))
    return is_path and ("/" not in name or name[0] != "@")


def _is_usual(row: str) -> bool:
    return row.replace("-", "").replace("_", "").isalnum()


_LIKELY_NAME = re.compile(r"@?\w{1,60}|\w{1,60}(?:/\w{1,60}){0,3}/@?\w{1,60}")
