"""How the log keeps bodies: by position where that gives back the exact bytes, and never otherwise."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.change import Change, change_id, parse_change
from schemas.names import BadPacking, Names
from schemas.packing import Origin, Packed, keys_of, names_of, unpack
from server.app import begin
from server.cli.main import thon
from server.intake import Offered, Read, Sender, take
from server.store import Store, forms, kept, log
from server.store.kept import Packing, SentPacked
from tests.strategies import odd_values
from tests.test_packing import _ANY_PATH, as_told
from tests.test_plain_change import _VALUES
from tests.village import HOUSE, NOW, Village, small_form

_NAMES = ["a", "b", "@env", "@area", "@comment", "m/x", "m/y", "m/@deleted", "m/c/z", "m/c/x", "tên", "m/tên"]
_PACKING = Packing("x", "f", "1", Names(_NAMES), {name: place for place, name in enumerate(_NAMES)})


@pytest.fixture
def village(tmp_path: Path) -> Any:
    made = Village(tmp_path)
    yield made
    made.store.close()


def _body(values: dict[str, Any], spaces: tuple[str, str] = (",", ":"), **header: Any) -> bytes:
    said = {"v": 1, "record": "r", "form": "f", "form_version": "1", "device": "d", "seq": 1, "at": 5}
    change = said | {"author": "u", "seen": []} | header | {"set": values}
    return json.dumps(change, ensure_ascii=False, separators=spaces).encode("utf-8", "surrogatepass")


def _given_back(as_kept: bytes) -> tuple[bytes, Change | str]:
    """As from a database that holds these names."""
    kept._packings[_PACKING.id] = _PACKING
    change = kept.kept_change(None, as_kept, record="r", device="d", seq=1, author="u")  # type: ignore[arg-type]
    return (as_kept, parse_change(as_kept)) if change is None else (kept.bytes_of(change), change)


@given(
    st.dictionaries(_ANY_PATH, odd_values | _VALUES, max_size=6),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.sampled_from([{}, {"x_later": [1]}, {"seen": ["pX0u1bq2l8mM3y2k0zq7Wg"]}, {"seen": ["e\u0301"]}]),
)
@settings(max_examples=200, deadline=None)
def test_law_22_the_log_gives_back_the_exact_bytes_and_what_they_say(
    values: dict[str, Any], spaces: tuple[str, str], header: dict[str, Any]
) -> None:
    body = _body(values, spaces, **header)
    change = parse_change(body)
    if isinstance(change, Change):
        bytes_back, change_back = _given_back(kept.keep(_PACKING, change, body))
        assert bytes_back == body
        assert repr(change_back) == repr(change)


@given(as_told(), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_law_22_holds_for_what_came_packed(
    said: tuple[list[str], list[Any], list[Any]], is_by_ours: bool, says_how: bool
) -> None:
    names, keys, values = said
    origins = [Origin("f", "1", "d", "u", _PACKING.names if is_by_ours else Names(names))]
    wire = msgspec.json.Decoder(Packed)
    try:
        packed: Packed = wire.decode(msgspec.json.encode((0, "r", 1, 5, [], keys, values)))
        body, change = unpack(packed, origins)
    except (BadPacking, msgspec.MsgspecError):
        return
    how = SentPacked(origins[0].names, packed[4], packed[5]) if says_how else None
    bytes_back, change_back = _given_back(kept.keep(_PACKING, change, body, how))
    assert bytes_back == body
    assert repr(change_back) == repr(parse_change(body))


def test_what_the_names_do_not_say_is_kept_as_it_came() -> None:
    for body in (_body({"unknown": 1}), _body({"a": 1}, x_later=2), _body({"a": ""}), _body({"a": 1.0})):
        change = parse_change(body)
        assert isinstance(change, Change)
        assert kept.keep(_PACKING, change, body) == kept.keep(None, change, body) == body


def test_places_told_by_other_names_are_not_taken_for_ours() -> None:
    body = _body({"b": 1, "a": 2})
    change = parse_change(body)
    assert isinstance(change, Change)
    told = (0, "r", 1, 5, change.seen, [0, 2], [1, 2])
    assert (
        _given_back(kept.keep(_PACKING, change, body, SentPacked(Names(["b", "a"]), told[4], told[5])))[0]
        == body
    )
    told = (0, "r", 1, 5, change.seen, [1, 1, 0, 1], [1, 2])
    assert (
        _given_back(kept.keep(_PACKING, change, body, SentPacked(Names(_NAMES), told[4], told[5])))[0] == body
    )


def test_an_interview_is_kept_without_its_names_and_read_whole(village: Village) -> None:
    phone = village.phone("han", "C1", village.han)
    values = {"member/r1/name": "Ka Brình", "member/r1/here": 1, "@round": "2026"}
    body = phone.body("v1", values, form="visit")
    phone.push(body)
    with village.store.reading() as db:
        (row,) = db.execute("SELECT * FROM log").fetchall()
        assert b"name" not in row["body"] and "Brình".encode() in row["body"]
        assert log.body_of(db, row) == body
        (entry,) = log.entries_of(db, "v1")
    assert (entry.body, entry.change) == (body, parse_change(body))


def test_what_came_packed_is_kept_by_the_places_that_were_told(village: Village) -> None:
    phone = village.phone("han", "C1", village.han)
    body = phone.body("r1", {"head": "Ka Brình", "size": 3})
    change = parse_change(body)
    assert isinstance(change, Change)
    with village.store.reading() as db:
        names = forms.names(db, "house", "1")
    assert names is not None
    keys = keys_of(change.set, {name: place for place, name in enumerate(names.told)})
    # One run more than is needed: nobody counts them anew.
    first = keys[0]
    assert isinstance(first, int) and keys[1] == 1
    told = SentPacked(names, change.seen, keys)
    read = Read(change_id(body), Offered(body), change, told)
    assert take(village.store, Sender("han"), [read], NOW).result().results[0].result == "stored"
    with village.store.reading() as db:
        (row,) = db.execute("SELECT * FROM log").fetchall()
        assert json.loads(row["body"])[3:] == [keys, ["Ka Brình", 3]]
        assert log.body_of(db, row) == body


def test_a_version_published_before_is_given_its_names_at_the_next_start(village: Village) -> None:
    phone = village.phone("han", "C1", village.han)
    village.store.write(lambda db: db.execute("DELETE FROM packing"))
    village.store.write(lambda db: forms.publish(db, small_form(HOUSE, form_id="other"), NOW))
    before = phone.body("r1", {"head": "A", "@area": "C1"})
    phone.push(before)
    begin(village.store, NOW)
    after = phone.body("r2", {"head": "B", "@area": "C1"})
    phone.push(after)
    with village.store.reading() as db:
        rows = db.execute("SELECT * FROM log ORDER BY pos").fetchall()
        assert [row["body"][:1] for row in rows] == [b"{", b"["]
        assert [log.body_of(db, row) for row in rows] == [before, after]


def test_names_of_published_forms_never_change(village: Village) -> None:
    with village.store.reading() as db:
        before = [tuple(row) for row in db.execute("SELECT * FROM packing")]
    village.store.write(forms.note_packings)
    with village.store.reading() as db:
        assert [tuple(row) for row in db.execute("SELECT * FROM packing")] == before
        form = forms.get(db, "house", "1")
    assert form is not None and json.dumps(names_of(form), ensure_ascii=False) in {row[3] for row in before}


def test_verify_names_bytes_that_are_rebuilt_otherwise(village: Village, tmp_path: Path) -> None:
    phone = village.phone("han", "C1", village.han)
    name = phone.write("r1", {"head": "A", "@area": "C1"})
    village.store.refresh_views()
    assert CliRunner().invoke(thon, ["verify", "--data", str(tmp_path)]).exit_code == 0
    with sqlite3.connect(tmp_path / "thon.db") as db:
        db.execute("UPDATE log SET body = CAST(replace(CAST(body AS TEXT), '\"A\"', '\"B\"') AS BLOB)")
    village.store.write(lambda db: db.execute("UPDATE record SET stale = 1"))
    told = CliRunner().invoke(thon, ["verify", "--data", str(tmp_path)])
    assert told.exit_code == 1 and f"the bytes at 1 are not those of {name}" in told.output


def test_a_store_opened_again_reads_what_was_kept(village: Village, tmp_path: Path) -> None:
    phone = village.phone("han", "C1", village.han)
    body = phone.body("r1", {"head": "A", "@area": "C1"})
    phone.push(body)
    kept._packings.clear()
    again = Store.open(tmp_path)
    with again.reading() as db:
        assert log.entries_of(db, "r1")[0].body == body
    again.close()
