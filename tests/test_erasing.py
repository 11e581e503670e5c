"""A household's wish: every value of it goes, here and on the phones; that it went, and why, stays."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from litestar.testing import TestClient

from schemas.change import change_id
from schemas.identity import record_id
from server.app import build_app
from server.cli.main import thon
from server.config import Config
from server.store import Store, begun_files, erased_list, files, holds, log, rounds, views
from server.verifying import differences
from tests.callers import Caller
from tests.village import NOW, Phone, Village

NAME = "K'Brôih Mnông"
PHOTO = b"a photo of the roof of the household"
PHOTO_NAME = hashlib.sha256(PHOTO).hexdigest()
PHOTO_VALUE = {"sha256": PHOTO_NAME, "name": "roof.jpg", "type": "image/jpeg", "bytes": len(PHOTO)}
HOUSE = record_id("house", ["H-1"])
TWIN = record_id("house", ["H-1b"])
OTHER = record_id("house", ["H-2"])
VISIT = record_id("visit", [HOUSE, "2026"])
TWIN_VISIT = record_id("visit", [TWIN, "2026"])
PAST = record_id("visit", [HOUSE, "2025"])
FACTS: dict[str, Any] = {"form": "visit", "form_version": "1"}
REASON = "asked in person"


def spellings(name: str) -> set[bytes]:
    """As it stands in a file: as written, as search keys, and in JSON that escapes."""
    texts = {name, name.lower(), "kbroih", "mnong", json.dumps(name)[1:-1], "Ka Giấu", "ka giau"}
    return {text.encode() for text in texts}


def left_of(folder: Path) -> list[str]:
    """The files below a folder in whose bytes something of the household is left."""
    return holding(folder, [*spellings(NAME), PHOTO])


def holding(folder: Path, marks: Iterable[bytes]) -> list[str]:
    """The files below a folder that hold one of these."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    )


class Erasing:
    """A village with a household that is registered twice, interviewed twice, photographed, and in parts on
    hold."""

    def __init__(self, folder: Path) -> None:
        self.village = Village(folder)
        self.store = self.village.store
        self.data = folder
        self.store.write(lambda db: self.village.round_opens(db, "2025", 2025))
        self.han = self.village.phone("phone-han", "C1", self.village.han)
        self.lan = self.village.phone("phone-lan", "C1", self.village.lan)
        self.desk = self.village.desk(self.village.supervisor, "C")
        self.houses = self.register()
        self.visits = self.interview()
        self.store.refresh_views()
        self.squeezed = self.views_of_it()
        # Older views leave older pages behind.
        self.han.write(HOUSE, {"size": 7}, seen=self.houses)
        self.store.refresh_views()
        self.store.write(lambda db: rounds.close_round(db, "2025", NOW))
        self.store.refresh_views()
        self.squeezed |= self.views_of_it()

    def register(self) -> list[str]:
        first = self.han.write(HOUSE, {"@area": "C1", "code": "H-1", "head": NAME, "photo": PHOTO_VALUE})
        twin = self.lan.write(TWIN, {"@area": "C1", "code": "H-1b", "head": "Ka Giấu"})
        self.lan.write(OTHER, {"@area": "C1", "code": "H-2", "head": "Ka Lan", "size": 3})
        self.desk.write(TWIN, {"@same_as": HOUSE}, seen=[twin])
        return [first]

    def interview(self) -> list[str]:
        about = {"@subject": HOUSE, "@round": "2026", "income": 4, "member/a/name": NAME}
        wrote = [self.han.write(VISIT, about, **FACTS)]
        wrote.append(self.han.write(PAST, {**about, "@round": "2025"}, **FACTS))
        wrote.append(self.lan.write(TWIN_VISIT, {**about, "@subject": TWIN}, **FACTS))
        held = self.han.body(VISIT, {"member/b/name": NAME, "@status": "approved"}, **FACTS)
        broken = f'{{"about": "{HOUSE}", "head": "{NAME}"'.encode()
        results = self.han.push(held, broken)
        assert [result.result for result in results] == ["held", "held"]
        return [*wrote, change_id(held), change_id(broken)]

    def views_of_it(self) -> set[bytes]:
        """What views keep where no name can be searched for."""
        with self.store.reading() as db:
            return {row[0] for row in db.execute("SELECT kept FROM record WHERE record <> ?", (OTHER,))}

    def erase(self, *arguments: str, answer: str = "") -> Result:
        command = ["erase", *arguments, "--data", str(self.data)]
        return CliRunner().invoke(thon, command, input=answer)

    def erased(self) -> str:
        result = self.erase("H-1", "--reason", REASON, "--yes")
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def verified(self) -> None:
        self.store.refresh_views()
        with self.store.reading() as db:
            assert list(differences(db)) == []


@pytest.fixture
def erasing(tmp_path: Path) -> Iterator[Erasing]:
    made = Erasing(tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture
def app(erasing: Erasing) -> Iterator[TestClient[Any]]:
    with TestClient(build_app(Config(data_dir=erasing.data), erasing.store)) as client:
        yield client


def keep_photo(app: TestClient[Any], phone: Phone) -> int:
    headers = {"Authorization": f"Bearer {phone.token}"}
    return app.put(f"/api/files/{PHOTO_NAME}", content=PHOTO, headers=headers).status_code


def test_no_byte_of_an_erased_household_is_left_in_the_data_folder(
    erasing: Erasing, app: TestClient[Any]
) -> None:
    assert keep_photo(app, erasing.han) == 201
    assert {"thon.db-wal"} < set(left_of(erasing.data)), "there is something to find"
    assert len(erasing.squeezed) > 5 and all(holding(erasing.data, [each]) for each in erasing.squeezed)
    printed = erasing.erased()
    assert left_of(erasing.data) == []
    assert holding(erasing.data, erasing.squeezed) == []
    assert not files.path_of(erasing.store.files_dir, PHOTO_NAME).exists()
    erasing.verified()
    erasing.store.close()
    Store.open(erasing.data).close()
    assert left_of(erasing.data) == []
    assert "2 Sổ hộ" in printed or "2 house" in printed, printed
    assert NAME not in printed and REASON in printed


def test_what_stays_is_a_proof_without_content(erasing: Erasing) -> None:
    ids = {*erasing.houses, *erasing.visits}
    erasing.erased()
    with erasing.store.reading() as db:
        rows = db.execute("SELECT id, body FROM log WHERE record IN (?, ?)", (HOUSE, VISIT)).fetchall()
    assert ids & {row[0] for row in rows} and all(row[1] == b"" for row in rows), "positions and ids stay"
    listed = erased_list.read(erasing.data)
    assert {line.record for line in listed if not line.id} == {HOUSE, TWIN, VISIT, TWIN_VISIT, PAST}
    assert ids <= {line.id for line in listed}
    assert {line.reason for line in listed} == {REASON}
    verified = CliRunner().invoke(thon, ["verify", "--data", str(erasing.data)])
    assert verified.exit_code == 0 and "and 5 records erased: 0 differences." in verified.output


def test_lists_search_and_queues_no_longer_show_it(erasing: Erasing) -> None:
    erasing.erased()
    erasing.store.refresh_views()
    with erasing.store.reading() as db:
        assert views.everything(db) == [OTHER]
        assert db.execute("SELECT record FROM record_search").fetchall()[0][0] == OTHER
        assert holds.waiting(db) == []
        kept = views.get(db, OTHER)
    assert kept is not None and kept.answers["size"] == 3


def test_phones_are_told_and_given_nothing_of_it(erasing: Erasing, app: TestClient[Any]) -> None:
    knew, fresh = Caller(app, erasing.lan), Caller(app, erasing.lan)
    before = knew.pull()
    assert {HOUSE} < {json.loads(change["body"])["record"] for change in before["changes"]}
    assert [carried["record"] for carried in before["carried"]] == [PAST]
    erasing.erased()
    told = knew.pull()
    assert {change["id"] for change in before["changes"] if OTHER not in change["body"]} <= set(
        told["erased"]
    )
    assert {HOUSE, TWIN, VISIT, TWIN_VISIT, PAST} == set(told["forget"])
    first = fresh.pull()
    assert {json.loads(change["body"])["record"] for change in first["changes"]} == {OTHER}
    assert first["carried"] == []


def test_what_was_erased_and_comes_again_is_a_duplicate(erasing: Erasing) -> None:
    body = erasing.han.body(HOUSE, {"head": NAME}, seen=erasing.houses)
    (before,) = erasing.han.push(body)
    erasing.erased()
    (again,) = erasing.han.push(body)
    assert (again.result, again.pos, again.mac) == ("duplicate", before.pos, before.mac)
    assert left_of(erasing.data) == []


def late_bodies(phone: Phone) -> list[bytes]:
    """What a phone brings that had not heard: of the household, of an interview, of a new one, of one about
    that, and something that it may not write."""
    new = record_id("visit", [HOUSE, "2027"])
    about_new = record_id("visit", [new, "2027"])
    return [
        phone.body(HOUSE, {"head": NAME, "@area": "C1"}),
        phone.body(VISIT, {"member/c/name": NAME}, **FACTS),
        phone.body(about_new, {"@subject": new, "member/c/name": NAME}, **FACTS),
        phone.body(new, {"member/c/name": NAME}, **FACTS),
        phone.body(new, {"@subject": HOUSE, "member/d/name": NAME}, **FACTS),
        phone.body(HOUSE, {"head": NAME, "@status": "approved"}),
    ]


def test_a_late_phone_does_not_bring_it_back(erasing: Erasing, app: TestClient[Any]) -> None:
    caller = Caller(app, erasing.han)
    caller.pull()
    bodies = late_bodies(erasing.han)
    erasing.erased()
    results = [result.result for result in erasing.han.push(*bodies)]
    assert results == ["stored"] * 5 + ["held"]
    assert [result.result for result in erasing.han.push(*bodies)] == ["duplicate"] * 5 + ["held"]
    erasing.verified()
    with erasing.store.reading() as db:
        assert views.everything(db) == [OTHER] and holds.waiting(db) == []
        assert len(erased_list.read(erasing.data)) == len(erased_list.everything(db))
    told = caller.pull()
    assert {change_id(body) for body in bodies} <= set(told["erased"]) and told["changes"] == []
    assert keep_photo(app, erasing.han) == 201
    assert not files.path_of(erasing.store.files_dir, PHOTO_NAME).exists()
    erasing.store.scrub()
    assert left_of(erasing.data) == []


def test_of_bytes_that_are_no_change_and_name_it_nothing_stays_either(erasing: Erasing) -> None:
    erasing.erased()
    newer = erasing.han.body(HOUSE, {"head": NAME}).replace(b'{"v":1', b'{"v":2')
    broken = f'{{"about": "{HOUSE}", "head": "{NAME}", '.encode()
    other = erasing.han.body(OTHER, {"head": "Ka Lan"}).replace(b'{"v":1', b'{"v":2')
    for _ in range(2):
        results = erasing.han.push(newer, broken, other)
        assert [result.result for result in results] == ["held"] * 3
    erasing.verified()
    with erasing.store.reading() as db:
        assert [hold.body for hold in holds.waiting(db)] == [other]
        assert {change_id(newer), change_id(broken)} <= {line.id for line in erased_list.everything(db)}
    erasing.store.scrub()
    assert left_of(erasing.data) == []


def test_of_a_photo_that_was_half_way_nothing_stays_and_nothing_more_is_asked_for(
    erasing: Erasing, app: TestClient[Any]
) -> None:
    said = f"sha256 {base64.b64encode(PHOTO_NAME.encode()).decode()}"
    headers = {"Authorization": f"Bearer {erasing.han.token}", "Tus-Resumable": "1.0.0"}

    def begin() -> Any:
        announced = {"Upload-Length": str(len(PHOTO)), "Upload-Metadata": said}
        return app.post("/api/tus", headers=headers | announced).headers

    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert app.patch(begin()["location"], content=PHOTO[:-1], headers=headers | piece).status_code == 204
    assert holding(erasing.data, [PHOTO[:-1]])
    erasing.erased()
    assert not holding(erasing.data, [PHOTO[:-1]])
    assert begin()["upload-offset"] == str(len(PHOTO))
    assert begun_files.names(erasing.store.files_dir) == set()


def test_of_an_erased_photo_nothing_stays_where_a_kill_hid_that_it_came_again(erasing: Erasing) -> None:
    erasing.erased()
    # It was given its name, and the server died; of another only a piece came.
    path = files.path_of(erasing.store.files_dir, PHOTO_NAME)
    begun = begun_files.path_of(erasing.store.files_dir, PHOTO_NAME, len(PHOTO), "phone-han")
    for each in (path, begun):
        each.parent.mkdir(exist_ok=True)
        each.write_bytes(PHOTO)
    with TestClient(build_app(Config(data_dir=erasing.data), erasing.store)):
        assert holding(erasing.data, [PHOTO]) == []


@pytest.mark.parametrize("comes_late", [False, True])
def test_a_photo_that_only_a_change_on_hold_names_goes_too(
    erasing: Erasing, app: TestClient[Any], comes_late: bool
) -> None:
    photo = b"the same roof on another day"
    name = hashlib.sha256(photo).hexdigest()
    said = {"photo": PHOTO_VALUE | {"sha256": name, "bytes": len(photo)}, "@status": "approved"}
    (held,) = erasing.han.push(erasing.han.body(HOUSE, said, seen=erasing.houses))
    assert held.result == "held"

    def put() -> None:
        headers = {"Authorization": f"Bearer {erasing.han.token}"}
        assert app.put(f"/api/files/{name}", content=photo, headers=headers).status_code == 201

    if not comes_late:
        put()
        assert holding(erasing.data, [photo])
    erasing.erased()
    if comes_late:
        put()
    assert holding(erasing.data, [photo]) == []


def test_a_record_that_is_moved_to_an_erased_household_keeps_its_own(erasing: Erasing) -> None:
    visit = record_id("visit", [OTHER, "2026"])
    first = erasing.lan.write(visit, {"@subject": OTHER, "@round": "2026", "income": 8}, **FACTS)
    erasing.erased()
    moved = erasing.lan.write(visit, {"@subject": HOUSE, "member/z/name": NAME}, **FACTS)
    erasing.verified()
    with erasing.store.reading() as db:
        view = views.get(db, visit)
        bodies = {entry.id: bytes(entry.body) for entry in log.entries_of(db, visit)}
    assert view is not None and view.subject == OTHER and view.answers["income"] == 8
    assert bodies[first] and bodies[moved] == b""


def test_an_interview_that_is_moved_to_an_erased_household_goes_with_it(erasing: Erasing) -> None:
    visit = record_id("visit", [OTHER, "2026"])
    first = erasing.lan.write(visit, {"@subject": OTHER, "@round": "2026", "income": 8}, **FACTS)
    erasing.erased()
    erasing.lan.write(visit, {"@subject": HOUSE}, seen=[first], **FACTS)
    erasing.verified()
    with erasing.store.reading() as db:
        assert views.everything(db) == [OTHER]


def test_the_command_says_what_goes_and_asks(erasing: Erasing) -> None:
    asked = erasing.erase("H-1", "--reason", REASON, answer="n\n")
    assert asked.exit_code == 1 and NAME in asked.output and "Ka Giấu" in asked.output, asked.output
    assert "Erased" not in asked.output
    agreed = erasing.erase(HOUSE, "--reason", REASON, answer="y\n")
    assert agreed.exit_code == 0 and "Erased" in agreed.output
    again = erasing.erase(HOUSE, "--reason", REASON, "--yes")
    assert again.exit_code == 1 and "was erased already" in again.output


def test_the_command_refuses_in_one_sentence(erasing: Erasing, tmp_path: Path) -> None:
    unknown = erasing.erase("H-9", "--reason", REASON, "--yes")
    assert unknown.exit_code == 1 and "no household code H-9" in unknown.output
    named = erasing.erase("H-1", "--reason", f"Ông {NAME} muốn vậy", "--yes")
    assert named.exit_code == 1 and "which is to be erased" in named.output
    assert erasing.erase("H-1", "--yes").exit_code == 2
    erasing.lan.write(record_id("house", ["x"]), {"@area": "C1", "code": "H-1", "head": "Ka Khác"})
    both = erasing.erase("H-1", "--reason", REASON, "--yes")
    assert both.exit_code == 1 and HOUSE in both.output and "Several" in both.output
    command = ["erase", "H-1", "--reason", "x", "--data", str(tmp_path / "no")]
    assert "no Thôn data" in CliRunner().invoke(thon, command).output


def test_who_perhaps_is_about_it_stays_and_is_named(erasing: Erasing) -> None:
    visit = record_id("visit", [OTHER, "2026"])
    erasing.han.write(visit, {"@subject": HOUSE, "@round": "2026"}, at=NOW, **FACTS)
    erasing.lan.write(visit, {"@subject": OTHER, "income": 3}, at=NOW + 10**6, **FACTS)
    assert visit in erasing.erased()
    with erasing.store.reading() as db:
        assert visit in views.everything(db)


def test_what_was_erased_stands_for_no_other_record(erasing: Erasing) -> None:
    erasing.erased()
    tied = {"@same_as": "v1", "@area": "C1", "income": 1}
    erasing.desk.write("v2", tied, **FACTS)
    erasing.store.refresh_views()
    with erasing.store.reading() as db:
        assert views.stands_for(db, "v2") == "v1"
    erasing.desk.push(erasing.desk.body("v1", {"@subject": HOUSE}, **FACTS))
    erasing.verified()
    with erasing.store.reading() as db:
        assert views.stands_for(db, "v2") == "v2"


# A table either holds nothing of a household, or is one that erasing empties: a new one must say which.
CONTENT_FREE = {
    "setting", "epoch", "log", "hold", "erased", "erased_whole", "erased_file", "record_stay", "area",
    "form", "round", "round_form", "user", "user_link", "device", "device_area", "device_user", "invite",
    "session", "audit", "migration", "likely_due", "put_back", "put_back_read", "came_back", "packing",
    "layout", "form_file",
}  # fmt: skip
ERASED = {"record", "record_search", "file", "file_holder", "file_naming", "refusal",
          "likely_traits", "likely_key", "likely_pair", "likely_not"}  # fmt: skip


def test_every_table_is_known_to_erasing(erasing: Erasing) -> None:
    with sqlite3.connect(erasing.data / "thon.db") as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    names = {name for name in names if not name.startswith(("record_search_", "sqlite_"))}
    assert names == CONTENT_FREE | ERASED
