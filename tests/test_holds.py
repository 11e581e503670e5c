"""Accept everything, refuse nothing: what is stored, what is put on hold and why, and what becomes of it."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from schemas.change import change_id
from schemas.wire import SentReceipt
from server.intake import Offered, discard, release
from server.store import devices, forms, holds, keys, log, stays, users
from tests.village import HOUSE, NOW, Phone, Village, small_form


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C1", village.han)


def reason(phone: Phone, body: bytes) -> str | None:
    (result,) = phone.push(body)
    assert result.result == "held", result
    assert phone.push(body)[0].result == "held", "a retry is answered held while on hold"
    return result.reason


def test_a_change_in_order_is_stored_and_the_same_bytes_are_a_duplicate(
    village: Village, phone: Phone
) -> None:
    body = phone.body("r1", {"head": "K’Brình", "@area": "C1"})
    stored, again = phone.push(body, body)
    assert (stored.result, again.result) == ("stored", "duplicate")
    assert (stored.pos, stored.at, stored.role, stored.mac) == (again.pos, again.at, again.role, again.mac)
    assert stored.role == "interviewer"
    with village.store.reading() as db:
        assert bytes(log.entries_of(db, "r1")[0].body) == body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"not a change", "not_a_change"),
        (b'{"v":1}', "not_a_change"),
        (b"\xff\xfe", "not_a_change"),
        (b'{"v":2,"record":"r","anything":"new"}', "newer_format"),
    ],
)
def test_bytes_that_are_no_change_are_kept_on_hold(phone: Phone, body: bytes, expected: str) -> None:
    assert reason(phone, body) == expected


@pytest.mark.parametrize(
    ("values", "header", "expected"),
    [
        ({"head": "A"}, {"form": "nowhere"}, "unknown_form"),
        ({"head": "A"}, {"form_version": "99"}, "unknown_version"),
        ({"head": "A"}, {"author": "u-somebody"}, "author_not_enrolled"),
        ({"@status": "approved"}, {}, "role"),
        ({"@status": "returned"}, {}, "role"),
        ({"@same_as": "other"}, {}, "role"),
        ({"head": "A", "@area": "C2"}, {}, "area"),
        ({"head": "A", "@area": "nowhere"}, {}, "area"),
        ({"head": "A", "@area": 7}, {}, "area"),
        ({"head": "A"}, {"device": "another-phone"}, "courier"),
        ({"head": "A"}, {"device": "cli", "author": "system"}, "courier"),
    ],
)
def test_what_a_device_may_not_write_is_put_on_hold(
    phone: Phone, values: dict[str, Any], header: dict[str, Any], expected: str
) -> None:
    assert reason(phone, phone.body("r1", values, **header)) == expected


def test_bad_changes_do_not_stop_their_neighbours(phone: Phone) -> None:
    results = phone.push(b"bad", phone.body("r1", {"head": "A"}), b"{}", phone.body("r2", {"head": "B"}))
    assert [result.result for result in results] == ["held", "stored", "held", "stored"]


def test_a_record_under_another_form_is_put_on_hold(phone: Phone) -> None:
    phone.write("r1", {"head": "A"})
    assert reason(phone, phone.body("r1", {"income": 3}, form="visit")) == "other_form"


def test_a_record_that_never_lay_in_the_areas_is_not_taken_over(village: Village, phone: Phone) -> None:
    other = village.phone("phone-2", "C2", village.lan)
    other.write("r1", {"head": "A", "@area": "C2"})
    assert reason(phone, phone.body("r1", {"head": "B"})) == "area"
    assert reason(phone, phone.body("r1", {"@area": "C1"})) == "area"
    visit = phone.body("v1", {"income": 1, "@subject": "r1"}, form="visit")
    assert reason(phone, visit) == "area"


def test_a_record_that_moved_away_may_still_be_written_by_who_had_it(village: Village, phone: Phone) -> None:
    first = phone.write("r1", {"head": "A", "@area": "C1"})
    village.desk(village.supervisor, "C").write("r1", {"@area": "C2"}, seen=[first])
    with village.store.reading() as db:
        assert stays.areas_of(db, "r1") == {"C2"}
    phone.write("r1", {"size": 4}, seen=[first])


def test_later_changes_may_arrive_before_the_first(village: Village, phone: Phone) -> None:
    first = phone.body("r1", {"head": "A", "@area": "C1"})
    second = phone.body("r1", {"size": 2}, seen=[change_id(first)])
    assert [result.result for result in phone.push(second, first)] == ["stored", "stored"]
    with village.store.reading() as db:
        assert stays.areas_of(db, "r1") == {"C1"}


def test_a_supervisor_may_approve_and_a_viewer_may_write_nothing(village: Village, phone: Phone) -> None:
    first = phone.write("r1", {"head": "A", "@area": "C1"})
    village.desk(village.supervisor, "C").write("r1", {"@status": "approved"}, seen=[first])
    viewer = village.desk(village.viewer, "C")
    assert reason(viewer, viewer.body("r1", {"head": "B"}, seen=[first])) == "role"


def test_everything_from_a_revoked_phone_is_put_on_hold(village: Village, phone: Phone) -> None:
    known = phone.body("r1", {"head": "A"})
    phone.push(known)
    village.store.write(lambda db: devices.revoke(db, phone.device, NOW))
    assert reason(phone, phone.body("r2", {"head": "B"})) == "device_revoked"
    assert phone.push(known)[0].result == "duplicate"


def test_a_disabled_person_writes_no_more(village: Village, phone: Phone) -> None:
    village.store.write(lambda db: users.disable(db, village.han))
    assert reason(phone, phone.body("r1", {"head": "A"})) == "author_not_enrolled"


def test_the_clock_of_a_phone_is_capped_not_refused(phone: Phone) -> None:
    results = phone.push(
        phone.body("r1", {"head": "A"}, at=NOW + 10**12), phone.body("r2", {"head": "B"}, at=-5)
    )
    assert [(result.result, result.at) for result in results] == [("stored", NOW + 600_000), ("stored", -5)]


def test_a_courier_brings_a_receipt_or_a_signature(village: Village, phone: Phone) -> None:
    courier = village.phone("phone-2", "C2", village.lan)
    with village.store.reading() as db:
        device = devices.get(db, phone.device)
    assert device is not None
    body = phone.body("r1", {"head": "A", "@area": "C1"})
    sig = keys.encode(hmac.new(keys.decode(device.device_key), body, hashlib.sha256).digest())
    assert courier.offer(Offered(body, sig=sig[:-3] + "AAA"))[0].reason == "courier"
    other = phone.body("r1", {"size": 1})
    signed = keys.encode(hmac.new(keys.decode(device.device_key), other, hashlib.sha256).digest())
    assert courier.offer(Offered(other, sig=signed))[0].result == "stored"


def test_what_somebody_else_claims_to_bring_says_nothing_of_a_phone(village: Village, phone: Phone) -> None:
    phone.write("r1", {"head": "A", "@area": "C1"})
    courier = village.phone("phone-2", "C2", village.lan)
    forged = phone.body("r1", {"head": "B"}).replace(b'"seq":2', b'"seq":9007199254740991')
    assert courier.push(forged)[0].reason == "courier"
    village.store.write(lambda db: devices.revoke(db, courier.device, NOW))
    assert courier.push(forged.replace(b'"B"', b'"C"'))[0].reason == "device_revoked"
    with village.store.reading() as db:
        assert log.max_seq(db, phone.device) == 1, "no phone may make another one believe that it was cloned"


def test_what_a_phone_says_in_the_name_of_the_commands_has_no_role(village: Village, phone: Phone) -> None:
    (held,) = phone.push(phone.body("r1", {"code": "1"}, device="cli", author="system"))
    assert held.reason == "courier"
    assert release(village.store, held.id, village.supervisor, NOW) is None
    with village.store.reading() as db:
        assert log.entries_of(db, "r1")[0].receipt.role == "interviewer"


def test_a_long_line_of_records_moves_with_the_first(village: Village, phone: Phone) -> None:
    first = phone.write("n0", {"head": "0", "@area": "C1"})
    bodies = [phone.body(f"n{i}", {"@subject": f"n{i - 1}"}) for i in range(1, 1200)]
    assert {result.result for result in phone.push(*bodies)} == {"stored"}
    village.desk(village.supervisor, "C").write("n0", {"@area": "C2"}, seen=[first])
    with village.store.reading() as db:
        assert stays.areas_of(db, "n1199") == {"C2"}


def test_a_signed_change_is_still_judged_by_its_own_device(village: Village, phone: Phone) -> None:
    courier = village.phone("phone-2", "C", village.supervisor)
    with village.store.reading() as db:
        device = devices.get(db, phone.device)
    assert device is not None
    body = phone.body("r1", {"@status": "approved"})
    sig = hmac.new(keys.decode(device.device_key), body, hashlib.sha256).hexdigest()
    assert courier.offer(Offered(body, sig=sig))[0].reason == "role"


def test_a_receipt_keeps_at_and_role_on_a_server_that_was_put_back(village: Village, tmp_path: Path) -> None:
    phone = village.phone("phone-1", "C", village.supervisor)
    body = phone.body("r1", {"@status": "approved", "@area": "C1"})
    (stored,) = phone.push(body)
    village.store.write(lambda db: db.execute("DELETE FROM log"))
    village.store.write(lambda db: db.execute("DELETE FROM record"))
    village.store.write(
        lambda db: db.execute("UPDATE user SET role = 'viewer' WHERE id = ?", (village.supervisor,))
    )
    courier = village.phone("phone-2", "C2", village.lan)
    assert stored.pos and stored.at and stored.role and stored.mac
    forged = SentReceipt(stored.pos, stored.at - 1, stored.role, stored.mac)
    assert courier.offer(Offered(body + b" ", receipt=forged))[0].reason == "courier"
    receipt = SentReceipt(stored.pos, stored.at, stored.role, stored.mac)
    (again,) = courier.offer(Offered(body, receipt=receipt), now=NOW + 10**9)
    assert (again.result, again.at, again.role) == ("stored", stored.at, "supervisor")


def test_a_release_applies_the_change_as_when_it_came(village: Village, phone: Phone) -> None:
    body = phone.body("r1", {"head": "A", "@area": "C2"})
    (held,) = phone.push(body)
    assert release(village.store, held.id, village.supervisor, NOW + 10**9) is None
    (again,) = phone.push(body, now=NOW + 10**9)
    assert again.result == "duplicate" and again.at is not None and again.at <= NOW + 600_000
    assert again.pos is not None and held.pos is not None and again.pos > held.pos
    assert release(village.store, held.id, village.supervisor, NOW) == "This change is not on hold."
    with village.store.reading() as db:
        assert holds.decided_between(db, [phone.device], held.pos, again.pos) == ([held.id], [])


def test_a_discarded_change_is_never_applied(village: Village, phone: Phone) -> None:
    body = phone.body("r1", {"@status": "approved"})
    (held,) = phone.push(body)
    assert discard(village.store, held.id, village.supervisor, NOW) is None
    again = phone.push(body)[0]
    assert (again.result, again.reason) == ("held", "discarded")
    with village.store.reading() as db:
        assert log.entries_of(db, "r1") == []
        assert holds.decided_between(db, [phone.device], 0, log.top_position(db)) == ([], [held.id])


def test_bytes_that_are_no_change_can_only_be_discarded(village: Village, phone: Phone) -> None:
    (held,) = phone.push(b"\xff")
    assert "can only be discarded" in str(release(village.store, held.id, village.supervisor, NOW))


def test_a_change_of_an_unpublished_form_waits_until_it_is_published(village: Village, phone: Phone) -> None:
    (held,) = phone.push(phone.body("r9", {"head": "A"}, form_version="2"))
    assert "not published" in str(release(village.store, held.id, village.supervisor, NOW))
    newer = small_form(HOUSE, form_id="house", version="2", one_per="code")
    village.store.write(lambda db: forms.publish(db, newer, NOW))
    assert release(village.store, held.id, village.supervisor, NOW) is None


def test_a_new_device_id_carries_what_the_old_one_wrote(village: Village, phone: Phone) -> None:
    renewed = village.store.write(lambda db: devices.renew(db, phone.device, "phone-1b", "", NOW))
    assert not isinstance(renewed, str)
    after = Phone(village, "phone-1b", village.han, renewed.token)
    assert after.push(phone.body("r1", {"head": "A"}))[0].result == "stored"
    assert phone.push(after.body("r1", {"size": 2}))[0].reason == "courier"


def test_law_23_a_device_that_is_revoked_gets_no_new_id(village: Village, phone: Phone) -> None:
    village.store.write(lambda db: devices.revoke(db, phone.device, NOW))
    assert village.store.write(lambda db: devices.renew(db, phone.device, "phone-1b", "", NOW)) == "revoked"
    with village.store.reading() as db:
        assert devices.get(db, "phone-1b") is None


def test_who_is_only_said_to_be_the_author_lends_a_released_change_no_role(
    village: Village, phone: Phone
) -> None:
    body = phone.body("r1", {"@area": "C1", "head": "A"}, author=village.supervisor)
    assert reason(phone, body) == "author_not_enrolled"
    assert release(village.store, change_id(body), village.supervisor, NOW) is None
    with village.store.reading() as db:
        assert log.entries_of(db, "r1")[0].receipt.role == "interviewer"


def test_who_may_push_is_asked_again_once_it_changes(village: Village, phone: Phone) -> None:
    first, second, third = (phone.body(f"r{number}", {"head": "A", "@area": "C1"}) for number in range(3))
    assert phone.push(first)[0].result == "stored"
    village.store.write(lambda db: users.disable(db, phone.author))
    assert phone.push(second)[0].reason == "author_not_enrolled"
    village.store.write(lambda db: devices.revoke(db, phone.device, 1))
    assert phone.push(third)[0].reason == "device_revoked"
