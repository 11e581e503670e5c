"""The store: migrations, one writer, commits together, what survives a crash, the view that equals the
log."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from server import erasing
from server.loading import load_households
from server.refresh import Refresher, make_view
from server.store import Store, areas, epochs, files, forms, log, pulls, rounds, search, stays, views
from server.store.areas import Area
from server.store.backup import write_backup
from server.store.migrations import MIGRATIONS
from server.store.pulls import Entitlement
from server.verifying import differences
from tests.village import NOW, VISIT, Phone, Village, small_form
from tests.waiting import until


@pytest.fixture
def phone(village: Village) -> Phone:
    return village.phone("phone-1", "C1", village.han)


def test_the_schema_is_migrated_once_however_often_it_is_opened(tmp_path: Path) -> None:
    stores = [Store.open(tmp_path / "data") for _ in range(3)]
    with stores[0].reading() as db:
        applied = [row[0] for row in db.execute("SELECT name FROM migration")]
        assert applied == [name for name, _ in MIGRATIONS]
        tables = db.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND"
            " name NOT LIKE 'sqlite_%' AND name NOT LIKE 'record_search%'"
        ).fetchall()
        assert len(tables) > 15 and all(row[1] for row in tables)
        settings = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert settings == ["wal", 2]
    for store in stores:
        store.close()


def test_what_became_free_goes_back_to_the_disk_but_for_a_reserve(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    fill_and_empty(store)
    before = pages_of(store)
    while store.shrink():
        pass
    after = pages_of(store)
    assert before[1] > 1900 and after[1] == 256 and before[0] - after[0] >= before[1] - 256
    with store.reading() as db:
        assert db.execute("SELECT count(*), min(length(detail)) FROM audit").fetchone()[:] == (2000, 3000)
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()


def test_a_database_of_before_shrinks_from_when_it_was_compacted(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "thon.db")) as made:
        made.execute("CREATE TABLE migration (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT")
    store = Store.open(tmp_path / "data")
    fill_and_empty(store)
    assert not store.shrink()
    store.scrub()
    fill_and_empty(store)
    assert store.shrink()
    store.close()


def fill_and_empty(store: Store) -> None:
    rows = [("x" * 3000,)] * 4000
    insert = "INSERT INTO audit (at, user, action, detail) VALUES (1, 'u', 'a', ?)"
    store.write(lambda db: db.executemany(insert, rows))
    # Here and there, so that pages have to move.
    store.write(lambda db: db.execute("DELETE FROM audit WHERE number / 20 % 2 = 0"))


def pages_of(store: Store) -> tuple[int, int]:
    """All of them, and those that are free."""
    with store.reading() as db:
        pages, free = (db.execute(f"PRAGMA {name}_count").fetchone()[0] for name in ("page", "freelist"))
        return pages, free


def test_readers_cannot_write(village: Village) -> None:
    with village.store.reading() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM log")


def test_a_job_that_fails_is_rolled_back_alone(village: Village) -> None:
    def failing(db: sqlite3.Connection) -> None:
        areas.load(db, [Area("lost", "", "Lost")])
        raise LookupError("on purpose")

    kept = threading.Thread(
        target=lambda: village.store.write(lambda db: areas.load(db, [Area("kept", "C", "Kept")]))
    )
    kept.start()
    with pytest.raises(LookupError):
        village.store.write(failing)
    kept.join()
    with village.store.reading() as db:
        assert areas.get(db, "lost") is None and areas.get(db, "kept") is not None


def test_pushes_that_arrive_while_another_is_taken_share_its_commit(village: Village, phone: Phone) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(_db: sqlite3.Connection) -> None:
        started.set()
        go_on.wait()

    before = village.store.commits()
    first = threading.Thread(target=lambda: village.store.write(slow), daemon=True)
    first.start()
    started.wait()
    bodies = [phone.body(f"r{number}", {"head": "A", "@area": "C1"}) for number in range(20)]
    pushing = [threading.Thread(target=phone.push, args=(body,), daemon=True) for body in bodies]
    for thread in pushing:
        thread.start()
    until(lambda: village.store.waiting_jobs() >= len(bodies))
    go_on.set()
    for thread in (first, *pushing):
        thread.join()
    assert village.store.commits() - before == 1
    with village.store.reading() as db:
        assert sorted(log.records(db)) == sorted(f"r{number}" for number in range(20))
        assert [row[0] for row in db.execute("SELECT pos FROM log ORDER BY pos")] == list(range(1, 21))


def test_positions_of_log_holds_and_decisions_are_one_sequence(village: Village, phone: Phone) -> None:
    results = phone.push(phone.body("r1", {"head": "A"}), b"bad", phone.body("r2", {"head": "B"}))
    assert [result.pos for result in results] == [1, 2, 3]


def test_an_epoch_ends_where_the_next_begins(village: Village, phone: Phone) -> None:
    first = village.store.write(lambda db: epochs.begin(db, NOW))
    phone.push(phone.body("r1", {"head": "A"}), phone.body("r2", {"head": "B"}))
    second = village.store.write(lambda db: epochs.begin(db, NOW))
    phone.push(phone.body("r3", {"head": "C"}))
    with village.store.reading() as db:
        assert epochs.newest(db) == second
        known = [(first, 2), (first, 0), (second, 2), (second, 3)]
        assert not any(epochs.has_changed(db, epoch, pos) for epoch, pos in known)
        assert epochs.has_changed(db, first, 3)
        assert epochs.has_changed(db, second, 4)
        assert epochs.has_changed(db, "nowhere", 0)


def test_commands_that_write_on_a_copy_put_back_do_not_hide_that_it_was(
    village: Village, phone: Phone, tmp_path: Path
) -> None:
    epoch = village.store.write(lambda db: epochs.begin(db, NOW))
    phone.write("r1", {"head": "A", "@area": "C1"})
    (tmp_path / "old").mkdir()
    with village.store.reading() as db, sqlite3.connect(tmp_path / "old" / "thon.db") as copy:
        db.backup(copy)
    for number in range(3):
        phone.write(f"lost{number}", {"head": "A", "@area": "C1"})
    with village.store.reading() as db:
        reached = log.top_position(db)
    old = Store.open(tmp_path / "old")
    rows = [(number, {"code": f"C1-{number}", "area": "C1"}) for number in range(9)]
    assert not isinstance(load_households(old, "house", rows, NOW, lambda done: None), list)
    old.write(lambda db: epochs.begin(db, NOW))
    with old.reading() as db:
        assert log.top_position(db) > reached
        assert epochs.has_changed(db, epoch, reached), "the phone must bring what was lost"
    old.close()


def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    content = bytes(100_000)
    name = hashlib.sha256(content).hexdigest()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            files.keep(tmp_path, name, content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert files.keep(tmp_path, name, content)


def test_areas_expand_downwards_and_cycles_are_named() -> None:
    cycle = [
        Area("a", "c", ""),
        Area("b", "a", ""),
        Area("c", "b", ""),
        Area("d", "a", ""),
        Area("top", "", ""),
    ]
    assert areas.first_cycle(cycle) in (["a", "c", "b", "a"], ["c", "b", "a", "c"], ["b", "a", "c", "b"])
    assert areas.first_cycle([Area("self", "self", "")]) == ["self", "self"]
    assert areas.first_cycle([Area("a", "", ""), Area("b", "a", ""), Area("c", "b", "")]) == []


def test_the_scope_of_an_area_is_all_below_it(village: Village) -> None:
    with village.store.reading() as db:
        assert areas.expanded(db, ["C1"]) == {"C1"}
        assert areas.expanded(db, ["C"]) == areas.expanded(db, [""]) == {"", "C", "C1", "C2"}
        assert areas.expanded(db, ["nowhere"]) == set()


def test_a_closed_round_keeps_the_form_version_that_judged_it(village: Village, phone: Phone) -> None:
    phone.write("v1", {"income": 5, "@round": "2026"}, form="visit")
    phone.write("v2", {"income": 5, "@round": "2027"}, form="visit")
    village.store.write(lambda db: rounds.close_round(db, "2026", NOW))
    village.store.write(lambda db: village.round_opens(db, "2027", 2027))
    thrice = [
        {**row, "calculation": "${income} * 3"} if row.get("name") == "double" else row for row in VISIT
    ]
    newer = small_form(thrice, form_id="visit", version="2", phones="carry")
    village.store.write(lambda db: forms.publish(db, newer, NOW))
    village.store.refresh_views()
    with village.store.reading() as db:
        first, second = views.get(db, "v1"), views.get(db, "v2")
        before = rounds.before(db, "2027")
    assert first and first.answers["double"] == 10 and first.form_version == "1"
    assert second and second.answers["double"] == 15 and second.form_version == "2"
    assert before is not None and before.id == "2026"


def test_a_published_version_never_changes(village: Village) -> None:
    other = small_form(VISIT[:1], form_id="visit")
    refused = village.store.write(lambda db: forms.publish(db, other, NOW))
    assert isinstance(refused, str) and "new version" in refused


def test_what_happens_while_a_view_is_made_is_not_forgotten(village: Village, phone: Phone) -> None:
    first = phone.write("r1", {"head": "Ka Brình", "@area": "C1"})
    phone.write("v1", {"income": 1, "@subject": "r1"}, form="visit")
    village.store.refresh_views()
    phone.write("v1", {"income": 2}, form="visit")
    with village.store.reading() as db:
        made = make_view(db, "v1")
    assert made is not None
    phone.write("r1", {"head": "Ka Dột"}, seen=[first])
    village.store.write(lambda db: views.put(db, made))
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []
        view = views.get(db, "v1")
    assert view and view.answers["whose"] == "Ka Dột"


def test_a_view_made_before_a_push_takes_no_record_back_to_what_it_was_about(
    village: Village, phone: Phone
) -> None:
    desk = village.desk(village.supervisor, "C")
    desk.write("r1", {"@area": "C1"})
    second = desk.write("r2", {"@area": "C1"})
    first = desk.write("v1", {"income": 1, "@subject": "r1", "@round": "2025"}, form="visit")
    with village.store.reading() as db:
        made = make_view(db, "v1")
    assert made is not None
    desk.write("v1", {"@subject": "r2", "@round": "2026"}, form="visit", seen=[first])
    village.store.write(lambda db: views.put(db, made))
    desk.write("r2", {"@area": "C2"}, seen=[second])
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []
        assert stays.areas_of(db, "v1") == {"C2"}


def test_a_view_made_before_an_erasure_says_nothing_again(village: Village, phone: Phone) -> None:
    name = phone.write("r1", {"head": "Ka Brình", "@area": "C1"})
    phone.write("r1", {"size": 3}, seen=[name])
    with village.store.reading() as db:
        made = make_view(db, "r1")
    assert made is not None
    village.store.write(lambda db: erasing.erase_changes(db, "r1", [name], "asked", now_ms=NOW))
    village.store.write(lambda db: views.put(db, made))
    with village.store.reading() as db:
        view = views.get(db, "r1")
        assert search.find_records(db, "brinh") == []
    assert view and not view.answers and "Brình" not in view.title


def test_search_ignores_diacritics_apostrophes_and_odd_input(village: Village, phone: Phone) -> None:
    phone.write("r1", {"head": "K’Brình Đạ", "code": "C1-007", "@area": "C1"})
    village.store.refresh_views()
    with village.store.reading() as db:
        for query in ("kbrinh", "K'Brì", "da", "ĐẠ", "C1-007", "c1007"):
            assert search.find_records(db, query) == ["r1"], query
        for query in ("", "   ", '"', "*", "NEAR(", "a AND", "-", "\x00"):
            assert search.find_records(db, query) in ([], ["r1"])


def test_the_stored_view_equals_the_fold_and_a_false_one_is_found(village: Village, phone: Phone) -> None:
    chance = random.Random(7)
    known: dict[str, list[str]] = {}
    for _ in range(60):
        record = f"r{chance.randrange(6)}"
        seen = chance.sample(known.get(record, []), k=chance.randint(0, len(known.get(record, []))))
        path = chance.choice(["head", "size", "@status", "@deleted"])
        value = chance.choice([None, "draft"] if path == "@status" else [None, 1, True, "a"])
        values = {path: value}
        known.setdefault(record, []).append(phone.write(record, {**values, "@area": "C1"}, seen=seen))
        if chance.random() < 0.3:
            village.store.refresh_views()
    village.store.refresh_views()
    with village.store.reading() as db:
        assert list(differences(db)) == []
    village.store.write(lambda db: db.execute("UPDATE record SET status = 'approved' WHERE record = 'r1'"))
    village.store.write(lambda db: db.execute("UPDATE log SET role = 'admin' WHERE pos = 1"))
    with village.store.reading() as db:
        found = " ".join(differences(db))
    assert "r1: status differs" in found and "receipt at 1" in found


def test_a_backup_is_whole_while_others_write(village: Village, phone: Phone, tmp_path: Path) -> None:
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            phone.push(phone.body(f"r{number}", {"head": "A", "@area": "C1"}))

    writing = threading.Thread(target=keep_writing, daemon=True)
    writing.start()
    write_backup(village.store, tmp_path / "copy.tar")
    stop.set()
    writing.join()
    with tarfile.open(tmp_path / "copy.tar") as archive:
        archive.extractall(tmp_path / "restored", filter="data")
    restored = Store.open(tmp_path / "restored")
    restored.refresh_views()
    with restored.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert list(differences(db)) == []
    restored.close()


def test_the_refresher_ends_when_it_is_told_to_while_pushes_come(village: Village) -> None:
    for _ in range(3):
        refresher = Refresher(village.store)
        refresher.wake()
        closing = threading.Thread(target=refresher.close, daemon=True)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()


def test_a_page_reads_no_more_than_what_changed(village: Village) -> None:
    statements: list[str] = []
    with village.store.reading() as db:
        given = Entitlement(["p"], ["C", "C1", ""], ["2026"], ["visit"], ["own"], [])
        db.set_trace_callback(statements.append)
        pulls.changes_between(db, given, 5, 9, 100, enters={})
        pulls.carried_between(db, given, 5, 9, 100)
        pulls.entering(db, given, 5, 9)
        pulls.left_between(db, given, 5, 9)
        pulls.stale_carried(db, given)
        db.set_trace_callback(None)
        plans = [row[3] for each in statements for row in db.execute(f"EXPLAIN QUERY PLAN {each}")]
    whole = [line for line in plans if line.startswith("SCAN") and "VIRTUAL" not in line]
    assert len(statements) == 5 and not whole, whole
    assert not [line for line in plans if "record_form" in line or "log_device" in line], plans
