"""Packed changes: what is packed comes back as the exact bytes, and what is hostile costs nothing."""

from __future__ import annotations

import json
import tracemalloc
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.change import Change, encode_change, parse_change
from schemas.form import Form, Repeat, TextQuestion
from schemas.names import BadPacking, Names
from schemas.packing import Origin, Packed, Packer, Table, keys_of, names_of, origins_of, unpack
from schemas.plain_change import _COMPOSED, read_plain
from tests.strategies import odd_values
from tests.test_plain_change import _VALUES

_PATHS = st.sampled_from(
    ["a", "b", "@env", "@area", "@comment/k1", "@comment/k-2", "m/r1/x", "m/r1/y", "m/r2/x", "m/r2/@deleted",
     "m/r1/c/s1/z", "m/r2/c/s1/z", "m/r-1/x", "m/r 1/x", "tên", "m/đ/tên", "1", "m/1/2", "__proto__"]
)  # fmt: skip
_ROWS = st.text(st.sampled_from("ab1-é.@ \u0301\x00\n"), min_size=1, max_size=3)
_ANY_PATH = _PATHS | st.builds("m/{}/x".format, _ROWS) | st.builds("m/{}/c/{}/x".format, _ROWS, _ROWS)
_HEADER = {"record": "r", "form": "f", "form_version": "1", "seq": 1, "at": 5}
_wire = msgspec.json.Decoder(tuple[list[Table], list[Packed]])  # type: ignore[var-annotated]


def _sent(tables: list[Table], packed: list[Any]) -> tuple[list[Table], list[Packed]]:
    """As they come out of a request."""
    return _wire.decode(msgspec.json.encode((tables, packed)))


def _nothing_published(_form: str, _version: str) -> None:
    return None


@given(
    st.lists(
        st.tuples(
            st.dictionaries(_ANY_PATH, odd_values | _VALUES, max_size=6),
            st.sampled_from(["d1", "d2"]),
            st.sampled_from(["u-han", "u-lan"]),
            st.sampled_from([[], ["pX0u1bq2l8mM3y2k0zq7Wg"], ["e\u0301"]]),
        ),
        max_size=5,
    ),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_is_packed_comes_back_as_the_exact_bytes(written: list[Any], is_compact: bool) -> None:
    packer, packed = Packer(), []
    for values, device, author, seen in written:
        origin = {"device": device, "author": author}
        change = {"v": 1, **_HEADER, **origin, "seen": seen, "set": values}
        ordered = {name: change[name] for name in Change.__struct_fields__}
        text = json.dumps(ordered, ensure_ascii=not is_compact, separators=(",", ":"))
        body = text.encode("utf-8", "surrogatepass")
        made = packer.pack(body)
        if made is not None:
            packed.append((body, made))
    tables, sent = _sent(packer.tables, [made for _, made in packed])
    origins = origins_of(tables, _nothing_published)
    for (body, _), made in zip(packed, sent, strict=True):
        rebuilt, change = unpack(made, origins)
        assert rebuilt == body
        assert repr(change) == repr(parse_change(body))


_KEYS = st.lists(
    st.integers(-2, 9) | st.sampled_from(["", "r1", "r1/s1", "@", "a\nb", "/", "x" * 600]), max_size=8
)


@given(
    _KEYS,
    st.lists(_VALUES, max_size=6),
    st.lists(
        st.sampled_from(["a", "m/x", "m/c/z", "@area", "@comment", "m/@deleted", "e\u0301"]), max_size=9
    ),
)
@settings(max_examples=250, deadline=None)
def test_what_anybody_packs_is_a_valid_change_or_is_refused(
    keys: list[Any], values: list[Any], names: list[str]
) -> None:
    table = Table("f", "1", "d", "u", names)
    try:
        tables, (packed,) = _sent([table], [(0, "r", 1, 5, [], keys, values)])
        body, change = unpack(packed, origins_of(tables, _nothing_published))
    except (BadPacking, msgspec.MsgspecError, UnicodeEncodeError):
        return
    assert repr(change) == repr(parse_change(body))


_NAMES = ["@env", "@area", "@status", "@comment", "a", "b", "tên", "m/x", "m/b", "m/@deleted"]
_QUICK = st.sampled_from(
    [None, True, 0, -0.5, 1e16, 0.1, "no", "é", '"\\\n', ["a", "b"], {"text": "?", "n": None}]
)


@st.composite
def as_told(draw: st.DrawFn) -> tuple[list[str], list[Any], list[Any]]:
    """Names, keys and values as a phone tells them, or nearly so."""
    chosen = draw(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=8, unique=True))
    names = sorted(chosen, key=lambda name: "/" in name)
    rowless = sum("/" not in name for name in names)
    keys: list[Any] = []
    count = 0
    for rows in ["", *draw(st.lists(st.sampled_from(["", "r1", "r2"]), max_size=3))]:
        first, end = (rowless, len(names)) if rows else (0, rowless)
        keys.append(rows)
        while (first := first + draw(st.integers(0, 2))) < end:
            many = draw(st.integers(1, end - first))
            keys += [first, many]
            first, count = first + many, count + many
    return names, keys, draw(st.lists(_QUICK | odd_values, min_size=count, max_size=count))


@given(as_told(), st.sampled_from([(), ("b", "m/b"), ("tên", "m/r1/x", "m/r1/b", "m/r2/b")]))
@settings(max_examples=400, deadline=None)
def test_of_a_packed_change_is_read_what_its_bytes_say(
    said: tuple[list[str], list[Any], list[Any]], asked: tuple[str, ...]
) -> None:
    names, keys, values = said
    origins = [Origin("f", "1", "d", "u", Names(names, asked))]
    try:
        _, (packed,) = _sent([], [(0, "r", 1, 5, [], keys, values)])
        # What is met often is written in another way.
        made = [unpack(packed, origins) for _ in range(5)]
    except (BadPacking, msgspec.MsgspecError):
        return
    for body, change in made:
        read = parse_change(body)
        assert isinstance(read, Change)
        for path in [*names, *read.set, *asked, "@subject", "@area/r1", "other"]:
            assert repr(change.set.get(path, "nothing")) == repr(read.set.get(path, "nothing")), path
            assert (path in change.set) == (path in read.set), path
        assert len(change.set) == len(read.set)
        assert repr([*change.set.items()]) == repr([*read.set.items()])
        assert change.set == read.set == dict(change.set)


def _packed(
    keys: list[Any], values: list[Any], names: list[str] | int | None = None, table: int = 0
) -> bytes:
    told = Table("f", "1", "d", "u", ["a", "b", "m/x", "@area"] if names is None else names)
    _, (packed,) = _sent([], [(table, "r", 1, 5, [], keys, values)])
    return unpack(packed, origins_of([told], _nothing_published))[0]


@pytest.mark.parametrize(
    ("keys", "values"),
    [
        ([0, 5], [1] * 5),
        ([-1, 1], [1]),
        ([0, 0], []),
        ([0, -1], []),
        ([0, 10**18], [1]),
        ([10**18, 1], [1]),
        ([0], [1]),
        ([0, "r"], [1]),
        ([0, 2], [1]),
        ([0, 1], [1, 2]),
        ([0, 1, 0, 1], [1, 2]),
        ([2, 1], [1]),
        (["r", 0, 1], [1]),
        (["r/s", 2, 1], [1]),
        (["@r", 2, 1], [1]),
        (["r\0", 2, 1], [1]),
        (["x" * 513, 2, 1], [1]),
        ([0, 1], ["e\u0301"]),
        ([0, 1], ["x" * 300_000]),
    ],
)
def test_packing_that_means_no_change_is_refused(keys: list[Any], values: list[Any]) -> None:
    with pytest.raises(BadPacking):
        _packed(keys, values)


@pytest.mark.parametrize("names", [["m//x"], [""], ["@a/b"], ["a\n"], ["m/@x/y"], 0, 3])
def test_names_that_are_none_are_refused(names: list[str] | int) -> None:
    with pytest.raises(BadPacking):
        _packed([0, 1], [1], names)


def test_a_table_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadPacking, match="There is no table 1"):
        _packed([0, 1], [1], table=1)
    with pytest.raises(BadPacking, match="is not published"):
        origins_of([Table("f", "1", "d", "u")], _nothing_published)


def test_a_few_bytes_can_not_stand_for_gigabytes() -> None:
    names = [f"m/{number:03}" + "x" * 480 for number in range(900)]
    hostile: list[tuple[list[Any], int]] = [
        ([0, 900] * 100_000, 5),
        ([0, 900] * 100_000, 4_000_000),
        (["r" * 500, 0, 900, "s" * 500, 0, 900], 1800),
        ([item for row in range(1000) for item in (f"{row}", 0, 900)], 900_000),
        ([item for row in range(100_000) for item in (f"{row}", 0, 1)], 100_000),
    ]
    origins = origins_of([Table("f", "1", "d", "u", names)], _nothing_published)
    for keys, count in hostile:
        packed: Any = (0, "r", 1, 5, [], keys, [1] * count)
        tracemalloc.start()
        with pytest.raises(BadPacking):
            unpack(packed, origins)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20


def test_tables_share_names_and_add_to_those_of_the_form() -> None:
    form = Form(
        id="f",
        version="1",
        title="",
        languages=["vi"],
        nodes=[
            TextQuestion(name="a", path="a"),
            Repeat(name="m", path="m"),
            TextQuestion(name="x", path="m/x", repeat=1),
        ],
    )
    names = names_of(form)
    assert names[:7] == ["@env", "@area", "@round", "@subject", "@status", "a", "m/x"]
    tables = [Table("f", "1", "d", "u", more=["old"]), Table("f", "1", "d2", "u", 0)]
    origins = origins_of(tables, lambda form, version: Names(names))
    places = {name: place for place, name in enumerate([*names, "old"])}
    values = {
        "@area": "X1",
        "a": "1",
        "m/r1/x": 2,
        "m/r1/@deleted": None,
        "@comment/k": {"text": "?"},
        "old": 4,
    }
    keys = keys_of(values, places)
    body, _ = unpack((1, "r", 1, 5, [], keys, [*values.values()]), origins)
    assert body == encode_change(**_HEADER, device="d2", author="u", seen=[], set=values)  # type: ignore[arg-type]


def test_numbers_and_members_that_languages_write_differently_go_as_they_are() -> None:
    for value in (1e-6, 1.5e300, [1e16], {"2": 1, "1": 2}):
        text = json.dumps(value, separators=(",", ":")).replace("e-0", "e-").replace("e+", "e")
        body = encode_change(**_HEADER, device="d", author="u", seen=[], set={"a": 0})  # type: ignore[arg-type]
        body = body.replace(b":0}", f":{text}}}".encode())
        assert read_plain(body) is not None, text
        assert Packer().pack(body) is None, text


def test_letters_that_need_no_look_join_with_nothing_before_them() -> None:
    seconds = set()
    for code in range(0x110000):
        decomposed = unicodedata.decomposition(chr(code))
        if decomposed and not decomposed.startswith("<"):
            seconds.update(chr(int(part, 16)) for part in decomposed.split()[1:])
    for code in range(0x110000):
        letter = chr(code)
        if _COMPOSED.fullmatch(letter):
            assert not unicodedata.combining(letter) and letter not in seconds
            assert unicodedata.is_normalized("NFC", letter)


_VECTORS = json.loads((Path(__file__).parent / "vectors" / "packing.json").read_text("utf-8"))


@pytest.mark.parametrize("case", _VECTORS["packed"], ids=lambda case: case["name"])
def test_both_languages_pack_alike(case: dict[str, Any]) -> None:
    packer = Packer()
    packed = [packer.pack(body.encode()) for body in case["bodies"]]
    made = json.loads(msgspec.json.encode((packer.tables, packed)))
    assert made == [case["tables"], case["packed"]]
    tables, sent = _sent(packer.tables, packed)
    origins = origins_of(tables, _nothing_published)
    assert [unpack(each, origins)[0].decode() for each in sent] == case["bodies"]


@pytest.mark.parametrize("case", _VECTORS["as_they_are"], ids=lambda case: case["name"])
def test_neither_language_packs_what_cannot_be_rebuilt(case: dict[str, str]) -> None:
    assert Packer().pack(case["body"].encode()) is None


@pytest.mark.parametrize("case", _VECTORS["names"])
def test_both_languages_name_what_a_form_asks_alike(case: dict[str, Any]) -> None:
    assert names_of(msgspec.convert(case["form"], Form)) == case["names"]


def test_what_a_phone_writes_is_packed() -> None:
    values = {"name": "Nguyễn", "n": 1.5, "area": [12, 108.25], "codes": ["1", "2"], "member/m1/age": 3,
              "member/m1/@deleted": True, "@env": {"now": 1, "lang": "vi"}, "cleared": None}  # fmt: skip
    body = encode_change(**_HEADER, device="d", author="u", seen=["pX0u1bq2l8mM3y2k0zq7Wg"], set=values)
    assert Packer().pack(body) is not None
