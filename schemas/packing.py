"""Packed changes: the values of a plain change by position, its names told once for many. Both sides rebuild
the exact bytes; those stay the identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from schemas.change import LARGEST_CHANGE, Change, parse_change
from schemas.form import Asked, Form, Repeat
from schemas.names import BadPacking, Keys, Names
from schemas.plain_change import Count, Header, Integer, PlainValue, read_plain, reads_alike
from schemas.rebuilding import Header as WholeHeader
from schemas.rebuilding import Writes, rebuilt

MOST_TABLES = 1000
MOST_NAMES = 50_000
# As the phone says them of a record that it opens.
_OF_RECORDS = ("@env", "@area", "@round", "@subject", "@status")
_OF_ANY = ("@row", "@deleted", "@same_as", "@from")
_ODD = (float, list, dict)
# Between these the number is written without an exponent in every language.
_SMALLEST_DOUBLE, _LARGEST_DOUBLE = 1e-5, 1e15

# Table, record, seq, at, seen, keys, values.
Packed = tuple[Annotated[int, Meta(ge=0)], Header, Count, Integer, list[str], Keys, list[PlainValue]]


class Table(NamedTuple):
    """What many packed changes have in common. `names`: paths without rows (`member/m_age`, `@area`), or the
    number of an earlier table that has the same, or nothing: those of the published form. `more`: what stands
    behind them. On the wire an array."""

    form: Header
    form_version: Header
    device: Header
    author: Header
    names: list[str] | Annotated[int, Meta(ge=0)] | None = None
    more: list[str] = []  # noqa: RUF012


def names_of(form: Form) -> list[str]:
    """The names of a form's changes, in the order in which they stand in most of them."""
    asked = [node.path for node in form.nodes if isinstance(node, Asked)]
    repeats = [node.path for node in form.nodes if isinstance(node, Repeat)]
    of_rows = [f"{path}/{name}" for path in repeats for name in _OF_ANY]
    return [*dict.fromkeys([*_OF_RECORDS, *asked, *of_rows, *_OF_ANY, "@comment"])]


class Origin(Struct, frozen=True):
    """A table with its names at hand."""

    form: str
    form_version: str
    device: str
    author: str
    names: Names


def origins_of(tables: Sequence[Table], published: Callable[[str, str], Names | None]) -> list[Origin]:
    """`published`: the names of a form in a version. Raises `BadPacking`."""
    room = MOST_NAMES if len(tables) <= MOST_TABLES else -1
    origins: list[Origin] = []
    for table in tables:
        room -= len(table.more) + (len(table.names) if isinstance(table.names, list) else 0)
        _require_room(room)
        names = _names_of_table(table, origins, published)
        if table.more:
            # Made once more for this table: a few bytes could stand for the longest list a thousand times.
            room -= len(names.told)
            _require_room(room)
            names = Names([*names.told, *table.more])
        origins.append(Origin(table.form, table.form_version, table.device, table.author, names))
    return origins


def _require_room(room: int) -> None:
    if room < 0:
        raise BadPacking(f"More than {MOST_TABLES} tables or {MOST_NAMES} names.")


def _names_of_table(
    table: Table, before: list[Origin], published: Callable[[str, str], Names | None]
) -> Names:
    """Without those that the table tells behind them."""
    if isinstance(table.names, list):
        return Names(table.names)
    if table.names is None:
        names = published(table.form, table.form_version)
        if names is None:
            raise BadPacking(f"{table.form} {table.form_version} is not published: send its names.")
        return names
    if table.names < len(before):
        return before[table.names].names
    raise BadPacking(f"There is no table {table.names} before this one.")


def unpack(packed: Packed, origins: Sequence[Origin]) -> tuple[bytes, Change]:
    """The exact bytes, and what `parse_change` says of them. Raises `BadPacking`."""
    if packed[0] >= len(origins):
        raise BadPacking(f"There is no table {packed[0]}.")
    origin = origins[packed[0]]
    return _usual(packed, origin) or _thoroughly(packed, origin)


def _usual(packed: Packed, origin: Origin) -> tuple[bytes, Change] | None:
    _, record, seq, at, seen, keys, values = packed
    form, version, device, author = origin.form, origin.form_version, origin.device, origin.author
    try:
        found = origin.names.written(keys, values)
        if found is None:
            return None
        made = rebuilt(WholeHeader(1, record, form, version, device, seq, at, author, seen), found[0], values)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    if made is None or len(made[0]) > LARGEST_CHANGE:
        return None
    writes = Writes(origin.names, keys, len(values), made[1], found[1])
    return made[0], Change(1, record, form, version, device, seq, at, author, seen, writes)


def _thoroughly(packed: Packed, origin: Origin) -> tuple[bytes, Change]:
    _, record, seq, at, seen, keys, values = packed
    paths, is_usual = origin.names.paths(keys, len(values))
    writes = dict(zip(paths, values, strict=True))
    if len(writes) != len(values):
        raise BadPacking("A packed change names one path twice.")
    change = Change(
        1, record, origin.form, origin.form_version, origin.device, seq, at, origin.author, seen, writes
    )
    try:
        body = _encoder.encode(change)
    except (msgspec.MsgspecError, UnicodeError):
        raise BadPacking("A packed change holds what no plain change holds.") from None
    if len(body) > LARGEST_CHANGE:
        raise BadPacking("A packed change is larger than a change may be.")
    if is_usual and reads_alike(body):
        return body, change
    read = parse_change(body)
    if isinstance(read, str):
        raise BadPacking(f"A packed change is no valid change: {read}.")
    return body, read


class _Naming(Struct):
    """Of one version of a form. `published`: how many of its names the other side has. `table`: the first one
    that tells them."""

    places: dict[str, int]
    published: int
    table: int


class Packer:
    """Packs changes for one message. `published`: the names of a form in a version, where the other side has
    it."""

    def __init__(self, published: Callable[[str, str], Sequence[str]] = lambda _form, _version: ()) -> None:
        self._published = published
        self._tables: dict[tuple[str, str, str, str], int] = {}
        self._namings: list[_Naming] = []
        self._first: dict[tuple[str, str], _Naming] = {}

    def pack(self, body: bytes) -> Packed | None:
        """None for what must go as it is: nobody could rebuild these bytes."""
        plain = read_plain(body)
        if plain is None:
            return None
        writes = plain["set"]
        if not all([_is_rebuilt_alike(value) for value in writes.values() if value.__class__ in _ODD]):
            return None
        table = self._table(plain["form"], plain["form_version"], plain["device"], plain["author"])
        keys = keys_of(writes, self._namings[table].places)
        return table, plain["record"], plain["seq"], plain["at"], plain["seen"], keys, [*writes.values()]

    @property
    def tables(self) -> list[Table]:
        """What the packed ones refer to; complete once everything is packed."""
        return [self._told(origin, number) for number, origin in enumerate(self._tables)]

    def _told(self, origin: tuple[str, str, str, str], number: int) -> Table:
        naming = self._namings[number]
        if naming.table != number:
            return Table(*origin, names=naming.table)
        told = [*naming.places]
        if not naming.published:
            return Table(*origin, names=told)
        return Table(*origin, more=told[naming.published :])

    def _table(self, form: str, version: str, device: str, author: str) -> int:
        number = self._tables.setdefault((form, version, device, author), len(self._tables))
        if number == len(self._namings):
            naming = self._first.get((form, version))
            if naming is None:
                known = self._published(form, version)
                places = {name: place for place, name in enumerate(known)}
                naming = self._first[form, version] = _Naming(places, len(places), number)
            self._namings.append(naming)
        return number


def keys_of(paths: Iterable[str], places: dict[str, int]) -> Keys:
    """The keys of these paths. `places`: of each name; names that are missing are added behind."""
    keys: Keys = []
    rows, end = "", -1
    # Of the row that the last path stood in: how its paths begin, and how their names do.
    inside, outside = "/", ""
    for path in paths:
        if "/" not in path:
            name, under, inside = path, "", "/"
        elif path.startswith(inside) and "/" not in path[len(inside) :]:
            name, under = outside + path[len(inside) :], rows
        else:
            name, under = split_path(path)
            inside = path[: path.rindex("/") + 1]
            outside = name[: name.rfind("/") + 1]
            inside = "/" if name.startswith("@") else inside
        place = places.get(name)
        if place is None:
            place = places[name] = len(places)
        if under != rows:
            keys.append(under)
            rows, end = under, -1
        if place == end:
            keys[-1] += 1  # type: ignore[operator]
        else:
            keys += (place, 1)
        end = place + 1
    return keys


def split_path(path: str) -> tuple[str, str]:
    """The name without rows, and the rows: `a/r/b/s/name` -> (`a/b/name`, `r/s`)."""
    if "/" not in path:
        return path, ""
    parts = path.split("/")
    return "/".join(parts[::2]), "/".join(parts[1::2])


def _is_rebuilt_alike(value: Any) -> bool:
    """Every language writes it so, and keeps the order of its members."""
    kind = value.__class__
    if kind is float:
        return bool(_SMALLEST_DOUBLE <= abs(value) < _LARGEST_DOUBLE)
    if kind is list:
        return all(map(_is_rebuilt_alike, value))
    if kind is dict:
        # JavaScript moves such members to the front.
        return all(_is_rebuilt_alike(item) and not key.isdecimal() for key, item in value.items())
    return True


_encoder = msgspec.json.Encoder()
