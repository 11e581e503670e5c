"""A backup is whole or refused, and put back so that nothing is lost and nothing erased returns."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.change import change_id
from schemas.identity import record_id
from schemas.wire import SentReceipt
from server.app import begin
from server.cli.main import thon
from server.config import now_ms
from server.intake import Offered
from server.store import (
    DATABASE_NAME,
    Store,
    devices,
    epochs,
    erased_list,
    files,
    log,
    put_back,
    users,
    views,
)
from server.store.backup import write_backup
from server.store.serving_lock import serving
from server.verifying import differences
from tests.test_erasing import FACTS, HOUSE, NAME, OTHER, PHOTO, PHOTO_NAME, Erasing, left_of


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(thon, [str(argument) for argument in arguments])


class Kept:
    """A village, a backup of it, and what happened since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.erasing = Erasing(folder / "data")
        self.store = self.erasing.store
        self.data = folder / "data"
        self.store.write(lambda db: epochs.begin(db, now_ms()))
        assert files.keep(self.store.files_dir, PHOTO_NAME, PHOTO)
        note = (PHOTO_NAME, len(PHOTO), "image/jpeg")
        self.store.write(lambda db: files.note(db, *note, device="phone-han", now_ms=now_ms()))
        self.file = folder / "backup.tar"
        self.ok("backup", self.file, "--data", self.data)

    def ok(self, *arguments: str | Path) -> str:
        result = run(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def restored(self, data: Path | None = None) -> Store:
        self.store.close()
        self.printed = self.ok("restore", self.file, "--data", data or self.data)
        return Store.open(data or self.data)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()


def test_a_backup_is_put_back_into_an_empty_folder(kept: Kept) -> None:
    with kept.store.reading() as db:
        before = db.execute("SELECT * FROM log").fetchall()
        epoch, top = epochs.newest(db), log.top_position(db)
    kept.erasing.lan.write(OTHER, {"size": 9})
    with kept.store.reading() as db:
        lost = log.top_position(db)
    store = kept.restored(kept.folder / "elsewhere" / "data")
    store.refresh_views()
    with store.reading() as db:
        assert [tuple(row) for row in db.execute("SELECT * FROM log")] == [tuple(row) for row in before]
        assert list(differences(db)) == []
        assert epochs.newest(db) != epoch and epochs.has_changed(db, epoch, lost)
        assert not epochs.has_changed(db, epoch, top), "who knows no more than the backup need not start over"
    assert files.path_of(store.files_dir, PHOTO_NAME).read_bytes() == PHOTO
    assert "kept in" not in kept.printed and "as of" in kept.printed
    store.close()


def test_the_former_database_is_kept_aside(kept: Kept) -> None:
    late = kept.erasing.lan.write(OTHER, {"size": 9})
    store = kept.restored()
    with store.reading() as db:
        assert late not in {entry.id for entry in log.entries_of(db, OTHER)}
    store.close()
    (aside,) = kept.data.glob("before-restore-*")
    assert f"kept in {aside}" in kept.printed
    former = Store.open(aside)
    with former.reading() as db:
        assert late in {entry.id for entry in log.entries_of(db, OTHER)}
    former.close()
    assert sorted(path.name for path in kept.data.iterdir() if path.name.startswith(".")) == []


def test_what_was_erased_since_is_erased_again_before_anything_can_be_read(kept: Kept) -> None:
    kept.erasing.erased()
    store = kept.restored()
    assert "Erased again" in kept.printed
    store.close()
    (kept.data / "backup.tar").unlink(missing_ok=True)
    assert left_of(kept.data) == []
    assert kept.ok("verify", "--data", kept.data).count("and 5 records erased: 0 differences.") == 1


def test_a_copy_put_back_by_hand_is_erased_again_by_whatever_opens_it(kept: Kept) -> None:
    with kept.store.reading() as db, sqlite3.connect(kept.folder / "copy.db") as copy:
        db.backup(copy)
    copy.close()
    kept.erasing.erased()
    kept.store.close()
    (kept.data / DATABASE_NAME).write_bytes((kept.folder / "copy.db").read_bytes())
    assert left_of(kept.data) == [DATABASE_NAME]
    assert "erasures since were made again" in kept.ok("verify", "--data", kept.data)
    assert left_of(kept.data) == []
    store = Store.open(kept.data)
    with store.reading() as db:
        assert views.get(db, HOUSE) is None
    store.close()


def test_what_phones_bring_of_an_erased_household_is_no_more_after_a_restore(kept: Kept) -> None:
    body = kept.erasing.lan.body(HOUSE, {"head": NAME})
    (stored,) = kept.erasing.lan.push(body)
    kept.erasing.erased()
    store = kept.restored()
    kept.erasing.village.store = store
    receipt = SentReceipt(stored.pos or 0, stored.at or 0, stored.role or "", stored.mac or "")
    (again,) = kept.erasing.lan.offer(Offered(body, receipt=receipt))
    assert again.result == "duplicate"
    store.scrub()
    assert left_of(kept.data) == []
    store.close()


def test_erasing_goes_into_what_was_kept_aside(kept: Kept) -> None:
    kept.restored().close()
    assert left_of(kept.data), "there is something to find"
    kept.ok("erase", "H-1", "--reason", "asked", "--yes", "--data", kept.data)
    assert left_of(kept.data) == []


def test_what_a_push_erases_goes_from_what_was_kept_aside_with_the_next_start(kept: Kept) -> None:
    visit = record_id("visit", [OTHER, "2026"])
    written = kept.erasing.han.body(visit, {"member/a/name": NAME}, **FACTS)
    assert kept.erasing.han.push(written)[0].result == "stored"
    store = kept.erasing.village.store = kept.restored()
    kept.ok("erase", "H-1", "--reason", "asked", "--yes", "--data", kept.data)
    assert left_of(kept.data), "it is of a visit that was not known to be about the household"
    about = kept.erasing.han.body(visit, {"@subject": HOUSE}, **FACTS)
    assert [result.result for result in kept.erasing.han.push(written, about)] == ["stored", "stored"]
    broken = kept.data / "before-restore-0" / DATABASE_NAME
    broken.parent.mkdir()
    broken.write_bytes(b"no database")
    begin(store, now_ms())
    store.scrub()
    assert left_of(kept.data) == []
    store.close()


def test_who_was_shut_out_since_stays_so(kept: Kept) -> None:
    kept.store.write(lambda db: devices.revoke(db, "phone-lan", now_ms()))
    kept.store.write(lambda db: users.disable(db, kept.erasing.village.lan))
    store = kept.restored()
    with store.reading() as db:
        lan, person = devices.get(db, "phone-lan"), users.get(db, kept.erasing.village.lan)
    assert lan is not None and lan.is_revoked and person is not None and person.is_disabled
    store.close()


def test_phones_bring_back_what_a_restored_server_lacks(kept: Kept) -> None:
    bodies = [kept.erasing.lan.body(OTHER, {"size": number}) for number in range(3)]
    results = kept.erasing.lan.push(*bodies)
    store = kept.restored()
    kept.erasing.village.store = store
    offered = [
        Offered(body, receipt=SentReceipt(each.pos or 0, each.at or 0, each.role or "", each.mac or ""))
        for body, each in zip(bodies, results, strict=True)
    ]
    assert [each.result for each in kept.erasing.han.offer(*offered)] == ["stored"] * 3
    with store.reading() as db:
        (back,) = put_back.unread(db, "anybody")
        assert back.how == "restore" and back.state_at is not None
        assert put_back.records(db, back.number, ["C1"]) == [put_back.CameBack(OTHER, 3)]
        assert put_back.devices(db, back.number, ["C1"]) == [put_back.CameBack("phone-lan", 3)]
        assert put_back.records(db, back.number, ["C2"]) == []
        assert {change_id(body) for body in bodies} < {entry.id for entry in log.entries_of(db, OTHER)}
    store.close()


def archive(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w") as made:
        for name, content in members.items():
            about = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            about.size = len(content)
            made.addfile(about, io.BytesIO(content))
    return path


def newer(kept: Kept) -> bytes:
    path = kept.folder / "newer.db"
    with tarfile.open(kept.file) as made:
        member = made.extractfile(DATABASE_NAME)
        assert member is not None
        path.write_bytes(member.read())
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO migration VALUES ('9999_later', 1)")
    db.close()
    return path.read_bytes()


def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(kept: Kept) -> None:
    whole = kept.file.read_bytes()
    (kept.folder / "text.tar").write_text("not a backup")
    (kept.folder / "short.tar").write_bytes(whole[: len(whole) // 2])
    (kept.folder / "ends.tar").write_bytes(whole[: whole.index(b"backup.json")] + bytes(1024))
    (kept.folder / "bent.tar").write_bytes(whole.replace(PHOTO, PHOTO.upper()))
    last = b'{"v":1,"files":0,"at":0}'
    archive(kept.folder / "other.tar", notes_txt=b"hello")
    archive(kept.folder / "up.tar", **{"__etc__passwd": b"x"})
    archive(kept.folder / "nothing.tar", thon_db=b"no database", backup_json=last)
    archive(kept.folder / "newer.tar", thon_db=newer(kept), backup_json=last)
    kept.store.close()
    before = (kept.data / DATABASE_NAME).read_bytes()
    said = {
        "text": "not a backup of Thôn, or it is broken", "short": "broken", "ends": "cut short",
        "bent": "another content", "other": "it holds notes.txt", "up": "it holds",
        "nothing": "broken or not one of Thôn", "newer": "newer Thôn",
    }  # fmt: skip
    for name, expected in said.items():
        result = run("restore", kept.folder / f"{name}.tar", "--data", kept.data)
        assert result.exit_code == 1 and expected in result.output, (name, result.output, result.exception)
        assert "Traceback" not in result.output
        assert run("restore", kept.folder / f"{name}.tar", "--data", kept.folder / "new").exit_code == 1
        assert not (kept.folder / "new").exists()
    assert (kept.data / DATABASE_NAME).read_bytes() == before
    assert list(kept.data.glob("before-restore-*")) == [] and not (kept.data / ".restoring").exists()


def test_a_folder_that_is_served_is_refused(kept: Kept) -> None:
    with serving(kept.data, "http://localhost:1"):
        result = run("restore", kept.file, "--data", kept.data)
    assert result.exit_code == 1 and "Another server serves" in result.output


def test_an_older_backup_is_brought_up_to_date(kept: Kept) -> None:
    older = kept.folder / "older.db"
    with tarfile.open(kept.file) as made:
        member = made.extractfile(DATABASE_NAME)
        assert member is not None
        older.write_bytes(member.read())
    with sqlite3.connect(older) as db:
        db.executescript("DROP TABLE put_back_read; DROP TABLE came_back; DROP TABLE put_back;")
        db.execute("DELETE FROM migration WHERE name = '0012_put_back'")
    db.close()
    last = b'{"v":1,"files":0,"at":0}'
    kept.file = archive(kept.folder / "older.tar", thon_db=older.read_bytes(), backup_json=last)
    store = kept.restored()
    with store.reading() as db:
        assert len(put_back.unread(db, "anybody")) == 1
    store.close()


def test_a_database_that_is_broken_can_be_replaced(kept: Kept) -> None:
    kept.store.close()
    for path in kept.data.glob("thon.db*"):
        path.unlink()
    (kept.data / DATABASE_NAME).write_bytes(b"the disk was worn out" * 1000)
    kept.restored().close()
    assert ": 0 differences." in kept.ok("verify", "--data", kept.data)


def test_a_backup_does_not_silently_replace_another(kept: Kept) -> None:
    before = kept.file.read_bytes()
    result = run("backup", kept.file, "--data", kept.data)
    assert result.exit_code == 1 and "exists" in result.output and kept.file.read_bytes() == before
    kept.erasing.lan.write(OTHER, {"size": 9})
    kept.ok("backup", kept.file, "--overwrite", "--data", kept.data)
    assert kept.file.read_bytes() != before
    assert sorted(path.name for path in kept.folder.iterdir()) == ["backup.tar", "data"]


def test_a_backup_ends_though_another_process_keeps_writing(kept: Kept) -> None:
    other = Store.open(kept.data)
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            kept.erasing.lan.write(OTHER, {"size": 9})

    writing = threading.Thread(target=keep_writing, daemon=True)
    writing.start()
    steps: list[int] = []
    write_backup(other, kept.folder / "second.tar", progress=lambda done, of: steps.append(done))
    stop.set()
    writing.join()
    other.close()
    assert steps == sorted(steps), "it never started over"
    kept.file = kept.folder / "second.tar"
    kept.restored().close()
    assert ": 0 differences." in kept.ok("verify", "--data", kept.data)


def test_the_list_is_completed_and_a_line_cut_by_a_power_failure_is_passed_over(kept: Kept) -> None:
    kept.erasing.erased()
    path = kept.data / erased_list.LIST_NAME
    whole = set(erased_list.read(kept.data))
    kept.store.close()
    path.write_bytes(path.read_bytes()[:-20])
    kept.ok("verify", "--data", kept.data)
    assert set(erased_list.read(kept.data)) == whole
    assert run("verify", "--data", kept.data).output.count("made again") == 0
