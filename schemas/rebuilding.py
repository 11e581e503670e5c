"""The bytes of a usual packed change, put together from what its names look like in them."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import msgspec
from msgspec import Struct

from schemas.plain_change import reads_alike

# One value stands in a line: a text never has the end of one in it.
_END = b"\n"
# Where the row belongs.
ROW = b"\0"


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


class Told(Struct, frozen=True):
    """Where the values stand whose paths have no rows: (first place, place behind the last, which value)."""

    places: dict[str, int]
    runs: list[tuple[int, int, int]]


class Writes(Mapping[str, Any]):
    """Path to value. Few are ever asked for, so the paths are only made for who reads all. `lines`: the
    values as they stand in the bytes, an end of line behind each."""

    __slots__ = ("_made", "_paths", "_told", "_values", "lines")

    def __init__(self, paths: Callable[[], Sequence[str]], told: Told, values: list[Any], lines: bytes):
        self._paths = paths
        self._told = told
        self._values = values
        self._made: dict[str, Any] | None = None
        self.lines = lines

    def get(self, path: str, default: Any = None) -> Any:
        place = self._told.places.get(path)
        if place is not None and "/" not in path:
            for first, end, number in self._told.runs:
                if first <= place < end:
                    return self._values[number + place - first]
            return default
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
            self._made = dict(zip(self._paths(), self._values, strict=True))
        return self._made


def piece(path: str) -> bytes | None:
    """What stands before the value of this path; None where that takes an escape, or may be read otherwise
    than it stands there."""
    text = path.encode()
    if '"' in path or "\\" in path or not path.replace("\0", "").isprintable() or not reads_alike(text):
        return None
    return b',"' + text + b'":'


def rebuilt(header: Header, pieces: list[bytes], values: list[Any]) -> tuple[bytes, bytes] | None:
    """The exact bytes, and the lines of their values; None where these may be read otherwise than they
    stand there. Raises what msgspec raises."""
    lines = _encoder.encode_lines(values)
    before = _encoder.encode(header)
    if not reads_alike(before + lines.replace(_END, b",")):
        return None
    parts: list[bytes] = [b""] * (2 * len(values))
    parts[::2] = pieces
    # Behind the last end stands nothing.
    parts[1::2] = lines.split(_END)[:-1]
    parts[0] = parts[0][1:]
    return b'%b,"set":{%b}}' % (before[:-1], b"".join(parts)), lines


_encoder = msgspec.json.Encoder()
