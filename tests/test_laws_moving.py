"""The laws of sync where few steps must come in one order: records that move, releases, copies, positions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.intake import release
from server.store import Store, holds
from tests.field import HOUSES, Log, Supervised
from tests.phone_model import PhoneModel
from tests.village import NOW

EXAMPLES = settings(max_examples=25)
few = st.integers(1, 3)


class Watching(Supervised):
    """Looks at a phone whenever its cursor has come to the end."""

    def reached(self, phone: PhoneModel) -> None:
        whole, carried = Log(self.server.store).given(self.scope_of(phone))
        assert whole <= {name for name, kept in phone.kept.items() if kept.state == "confirmed"}
        assert phone.carried == carried


@EXAMPLES
@given(few, few, few, st.booleans())
def test_law_17_a_record_that_comes_into_the_areas_brings_its_history(
    saves: int, size: int, limit: int, is_shown: bool
) -> None:
    field = moved(saves, size, limit, is_shown)
    field.sync_whole(field.phones["phone-2"], size, limit)
    field.teardown()


@EXAMPLES
@given(few, few, few)
def test_law_21_a_record_that_moves_reaches_the_other_area_whole_and_leaves_the_first(
    saves: int, size: int, limit: int
) -> None:
    field = moved(saves, size, limit, is_shown=True)
    one, two = field.phones["phone-1"], field.phones["phone-2"]
    there = {name for name, (_, change) in Log(field.server.store).changes.items()}
    for phone in (one, two):
        phone.sync(size, limit)
    assert there == set(two.kept), "whole, with the interviews about it"
    assert one.shown(HOUSES[0]) == {} and one.kept == {}
    field.teardown()


def moved(saves: int, size: int, limit: int, is_shown: bool) -> Watching:
    """A household of C1 and its interview, that every phone was told of, now lie in C2."""
    field = Watching()
    for number in range(saves):
        field.write_household("phone-1", HOUSES[0], number, 0)
        field.write_interview("phone-1", HOUSES[0], "2026", number)
    for name in ("phone-1", "phone-2"):
        field.sync_whole(field.phones[name], size, limit)
    field.move_household(HOUSES[0], "C2", is_shown)
    return field


@EXAMPLES
@given(st.lists(st.booleans(), min_size=1, max_size=4), few)
def test_law_17_carried_answers_are_given_again_when_they_change(is_late: list[bool], limit: int) -> None:
    field = Watching()
    one, three = field.phones["phone-1"], field.phones["phone-3"]
    field.write_household("phone-1", HOUSES[0], 1, 0)
    field.write_interview("phone-1", HOUSES[0], "2025", 0)
    one.push(9)
    field.turn_round("2025", False)
    for number, waits in enumerate(is_late, 1):
        field.sync_whole(three, 9, limit)
        field.write_interview("phone-1", HOUSES[0], "2025", number)
        if not waits:
            one.push(9)
    field.sync_whole(three, 9, limit)
    field.teardown()


@EXAMPLES
@given(few, st.booleans())
def test_law_17_a_release_reaches_devices_that_had_passed_the_hold(limit: int, is_late: bool) -> None:
    field = Watching()
    one, three = field.phones["phone-1"], field.phones["phone-3"]
    field.write_household("phone-1", HOUSES[0], 1, 0)
    one.push(9)
    name = one.write(HOUSES[0], "house", {"@area": "C2"})
    one.push(9)
    field.write_household("phone-3", HOUSES[1], 1, 0)
    for phone in (three, one):
        phone.sync(9, limit)
    assert one.kept[name].state == "held" and name not in three.kept
    with field.server.store.reading() as db:
        (hold,) = holds.waiting(db)
    one.drafts.add(HOUSES[0])
    assert release(field.server.store, hold.id, field.server.people["desk"], NOW) is None
    for phone in (three, one):
        if is_late:
            phone.pull(1)
        phone.sync(9, limit)
    assert three.kept[name].state == "confirmed"
    assert one.kept[name].state == "confirmed", "it is told, though the record left its areas"
    field.teardown()


@EXAMPLES
@given(few)
def test_law_17_a_new_area_is_given_from_the_start(limit: int) -> None:
    field = Watching()
    field.write_household("phone-2", HOUSES[0], 1, 0)
    field.write_household("phone-2", HOUSES[0], 2, 0)
    field.phones["phone-2"].push(9)
    one = field.phones["phone-1"]
    field.sync_whole(one, 9, limit)
    field.change_areas("phone-1", ["C1", "C2"])
    field.sync_whole(one, 9, limit)
    field.teardown()


@EXAMPLES
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=10), few)
def test_law_17_a_reader_that_saw_a_position_has_seen_every_one_below(
    steps: list[tuple[bool, bool]], limit: int
) -> None:
    """A server and a command have the folder open, and each commits when it likes."""
    field = Watching()
    command = Store.open(field.server.folder / "data")
    server, three = field.server.store, field.phones["phone-3"]
    for number, (is_by_command, is_read) in enumerate(steps):
        field.write_household("phone-1", HOUSES[number % 2], number, 0)
        field.server.store = command if is_by_command else server
        field.phones["phone-1"].push(9)
        field.server.store = server
        if is_read:
            field.sync_whole(three, 9, limit)
    command.close()
    field.sync_whole(three, 9, limit)
    field.teardown()


@EXAMPLES
@given(few, few)
def test_law_20_what_a_copy_wrote_before_it_took_an_id_of_its_own_is_taken(saves: int, limit: int) -> None:
    field = Watching()
    one = field.phones["phone-1"]
    field.write_household("phone-1", HOUSES[0], 0, 0)
    one.sync(9, limit)
    copy = field.phones["copy-1"] = one.copied()
    # The answer to the copy's first push names a `seq` that it never made.
    for number in range(saves + 1):
        field.write_household("phone-1", HOUSES[0], number, 0)
    for number in range(saves):
        field.write_household("copy-1", HOUSES[0], 5 + number, 0)
    one.push(9)
    copy.sync(1, limit)
    assert copy.device != one.device
    now = Log(field.server.store)
    assert now.on_hold == {} and set(field.written) <= set(now.changes)
    field.teardown()
