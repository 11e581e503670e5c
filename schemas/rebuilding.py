"""The bytes of a usual packed change, put together from what its names look like in them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

import msgspec
from msgspec import Struct

from schemas.names import Keys, Names
from schemas.plain_change import reads_alike


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


class Writes(Mapping[str, Any]):
    """Path to value, of which few are ever asked for: the others are not held, but read from `text` when
    they are. `text`: the values as they stand in the bytes, as a list; `at_hand`: those of the paths that
    the names have at hand."""

    __slots__ = ("_at_hand", "_count", "_keys", "_made", "_names", "text")

    def __init__(self, names: Names, keys: Keys, count: int, text: bytes, at_hand: dict[str, Any]):
        self._names, self._keys, self._count = names, keys, count
        self._at_hand = at_hand
        self._made: dict[str, Any] | None = None
        self.text = text

    def get(self, path: str, default: Any = None) -> Any:
        if path in self._at_hand:
            return self._at_hand[path]
        return default if path in self._names.at_hand else self._all().get(path, default)

    def __getitem__(self, path: str) -> Any:
        return self._all()[path]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path, self) is not self

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return self._count

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
            paths, _ = self._names.paths(self._keys, self._count)
            self._made = dict(zip(paths, _values(self.text), strict=True))
        return self._made


def rebuilt(header: Header, written: bytes, values: list[Any]) -> tuple[bytes, bytes] | None:
    """The exact bytes, and how the values stand in them, as a list; None where they may be read otherwise
    than they stand there. `written`: the members of `set`. Raises what msgspec raises."""
    before, text = _encode(header), _encode(values)
    # With it goes what holds the mark of `Names` for a row.
    if not reads_alike(before + text):
        return None
    return b'%b,"set":{%b}}' % (before[:-1], written), text


_values = msgspec.json.Decoder(list[Any]).decode
_encode = msgspec.json.Encoder().encode
