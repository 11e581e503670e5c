"""Likely duplicates: found on arrival, with the evidence; tied and taken back; "not the same" remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from server import likely
from server.likely import find_likely
from server.likeness import LIKELY, Member, Traits, evidence, keys, score
from server.refresh import refresh_views
from server.store import areas, erasures, forms, log, views
from server.store import likely as stored
from server.store.areas import Area
from tests.lookalikes import homes, misspelt, written_again
from tests.village import HOUSE, NOW, VISIT, Phone, Village, small_form
from tests.workbooks import question

SCOPE = ["C", "C1", "C2"]
HERE, NEAR_BY, FAR = [12.1, 108.4, 0, 5], [12.1005, 108.4, 0, 5], [12.12, 108.4, 0, 5]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    made = Village(tmp_path / "data")
    house = [
        *HOUSE,
        question("text", "tel", meaning="phone"),
        question("geopoint", "gps", meaning="location"),
    ]
    visit = [
        row | {"meaning": "person_name"} if row["name"] == "name" else row for row in VISIT if "name" in row
    ]
    born = question("integer", "year", meaning="birth")
    place = next(number for number, row in enumerate(visit) if row["name"] == "here")
    visit.insert(place, born)
    visit.insert(place + 2, {"type": "end_repeat"})

    def publish(db: Any) -> None:
        forms.publish(db, small_form(house, form_id="house", version="2", one_per="code"), NOW)
        about = {"subject_form": "house", "one_per": "subject round", "phones": "carry"}
        forms.publish(db, small_form(visit, form_id="visit", version="2", **about), NOW)

    made.store.write(publish)
    yield made
    made.store.close()


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C", village.han)


def house(head: str, area: str = "C1", **more: Any) -> dict[str, Any]:
    return {"@area": area, "head": head, "@status": "submitted"} | more


def found(village: Village) -> dict[frozenset[str], dict[str, int]]:
    """The pairs after everything arrived: kinds of evidence with their figures."""
    refresh_views(village.store)
    find_likely(village.store)
    with village.store.reading() as db:
        return {
            frozenset((pair.a, pair.b)): {each.kind: each.n for each in pair.evidence}
            for pair in likely.pairs(db, SCOPE)
        }


R12 = frozenset(("r1", "r2"))


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("K’Brình", "K'Brinh", "name_marks"),
        ("K’Brình", "K' Brình", "name_typed"),
        ("Cil Múp Ha Thuyên", "Cil Mups Ha Thuyeen", "name_typed"),
        ("Đưng Thị Hương", "DDuwng Thij Huwowng", "name_typed"),
        ("Nguyễn Văn Tuấn", "Nguyen Tuan", "name_left_out"),
        ("Liêng Jrang Ha Poh", "Ha Poh Liêng Jrang", "name_order"),
        ("Rơ Ông Ka Phiên", "Rơ Ông Ka Phiêen", "name_typed"),
        ("Rơ Ông Ka Phiên", "Rơ Ông Ka Phêin", "name_letters"),
        ("Rơ Ông Ka Phiên", "Rơ Ông Ka Phên", "name_letters"),
    ],
)
def test_a_name_is_known_again_however_it_was_typed(
    village: Village, phone: Phone, one: str, other: str, kind: str
) -> None:
    phone.write("r1", house(one))
    phone.write("r2", house(other))
    phone.write("r3", house("Dà Cát Ya Hiêu"))
    pairs = found(village)
    assert pairs.keys() == {R12}
    assert kind in pairs[R12]


def test_brothers_of_one_hamlet_are_no_likely_duplicates(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Ha Si"))
    phone.write("r2", house("Cil Ha Sơ"))
    assert found(village) == {}


def test_the_same_name_elsewhere_needs_more_evidence(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi", tel="0912 345 678"))
    second = phone.write("r2", house("Cil Múp Ha Nhi", "C2"))
    assert found(village) == {}
    phone.write("r2", {"tel": "+84 912.345.678"}, seen=[second])
    assert found(village)[R12].keys() == {"name_same", "phone_same", "hamlet_near"}


def test_distance_and_members_are_part_of_the_evidence(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi", gps=HERE))
    phone.write("r2", house("Liêng Ka Sen", gps=NEAR_BY))
    assert found(village) == {}, "a wife who gives her own name is not known by it"
    people = {"a/name": "Cil Múp Ha Nhi", "a/year": 1980, "b/name": "Liêng Ka Sen", "b/year": 1983,
              "c/name": "Cil Múp Ka Mai", "c/year": 2010}  # fmt: skip
    roster = {f"member/{path}": value for path, value in people.items()}
    for number in (1, 2):
        about = {"@subject": f"r{number}", "@round": "2026"}
        phone.write(f"v{number}", {**about, **roster}, form="visit")
    assert found(village)[R12] == {"members_same": 3, "hamlet_same": 0, "near": 56, "name_differs": 0}


def test_other_people_in_the_roster_speak_against_it(village: Village, phone: Phone) -> None:
    for number, (place, people) in enumerate(((HERE, ("Ka Mai", "Ka Sa")), (FAR, ("Ha Poh", "Ha Si"))), 1):
        phone.write(f"r{number}", house("Nguyễn Văn Hùng", gps=place))
        roster = {f"member/{row}/name": name for row, name in enumerate(people)}
        about = {"@subject": f"r{number}", "@round": "2026"}
        phone.write(f"v{number}", {**about, **roster}, form="visit")
    assert found(village) == {}


def test_a_pair_goes_when_one_is_renamed_deleted_or_tied_and_comes_back(
    village: Village, phone: Phone
) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi"))
    second = phone.write("r2", house("Cil Mup Ha Nhi"))
    desk = village.desk(village.supervisor, "C")
    shown = [second]
    for set_, back in (
        ({"head": "Ya Hiêu"}, {"head": "Cil Mup Ha Nhi"}),
        ({"@deleted": True}, {"@deleted": None}),
        ({"@same_as": "r1"}, {"@same_as": None}),
    ):
        before = found(village)
        assert before.keys() == {R12}, set_
        shown.append(desk.write("r2", set_, seen=shown))
        assert found(village) == {}, set_
        shown.append(desk.write("r2", back, seen=shown))
        assert found(village) == before, set_


def test_what_is_likely_is_never_tied_by_itself(village: Village, phone: Phone) -> None:
    alike = house("Cil Múp Ha Nhi", tel="0912 345 678", gps=[12.1, 108.2, 700, 5])
    ids = [phone.write(record, alike) for record in ("r1", "r2")]
    assert found(village).keys() == {R12}
    refresh_views(village.store)
    with village.store.reading() as db:
        kept = [entry.id for record in ("r1", "r2") for entry in log.entries_of(db, record)]
        shown = [views.get(db, record) for record in ("r1", "r2")]
    assert kept == ids
    assert [(view.same_as, view.representative, view.deleted) for view in shown if view] == [
        ([], None, False)
    ] * 2


def test_not_the_same_holds_until_a_name_phone_or_place_changes(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi"))
    seen = [phone.write("r2", house("Cil Múp Ha Nhi", gps=HERE))]
    assert found(village)

    def say(db: Any) -> bool:
        return likely.say_not_the_same(db, "r2", "r1", village.supervisor, NOW)

    assert village.store.write(say)
    assert found(village) == {}
    with village.store.reading() as db:
        (said,) = likely.not_the_same(db, SCOPE)
    assert (said.a, said.b, said.user, said.at) == ("r1", "r2", village.supervisor, NOW)
    seen.append(phone.write("r2", {"size": 5, "tel": "0912345678", "gps": NEAR_BY}, seen=seen))
    assert found(village) == {}, "what was learnt since, or measured again, is no change"
    seen.append(phone.write("r2", {"tel": "0987654321"}, seen=seen))
    assert found(village) == {}, "the phone was not known when it was said"
    seen.append(phone.write("r2", {"gps": FAR}, seen=seen))
    assert found(village).keys() == {R12}
    with village.store.reading() as db:
        assert likely.not_the_same(db, SCOPE) == []
        (pair,) = likely.pairs(db, SCOPE)
        assert pair.was_said is not None and pair.was_said.user == village.supervisor
    assert village.store.write(say)
    assert found(village) == {}
    assert village.store.write(lambda db: stored.unsay(db, "r1", "r2"))
    assert found(village).keys() == {R12}


def test_erasing_forgets_what_was_compared(village: Village, phone: Phone) -> None:
    first = phone.write("r1", house("Cil Múp Ha Nhi"))
    phone.write("r2", house("Cil Múp Ha Nhi"))
    visit = phone.write(
        "v2", {"@subject": "r2", "@round": "2026", "member/a/name": "Ka Bí Mật"}, form="visit"
    )
    assert found(village)
    village.store.write(lambda db: likely.say_not_the_same(db, "r1", "r2", village.supervisor, NOW))

    def left() -> str:
        with village.store.reading() as db:
            rows = [
                tuple(row)
                for table in ("traits", "not", "pair")
                for row in db.execute(f"SELECT * FROM likely_{table}")
            ]
        return str(rows)

    assert "Bí Mật" in left()
    village.store.write(lambda db: erasures.erase(db, "v2", [visit], "asked", NOW))
    assert "Bí Mật" not in left()
    village.store.write(lambda db: erasures.erase(db, "r1", [first], "asked", NOW))
    assert "r1" not in left()


def test_areas_moved_under_another_commune_are_compared_again(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi", tel="0912345678", gps=HERE))
    phone.write("r2", house("Cil Mup Ha Nhi", "C2", gps=NEAR_BY))
    assert "hamlet_near" in found(village)[R12]
    village.store.write(
        lambda db: areas.load(db, [Area("D", "C", "Xã khác", "commune"), Area("C2", "D", "Thôn 2")])
    )
    assert "hamlet_near" not in found(village).get(R12, {})


def test_a_folder_from_before_is_compared_in_the_background(village: Village, phone: Phone) -> None:
    phone.write("r1", house("Cil Múp Ha Nhi"))
    phone.write("r2", house("Cil Múp Ha Nhi"))
    before = found(village)

    def as_the_migration_leaves_it(db: Any) -> None:
        for table in ("traits", "key", "pair"):
            db.execute(f"DELETE FROM likely_{table}")
        stored.mark_form_due(db, "house")

    village.store.write(as_the_migration_leaves_it)
    assert find_likely(village.store, 1) == 1
    assert found(village) == before


def test_one_change_compares_no_more_than_what_it_touches(village: Village, phone: Phone) -> None:
    for number in range(30):
        phone.write(f"r{number}", house(f"Cil Ha {'abcdefghij'[number % 10]}o{'xyz'[number // 10]}"))
    refresh_views(village.store)
    assert find_likely(village.store) == 30
    phone.write("r3", {"size": 4})
    refresh_views(village.store)
    assert find_likely(village.store) == 1
    assert find_likely(village.store) == 0


def test_most_of_what_was_written_twice_is_found_and_the_likeliest_is_nearly_always_right() -> None:
    """Figures for large sets: `python -m bench.likely`."""
    random = Random(1)
    all_homes = list(homes(400, random))
    known = [home.traits for home in all_homes]
    chosen = random.sample(range(len(known)), 80)
    again = [written_again(all_homes[number], random) for number in chosen]
    pairs = {
        (one, other): points
        for one, mine in enumerate(known)
        for other, theirs in enumerate(again)
        if {*keys(mine)} & {*keys(theirs)} and (points := score(evidence(mine, theirs))) >= LIKELY
    }
    right = {(number, other) for other, number in enumerate(chosen)}
    assert len(pairs.keys() & right) >= 0.85 * len(right)
    best = {pair for pair, points in pairs.items() if points >= 80}
    assert len(best & right) >= 0.9 * len(best) > 0


def test_evidence_does_not_depend_on_which_comes_first() -> None:
    random = Random(2)
    for home in homes(300, random):
        other = written_again(home, random)
        assert evidence(home.traits, other) == evidence(other, home.traits)


def test_any_name_can_be_compared() -> None:
    random = Random(3)
    for name in ("K", "’", "Ô", "12", "x y", "ÀÁ ẢÃ", "阿", "đ Đ", "sfrxj", "Nguyễn  Thị", "'-'"):
        traits = Traits(name=name, phones=["1"], members=[Member("", 1990)], around=["C"])
        assert keys(traits)
        assert 0 <= score(evidence(traits, Traits(name="Ka Sa", areas=["C1"]))) <= 100
    assert misspelt("Ka Sa", random)


def test_a_name_as_long_as_a_change_may_be_takes_no_more_memory_than_a_name() -> None:
    endless = Traits(name="001" * 70_000, around=["C1"])
    assert len(keys(endless)) < 200
    assert evidence(endless, Traits(name="002" * 70_000, around=["C1"]))
