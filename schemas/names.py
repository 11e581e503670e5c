"""Names told once for many packed changes, and the paths that their places stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, zip_longest
from typing import Any

import msgspec

from schemas.change import LARGEST_CHANGE
from schemas.paths import LONGEST_PATH, is_well_formed
from schemas.plain_change import reads_alike

# Places in the names, in pairs (first, how many); a text names the rows under which those after it stand.
Keys = list[int | str]
# Where the row belongs, in what is written for a run. No bytes with it are usual.
_ROW = b"\x7f"
_MOST_RUNS = 4096
_OFTEN = 4
_MOST_KINDS = 256
# What a server asks of every change.
_ALWAYS_ASKED = frozenset({"@area", "@round", "@subject", "@status", "@deleted", "@same_as"})
# What the encoder writes as the paths of a run with their values; which of these are at hand.
_Kind = tuple[Callable[..., Any], list[tuple[int, str]]]


class BadPacking(ValueError):
    """A sentence that says why no change can be rebuilt."""


class Names:
    """Names told once. Raises `BadPacking` for what can be no name. `at_hand`: the paths whose values are
    held wherever they are said: what is asked of every change, and `asked`, where no row stands in it."""

    def __init__(self, names: Iterable[str], asked: Iterable[str] = ()) -> None:
        self.told = tuple(names)
        self.at_hand = _ALWAYS_ASKED.union(path for path in asked if "/" not in path)
        for name in self.told:
            if not _is_name(name):
                raise BadPacking(f"{name[:50]!r} is no name of an answer.")
        self._lengths = [0, *accumulate(map(len, self.told))]
        self._longest = max(map(len, self.told), default=0)
        self._longest_row = LONGEST_PATH - self._longest - 2
        # By (first, how many, rows): their paths, or one text of them with a mark where a row belongs.
        self._runs: dict[tuple[int, int, int], list[str] | str] = {}
        # How often runs were met, and what is made of those met often.
        self._met: dict[tuple[int, int, int], int] = {}
        self._kinds: dict[tuple[int, int, int], _Kind] = {}
        self._stand_as_told = len({*self.told}) == len(self.told) and _stand_as_told(self.told)

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

    def written(self, keys: Keys, values: list[Any]) -> tuple[bytes, dict[str, Any]] | None:
        """How these paths and values are written, and the values at hand; None for what is unusual, though
        nothing may be wrong with it. Raises what msgspec raises."""
        count = len(values)
        if count * (self._longest + LONGEST_PATH) > LARGEST_CHANGE or not self._stand_as_told:
            return None
        row, depth, end, number = b"", 0, 0, 0
        written: list[bytes] = []
        at_hand: dict[str, Any] = {}
        # Of each row: how far its names were told. No path is told twice where they only ascend.
        ends: dict[bytes, int] = {}
        following: Iterator[Any] = iter(keys)
        for first in following:
            if first.__class__ is str:
                ends[row] = end
                row = first.encode()
                if row and (row in ends or not row.isalnum() or len(row) > self._longest_row):
                    return None
                depth, end = (1, 0) if row else (0, ends[row])
                continue
            many = next(following, 0)
            kind, asked = self._kinds.get((first, many, depth)) or self._kind(first, many, depth)
            if first < end or number + many > count:
                return None
            end = first + many
            members = _encode(kind(*values[number : number + many]))[1:-1]
            if depth == 0:
                for offset, path in asked:
                    at_hand[path] = values[number + offset]
                written.append(members)
            else:
                written.append(members.replace(_ROW, row))
            number += many
        return (b",".join(written), at_hand) if number == count and count else None

    def _kind(self, first: Any, many: Any, depth: int) -> _Kind:
        """By a type made for the run, where it is met often, encoding takes half of the time."""
        key = first, many, depth
        run = self._runs.get(key) or self._run(first, many, depth)
        paths = run if isinstance(run, list) else run.replace("\0", _ROW.decode()).split("\n")
        asked = [(offset, path) for offset, path in enumerate(paths) if path in self.at_hand]
        self._met[key] = self._met.get(key, 0) + 1
        if self._met[key] < _OFTEN or len(self._kinds) >= _MOST_KINDS:
            return (lambda *values: dict(zip(paths, values, strict=True))), asked
        fields = {f"f{number}": path for number, path in enumerate(paths)}
        kind = self._kinds[key] = msgspec.defstruct("Run", [*fields], rename=fields, gc=False), asked
        return kind

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
            self._met.clear()
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


def _stand_as_told(names: Iterable[str]) -> bool:
    """Whether nothing in them takes an escape, or is read otherwise than it stands in the bytes."""
    text = " ".join(names)
    return not ('"' in text or "\\" in text) and text.isprintable() and reads_alike(text.encode())


_encode = msgspec.json.Encoder().encode
_LIKELY_NAME = re.compile(r"@?\w{1,60}|\w{1,60}(?:/\w{1,60}){0,3}/@?\w{1,60}")
