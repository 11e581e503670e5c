"""The quick reader of changes never says anything else than the thorough one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.change import encode_change, parse_change
from schemas.plain_change import read_plain

_PIECES = ["a", "/", "@", ".", " ", "é", "́", '"', "\\", "\n", "\x7f", "\x00", ":", "\ud800", "@deleted"]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=5).map("".join)
_NUMBERS = st.sampled_from([0, 1, 1.0, -0.0, 0.5, 1.05, 1e21, 1e300, 5e-324, 2**53 - 1, 2**53, -(2**53)])
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)
_PATHS = _TEXTS | st.sampled_from(["a", "a/b", "m/r/x", "m/r/@deleted", "@comment/x", "@a/b/c", "x" * 513])
_HEADER = {
    "v": 1, "record": "r", "form": "f", "form_version": "1", "device": "d", "seq": 1, "at": 5, "author": "u"
}  # fmt: skip


@given(
    st.dictionaries(_PATHS, _VALUES, max_size=4),
    st.dictionaries(st.sampled_from([*_HEADER, "seen", "more"]), _VALUES, max_size=1),
    st.booleans(),
    st.sampled_from(["", '"a":1,"a":2,', " ", "1.0", "\x00"]),
)
@settings(max_examples=400, deadline=None)
def test_both_readers_take_and_refuse_the_same(
    values: dict[str, Any], odd: dict[str, Any], is_ascii: bool, inserted: str
) -> None:
    message = {**_HEADER, "seen": [], "set": values} | odd
    text = json.dumps(message, ensure_ascii=is_ascii, separators=(",", ":"))
    text = text.replace('"set":{', '"set":{' + inserted, 1)
    body = text.encode("utf-8", "surrogatepass")
    try:
        thorough = parse_change(body.decode())
    except UnicodeDecodeError:
        thorough = "not_utf8"
    assert repr(parse_change(body)) == repr(thorough)


def test_what_a_phone_writes_is_read_quickly() -> None:
    values = {"name": "Nguyễn", "n": 1.5, "area": [12, 108.25], "codes": ["1", "2"], "member/m1/age": 3,
              "member/m1/@deleted": True, "@env": {"now": 1, "lang": "vi"}, "cleared": None}  # fmt: skip
    header: dict[str, Any] = {key: value for key, value in _HEADER.items() if key != "v"}
    body = encode_change(**header, seen=["pX0u1bq2l8mM3y2k0zq7Wg"], set=values)
    assert read_plain(body) is not None
