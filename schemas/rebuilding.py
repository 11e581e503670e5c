"""The bytes of a usual packed change, put together from what its names look like in them."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import msgspec
from msgspec import Struct

from schemas.plain_change import reads_alike

# Where the row belongs, in what is written for a run. No bytes with it are usual.
ROW = b"\x7f"


class Header(Struct, frozen=True):
    """All that stands before `set`, in its order."""

    v: int
    record: str
    form: str
    form_version: str
    device: str
    seq: int
    at: int
    author: str
    seen: list[str]


class RowlessRuns(Struct, frozen=True):
    """Where the values stand whose paths have no rows: (first place, place behind the last, which value)."""

    places: dict[str, int]
    runs: list[tuple[int, int, int]]


class Writes(Mapping[str, Any]):
    """Path to value. Few are ever asked for, so the paths are only made, of the keys and how many they are,
    for who reads all. `text`: the values as they stand in the bytes, as a list."""

    __slots__ = ("_keys", "_made", "_paths", "_places", "_runs", "_values", "text")

    def __init__(
        self,
        paths: Callable[[list[int | str], int], tuple[Sequence[str], bool]],
        keys: list[int | str],
        told: RowlessRuns,
        values: list[Any],
        text: bytes,
    ):
        self._paths, self._keys = paths, keys
        self._places, self._runs = told.places, told.runs
        self._values = values
        self._made: dict[str, Any] | None = None
        self.text = text

    def get(self, path: str, default: Any = None) -> Any:
        place = self._places.get(path, -1)
        for first, end, number in self._runs:
            # They ascend.
            if place < first:
                break
            if place < end:
                return self._values[number + place - first]
        return self._all().get(path, default) if "/" in path else default

    def __getitem__(self, path: str) -> Any:
        return self._all()[path]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path, self) is not self

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> KeysView[str]:
        return self._all().keys()

    def values(self) -> ValuesView[Any]:
        return self._all().values()

    def items(self) -> ItemsView[str, Any]:
        return self._all().items()

    def __repr__(self) -> str:
        return repr(self._all())

    def _all(self) -> dict[str, Any]:
        if self._made is None:
            self._made = dict(zip(self._paths(self._keys, len(self._values))[0], self._values, strict=True))
        return self._made


def rebuilt(header: Header, written: bytes, values: list[Any]) -> tuple[bytes, bytes] | None:
    """The exact bytes, and how the values stand in them, as a list; None where they may be read otherwise
    than they stand there. `written`: the members of `set`. Raises what msgspec raises."""
    before, text = _encode(header), _encode(values)
    # With it goes what holds the mark itself.
    if not reads_alike(before + text):
        return None
    return b'%b,"set":{%b}}' % (before[:-1], written), text


_encode = msgspec.json.Encoder().encode
