"""A household that says no: nothing is kept but the outcome of the visit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from schemas.change import LARGEST_CHANGE, change_id, parse_change
from schemas.consent import is_refusal, stands_after_consent
from schemas.form import decode_form
from schemas.identity import record_id
from server import intake
from server.app import build_app
from server.config import Config
from server.judge import judge
from server.review import Shown, never_hides, shown_record
from server.store import files, forms, holds, log, search, views
from server.verifying import differences
from tests.callers import Caller
from tests.village import NOW, Phone, Village, small_form
from tests.waiting import until
from tests.workbooks import question

VECTORS = json.loads((Path(__file__).parent / "vectors" / "consent.json").read_text(encoding="utf-8"))
ASKING = [
    question("text", "outcome"),
    question("select_one yn", "consent", meaning="consent"),
    question("integer", "income"),
    question("text", "head", meaning="person_name"),
    question("image", "photo"),
]
FACTS: dict[str, Any] = {"form": "asking", "form_version": "1"}
PHOTO = b"a photo of the roof"
PHOTO_VALUE = {
    "sha256": hashlib.sha256(PHOTO).hexdigest(),
    "name": "roof.jpg",
    "type": "image/jpeg",
    "bytes": 19,
}


class Asked:
    """A village that also has a form with consent, two phones of one hamlet, and a desk."""

    def __init__(self, folder: Path) -> None:
        self.village = Village(folder)
        self.store = self.village.store
        self.store.write(lambda db: forms.publish(db, small_form(ASKING, form_id="asking"), NOW))
        self.han = self.village.phone("han", "C1", self.village.han)
        self.lan = self.village.phone("lan", "C1", self.village.lan)
        self.desk = self.village.desk(self.village.supervisor, "C")
        self._numbers = iter(range(10**9))

    def new_record(self) -> str:
        return record_id("asking", [str(next(self._numbers))])

    def write(self, phone: Phone, record: str, values: dict[str, Any], *seen: str) -> str:
        return phone.write(record, values, seen=list(seen), **FACTS)

    def answers(self, record: str) -> dict[str, Any]:
        self.store.refresh_views()
        with self.store.reading() as db:
            assert list(differences(db)) == []
            view = views.get(db, record)
        assert view is not None
        return view.answers

    def shown(self, record: str) -> Shown:
        """As the desk shows it."""
        with self.store.reading() as db:
            judged = judge(db, record)
            assert judged is not None and judged.form is not None
            return shown_record(db, judged, judged.form, never_hides)

    def found(self, query: str) -> list[str]:
        with self.store.reading() as db:
            return search.find_records(db, query)

    def kept(self, record: str) -> dict[str, bytes]:
        with self.store.reading() as db:
            return {entry.id: bytes(entry.body) for entry in log.entries_of(db, record)}

    def erased(self, record: str) -> set[str]:
        return {name for name, body in self.kept(record).items() if not body}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    made = Asked(tmp_path_factory.mktemp("asked"))
    yield made
    made.store.close()


@pytest.mark.parametrize("value", VECTORS["refusals"])
def test_these_answers_refuse(value: Any) -> None:
    assert is_refusal(value)


@pytest.mark.parametrize("value", VECTORS["consents"])
def test_these_answers_do_not_refuse(value: Any) -> None:
    assert not is_refusal(value)


def test_what_stands_after_consent() -> None:
    form = decode_form(json.dumps(VECTORS["form"]).encode())
    assert [path for path in VECTORS["stands_after"] if not stands_after_consent(form, path)] == []
    assert [path for path in VECTORS["stands_before"] if stands_after_consent(form, path)] == []


def test_declining_erases_what_was_sealed_after_consent(asked: Asked) -> None:
    record = asked.new_record()
    first = asked.write(asked.han, record, {"@area": "C1", "outcome": "met"})
    given_ = asked.write(asked.han, record, {"consent": "yes", "income": 4711}, first)
    no = asked.write(asked.han, record, {"consent": "no", "outcome": "met"}, first, given_)
    assert asked.erased(record) == {given_}
    assert asked.answers(record) == {"outcome": "met", "consent": "no"}
    assert no in asked.kept(record)
    asked.store.refresh_views()
    with asked.store.reading() as db:
        view = views.get(db, record)
    assert "4711" not in repr(view)


def test_no_byte_of_what_was_sealed_after_consent_is_left_in_the_data_folder(asked: Asked) -> None:
    record = asked.new_record()
    first = asked.write(asked.han, record, {"@area": "C1", "outcome": "met", "consent": "yes"})
    second = asked.write(asked.han, record, {"outcome": "Ka Srế đã bán hết bò"}, first)
    third = asked.write(asked.han, record, {"income": 7654321}, second)
    assert _holding(asked.village, b"7654321") != []
    asked.write(asked.han, record, {"consent": "no"}, first, second, third)
    assert _holding(asked.village, b"7654321") == []
    assert _holding(asked.village, "Ka Srế".encode()) != []


def test_no_word_of_it_is_left_in_the_search(asked: Asked) -> None:
    record = asked.new_record()
    first = asked.write(asked.han, record, {"@area": "C1", "outcome": "met", "consent": "yes"})
    second = asked.write(asked.han, record, {"head": "Qzxwvkj"}, first)
    asked.store.refresh_views()
    assert asked.found("qzxwvkj") == [record]
    asked.write(asked.han, record, {"consent": "no"}, first, second)
    asked.store.refresh_views()
    assert asked.found("qzxwvkj") == []
    # Its beginning may stand once for several words.
    assert _holding(asked.village, b"zxwvkj") != []
    with TestClient(build_app(Config(data_dir=asked.store.data_dir), asked.store)):
        until(lambda: _holding(asked.village, b"zxwvkj") == [])
    assert asked.store.forget_words() is False


def _holding(village: Village, told: bytes) -> list[str]:
    folder = village.store.data_dir
    return [path.name for path in folder.rglob("*") if path.is_file() and told in path.read_bytes()]


def test_an_erased_change_is_a_duplicate_and_stays_as_id_and_position(asked: Asked) -> None:
    record = asked.new_record()
    body = asked.han.body(record, {"@area": "C1", "consent": "yes", "income": 5}, **FACTS)
    (stored,) = asked.han.push(body)
    asked.write(asked.han, record, {"consent": "no"}, change_id(body))
    (again,) = asked.han.push(body)
    assert (again.result, again.pos, again.mac) == ("duplicate", stored.pos, stored.mac)
    assert asked.kept(record)[change_id(body)] == b""
    asked.answers(record)
    shown = asked.shown(record)
    (entry,) = [entry for entry in shown.history if entry.id == change_id(body)]
    assert entry.is_erased and entry.set == {} and entry.seen == []


def test_phones_are_told_what_was_erased_and_given_no_bytes_of_it(asked: Asked) -> None:
    record = asked.new_record()
    with TestClient(build_app(Config(data_dir=asked.store.data_dir), asked.store)) as client:
        caller, fresh = Caller(client, asked.lan), Caller(client, asked.lan)
        yes = asked.write(asked.han, record, {"@area": "C1", "consent": "yes", "income": 5})
        assert yes in [change["id"] for change in caller.pull()["changes"]]
        no = asked.write(asked.han, record, {"@area": "C1", "consent": "no"}, yes)
        told = caller.pull()
        assert told["erased"] == [yes]
        assert [change["id"] for change in told["changes"]] == [no]
        given_ = fresh.pull()
        assert yes in given_["erased"] and yes not in [change["id"] for change in given_["changes"]]


def test_what_arrives_after_the_no_is_erased_at_once(asked: Asked) -> None:
    record = asked.new_record()
    yes = asked.han.body(record, {"@area": "C1", "consent": "yes"}, **FACTS)
    asked.write(asked.han, record, {"consent": "no"}, change_id(yes))
    (late,) = asked.han.push(yes)
    more = asked.write(asked.lan, record, {"income": 5}, change_id(yes))
    assert late.result == "stored"
    assert more in asked.erased(record) and change_id(yes) not in asked.erased(record)
    assert asked.answers(record) == {"consent": "no"}


def test_yes_and_no_apart_is_a_conflict_and_erases_only_once_it_is_decided(asked: Asked) -> None:
    record = asked.new_record()
    yes = asked.write(asked.han, record, {"@area": "C1", "consent": "yes", "income": 5})
    no = asked.write(asked.lan, record, {"@area": "C1", "consent": "no"})
    assert asked.erased(record) == set()
    asked.write(asked.desk, record, {"consent": "no"}, yes, no)
    assert asked.erased(record) == {yes}
    assert asked.answers(record) == {"consent": "no"}


def test_a_yes_after_the_no_keeps_what_follows_it(asked: Asked) -> None:
    record = asked.new_record()
    no = asked.write(asked.han, record, {"@area": "C1", "consent": "no"})
    asked.write(asked.han, record, {"consent": "yes", "income": 5}, no)
    assert asked.erased(record) == set()
    assert asked.answers(record) == {"consent": "yes", "income": 5}


def test_what_else_an_erased_change_said_stays_as_it_was(asked: Asked) -> None:
    record = asked.new_record()
    first = asked.write(asked.han, record, {"@area": "C1", "outcome": "absent"})
    said = {"outcome": "met", "consent": "yes", "income": 5, "@status": "submitted", "@round": "2026"}
    yes = asked.write(asked.han, record, said, first)
    asked.write(asked.lan, record, {"outcome": "postponed"}, first)
    asked.write(asked.han, record, {"consent": "no"}, first, yes)
    assert asked.erased(record) == {yes}
    assert asked.answers(record)["consent"] == "no"
    with asked.store.reading() as db:
        view = views.get(db, record)
    assert view is not None and (view.status, view.round) == ("submitted", "2026")
    shown = asked.shown(record)
    assert {head.value for head in shown.conflicts["outcome"]} == {"met", "postponed"}


def test_a_change_that_declines_and_tells_more_keeps_only_the_no(asked: Asked) -> None:
    record = asked.new_record()
    both = asked.write(asked.han, record, {"@area": "C1", "consent": "no", "income": 5})
    assert asked.erased(record) == {both}
    assert asked.answers(record) == {"consent": "no"}


def test_a_released_hold_leaves_no_bytes_behind_either(asked: Asked) -> None:
    record = asked.new_record()
    no = asked.write(asked.han, record, {"@area": "C1", "consent": "no"})
    held = asked.han.body(record, {"income": 5, "@status": "approved"}, seen=[no], **FACTS)
    (result,) = asked.han.push(held)
    assert result.result == "held"
    assert intake.release(asked.store, change_id(held), asked.village.supervisor, NOW) is None
    assert change_id(held) in asked.erased(record)
    with asked.store.reading() as db:
        hold = holds.get(db, change_id(held))
    assert hold is not None and hold.body == b""


def test_files_go_with_the_answers_that_named_them_also_when_they_come_late(asked: Asked) -> None:
    record, other = asked.new_record(), asked.new_record()
    name = PHOTO_VALUE["sha256"]
    path = files.path_of(asked.store.files_dir, str(name))
    with TestClient(build_app(Config(data_dir=asked.store.data_dir), asked.store)) as client:
        caller = Caller(client, asked.han)

        def put() -> int:
            return client.put(f"/api/files/{name}", content=PHOTO, headers=caller.headers).status_code

        yes = asked.write(asked.han, record, {"@area": "C1", "consent": "yes", "photo": PHOTO_VALUE})
        assert put() == 201 and path.exists()
        asked.write(asked.han, record, {"consent": "no"}, yes)
        assert not path.exists() and caller.get(f"/api/files/{name}").status_code == 404
        assert put() == 201
        assert not path.exists() and caller.get(f"/api/files/{name}").status_code == 404
        asked.write(asked.han, other, {"@area": "C1", "consent": "yes", "photo": PHOTO_VALUE})
        assert put() == 201
        assert caller.get(f"/api/files/{name}").content == PHOTO


WRITES = st.sampled_from(
    [{"consent": "yes"}, {"consent": "no"}, {"income": 5}, {"income": 6, "outcome": "met"},
     {"outcome": "absent"}, {"consent": "yes", "income": 7}, {"income": None},
     {"@status": "submitted", "income": 8}]
)  # fmt: skip
Written = list[tuple[dict[str, Any], int]]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(WRITES, st.integers(0, 255)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_whoever_learns_of_the_last_no_in_whatever_order_keeps_only_the_outcome(
    asked: Asked, written: Written, chance: Any
) -> None:
    record = asked.new_record()
    ids: list[str] = []
    bodies: list[bytes] = []
    for values, shown in written:
        seen = [known for number, known in enumerate(ids) if shown >> number & 1]
        bodies.append(asked.han.body(record, {"@area": "C1", **values}, seen=seen, **FACTS))
        ids.append(change_id(bodies[-1]))
    bodies.append(asked.han.body(record, {"consent": "no"}, seen=ids, **FACTS))
    outcomes = {values["outcome"] for values, _ in written if "outcome" in values}
    for body in chance.sample(bodies, len(bodies)):
        (result,) = asked.han.push(body)
        assert result.result == "stored"
    answers = asked.answers(record)
    assert answers.pop("consent") == "no"
    assert set(answers) <= {"outcome"} and set(answers.values()) <= outcomes
    assert ("outcome" in answers) == bool(outcomes)
    for body in asked.kept(record).values():
        change = parse_change(body) if body else None
        assert change is None or not isinstance(change, str)
        assert change is None or change.set.get("income") is None


@pytest.mark.parametrize("others", [{}, {"@comment/c": {"text": "Đã gặp"}}])
def test_a_change_as_large_as_may_be_is_erased_too(tmp_path: Path, others: dict[str, Any]) -> None:
    asked = Asked(tmp_path / "data")
    record = asked.new_record()
    said = {"outcome": "x", "income": 5, **others}
    body = asked.han.body(record, said, **FACTS)
    text = "x" * (LARGEST_CHANGE - len(body) + 1)
    body = body.replace(b'"outcome":"x"', f'"outcome":"{text}"'.encode())
    assert len(body) == LARGEST_CHANGE
    assert asked.han.push(body)[0].result == "stored"
    asked.write(asked.lan, record, {"consent": "no"})
    assert asked.answers(record) == {"outcome": text, "consent": "no"}
