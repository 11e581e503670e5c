"""What a record's view reads of others: of the record that it is about, and of where that lies."""

from __future__ import annotations

import itertools
import random

import pytest

from server.store import search, stays, views
from server.verifying import differences
from tests.village import Phone, Village


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C1", village.han)


def stale(village: Village) -> set[str]:
    with village.store.reading() as db:
        return set(views.stale(db, 1000))


def areas(village: Village, record: str) -> set[str]:
    with village.store.reading() as db:
        return stays.areas_of(db, record)


@pytest.mark.parametrize("seed", range(8))
def test_the_view_is_the_fold_whatever_records_say_of_each_other(village: Village, seed: int) -> None:
    chance = random.Random(seed)
    desk = village.desk(village.supervisor, "C")
    records = [f"r{number}" for number in range(7)]
    named = [*records, "never written"]
    seen: dict[str, list[str]] = {record: [] for record in records}
    for step in range(90):
        record = chance.choice(records)
        path = chance.choice(["@subject", "@same_as", "head", "@deleted", "@area"])
        value = {
            "@subject": chance.choice([*named, None]),
            "@same_as": chance.choice([*named, None, None, None]),
            "head": f"Name {step}",
            "@deleted": chance.choice([True, None]),
            "@area": chance.choice(["C1", "C2", None, None]),
        }[path]
        shown = seen[record] if chance.random() < 0.9 else []
        seen[record].append(desk.write(record, {path: value}, seen=list(shown)))
        if chance.random() < 0.3:
            village.store.refresh_views()
            with village.store.reading() as db:
                assert list(differences(db)) == [], step
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []


def test_a_push_marks_the_record_and_those_about_it_alone(village: Village, phone: Phone) -> None:
    first = phone.write("h1", {"head": "Ka Brình", "@area": "C1"})
    for number in range(5):
        visits = {"@subject": "h1", "@round": f"20{number}", "income": number}
        phone.write(f"v{number}", visits, form="visit")
    phone.write("h2", {"head": "Ka Dột", "@area": "C1"})
    village.store.refresh_views()
    phone.write("v1", {"income": 7}, form="visit")
    assert stale(village) == {"v1"}
    phone.write("h1", {"head": "Ka Brinh"}, seen=[first])
    assert stale(village) == {"h1", *(f"v{number}" for number in range(5))}


def test_a_name_that_no_record_has_keeps_nothing_stale(village: Village, phone: Phone) -> None:
    desk = village.desk(village.supervisor, "C")
    desk.write("h1", {"@area": "C1", "head": "K'Brình", "@same_as": "later"})
    phone.write("v1", {"@round": "2026", "@subject": "later"}, form="visit")
    for _ in range(2):
        village.store.write(lambda db: views.put_representatives(db, {"h1": "h1", "later": "h1"}))
    assert village.store.refresh_views() == 2
    desk.write("later", {"head": "K'Brinh"})
    village.store.refresh_views()
    with village.store.reading() as db:
        view = views.get(db, "v1")
        assert view and view.answers["whose"] == "K'Brình"
        assert list(differences(db)) == []


def test_records_about_each_other_lie_where_one_of_them_says(village: Village, phone: Phone) -> None:
    desk = village.desk(village.supervisor, "C")
    first = desk.write("a", {"@subject": "b", "@area": "C1"})
    desk.write("b", {"@subject": "a"})
    desk.write("after", {"@subject": "b"})
    assert [areas(village, name) for name in ("a", "b", "after")] == [{"C1"}] * 3
    desk.write("a", {"@area": None}, seen=[first])
    assert [areas(village, name) for name in ("a", "b", "after")] == [{""}] * 3
    desk.write("b", {"@area": "C2"})
    assert [areas(village, name) for name in ("a", "b", "after")] == [{"C2"}] * 3


def test_what_is_read_about_a_household_follows_the_household(village: Village, phone: Phone) -> None:
    first = phone.write("r1", {"head": "Ka Brình", "@area": "C1"})
    phone.write("v1", {"income": 1, "@subject": "r1"}, form="visit")
    village.store.refresh_views()
    phone.write("r1", {"head": "Ka Dột"}, seen=[first])
    village.store.refresh_views()
    with village.store.reading() as db:
        view = views.get(db, "v1")
        assert view and view.answers["whose"] == "Ka Dột"
        assert search.find_records(db, "ka dot") and "v1" in search.find_records(db, "DỘT")
        assert search.find_records(db, "brinh") == []


def test_records_about_each_other_have_one_view(village: Village, phone: Phone) -> None:
    subjects = {
        "self": "self",
        "a": "b",
        "b": "a",
        "after": "a",
        "c": "d",
        "d": "e",
        "e": "c",
        "line": "after",
    }
    for record, subject in subjects.items():
        phone.write(record, {"head": f"Name {record}", "@subject": subject, "@area": "C1"})
    village.store.refresh_views()
    for record in ("b", "e", "after"):
        phone.write(record, {"head": f"Another {record}"})
        village.store.refresh_views()
    for record in ("a", "b"):
        phone.write(record, {"head": f"Later {record}"})
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []
    phone.write("e", {"@subject": None})
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []
        assert set(search.find_records(db, "another e")) == {"d", "e"}


def test_of_a_line_of_records_each_reads_the_next_alone(village: Village, phone: Phone) -> None:
    names = [f"n{number}" for number in range(60)]
    for record, subject in itertools.pairwise(names):
        phone.write(record, {"@subject": subject})
    first = phone.write(names[-1], {"head": "Ka Brình", "@area": "C1"})
    village.store.refresh_views()
    with village.store.reading() as db:
        assert set(search.find_records(db, "brinh")) == set(names[-2:])
    phone.write(names[-1], {"head": "Ka Dột"}, seen=[first])
    assert stale(village) == set(names[-2:])
    village.store.refresh_views()
    with village.store.reading() as db:
        assert set(search.find_records(db, "dot")) == set(names[-2:])
        assert list(differences(db)) == []


def test_what_is_read_about_a_duplicate_is_read_of_its_representative(village: Village, phone: Phone) -> None:
    desk = village.desk(village.supervisor, "C")

    def whose() -> object:
        village.store.refresh_views()
        with village.store.reading() as db:
            assert list(differences(db)) == []
            view = views.get(db, "v1")
        return view.answers.get("whose") if view else None

    phone.write("h1", {"@area": "C1", "head": "K'Brình"})
    second = phone.write("h2", {"@area": "C1", "head": "K'Brinh"})
    phone.write("v1", {"@round": "2026", "@subject": "h2"}, form="visit")
    assert whose() == "K'Brinh"
    tie = desk.write("h2", {"@same_as": "h1"}, seen=[second])
    assert whose() == "K'Brình"
    phone.write("h1", {"head": "K'Brình (Tư)"})
    assert whose() == "K'Brình (Tư)"
    desk.write("h2", {"@same_as": None}, seen=[second, tie])
    assert whose() == "K'Brinh"
