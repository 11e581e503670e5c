"""The schema as one append-only list: a published migration is never edited, only followed by another."""

from __future__ import annotations

import time

from sqlite_utils import Database

# Positions are one sequence over `log.pos`, `hold.pos`, `hold.decided_pos` and `erased.pos`: commit order.
_FIRST = """
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE epoch (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  begins INTEGER NOT NULL, started_at INTEGER NOT NULL) STRICT;

CREATE TABLE log (
  pos INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL, body BLOB NOT NULL,
  at INTEGER NOT NULL, role TEXT NOT NULL, mac TEXT NOT NULL,
  device TEXT NOT NULL, seq INTEGER NOT NULL, author TEXT NOT NULL, received INTEGER NOT NULL) STRICT;
CREATE INDEX log_record ON log (record, pos);
CREATE INDEX log_device ON log (device, seq);

CREATE TABLE hold (
  pos INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL, reason TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL, device TEXT NOT NULL DEFAULT '',
  seq INTEGER NOT NULL DEFAULT 0, record TEXT NOT NULL DEFAULT '', form TEXT NOT NULL DEFAULT '',
  author TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL, role TEXT NOT NULL DEFAULT '',
  received INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'held', decided_by TEXT, decided_at INTEGER,
  decided_pos INTEGER UNIQUE) STRICT;
CREATE INDEX hold_state ON hold (state, pos);
CREATE INDEX hold_device ON hold (device);

CREATE TABLE erased (
  id TEXT PRIMARY KEY, record TEXT NOT NULL, pos INTEGER NOT NULL,
  at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX erased_pos ON erased (pos);

-- The stored view: always rebuildable from the log. `stale`: 1 folded again before it is read; 2 and its
-- ties to other records may have changed.
CREATE TABLE record (
  number INTEGER PRIMARY KEY, record TEXT NOT NULL UNIQUE, form TEXT NOT NULL,
  round TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  search TEXT NOT NULL DEFAULT '', flags TEXT NOT NULL DEFAULT '[]', conflicts INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0, same_as TEXT NOT NULL DEFAULT '[]', representative TEXT,
  pos INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL DEFAULT 0, author TEXT NOT NULL DEFAULT '',
  device TEXT NOT NULL DEFAULT '', folded TEXT NOT NULL DEFAULT '{}', answers TEXT NOT NULL DEFAULT '{}',
  violations TEXT NOT NULL DEFAULT '[]', carried TEXT, form_version TEXT NOT NULL DEFAULT '',
  stale INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE INDEX record_form ON record (form, round);
CREATE INDEX record_subject ON record (subject) WHERE subject <> '';
CREATE INDEX record_code ON record (form, code) WHERE code <> '';
CREATE INDEX record_stale ON record (stale, record) WHERE stale > 0;
CREATE INDEX record_same_as ON record (record) WHERE same_as <> '[]';

-- Where a record lay, from position `since` up to `until` (NULL: it lies there now).
CREATE TABLE record_stay (
  record TEXT NOT NULL, area TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER,
  PRIMARY KEY (record, area, since)) STRICT, WITHOUT ROWID;
CREATE INDEX record_stay_area ON record_stay (area, record) WHERE until IS NULL;
CREATE INDEX record_stay_since ON record_stay (since);
CREATE INDEX record_stay_until ON record_stay (until) WHERE until IS NOT NULL;
CREATE VIEW record_area AS SELECT record, area FROM record_stay WHERE until IS NULL;

CREATE VIRTUAL TABLE record_search USING fts5(record UNINDEXED, text, prefix='2 3');

CREATE TABLE area (
  code TEXT PRIMARY KEY, parent TEXT NOT NULL DEFAULT '', name TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '',
  setting TEXT NOT NULL DEFAULT '', place INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX area_parent ON area (parent);

CREATE TABLE form (
  id TEXT NOT NULL, version TEXT NOT NULL, title TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  body BLOB NOT NULL, published_at INTEGER NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (id, version)) STRICT;

CREATE TABLE round (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'annual', year INTEGER NOT NULL,
  starts TEXT NOT NULL, ends TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER) STRICT;
CREATE TABLE round_form (
  round TEXT NOT NULL REFERENCES round (id), form TEXT NOT NULL, version TEXT,
  PRIMARY KEY (round, form)) STRICT;

CREATE TABLE user (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, area TEXT NOT NULL DEFAULT '',
  password TEXT, disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE user_link (
  token_hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user (id),
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) STRICT;

CREATE TABLE device (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL DEFAULT '', token_hash TEXT UNIQUE,
  device_key TEXT NOT NULL DEFAULT '', predecessor TEXT, invite TEXT, enrolled_at INTEGER NOT NULL,
  first_used_at INTEGER, last_seen_at INTEGER, revoked_at INTEGER) STRICT;
CREATE TABLE device_area (
  device TEXT NOT NULL REFERENCES device (id), area TEXT NOT NULL, PRIMARY KEY (device, area)) STRICT;
CREATE TABLE device_user (
  device TEXT NOT NULL REFERENCES device (id), user TEXT NOT NULL REFERENCES user (id),
  PRIMARY KEY (device, user)) STRICT;
CREATE TABLE invite (
  code_hash TEXT PRIMARY KEY, areas TEXT NOT NULL, users TEXT NOT NULL, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, device TEXT) STRICT;

CREATE TABLE session (
  token_hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user (id),
  device TEXT NOT NULL REFERENCES device (id), csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX audit_at ON audit (at);

CREATE TABLE file (
  sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, type TEXT NOT NULL DEFAULT '',
  device TEXT NOT NULL, received INTEGER NOT NULL) STRICT;
CREATE TABLE file_use (
  sha256 TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (sha256, record)) STRICT, WITHOUT ROWID;
"""

_ERASING = """
-- Records of which some change declined consent.
CREATE TABLE refusal (record TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE erased_file (sha256 TEXT PRIMARY KEY, is_removed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX erased_file_waiting ON erased_file (sha256) WHERE is_removed = 0;
CREATE INDEX erased_record ON erased (record, pos);
"""

_ROUNDS = """
-- The position at which the record came into its round.
ALTER TABLE record ADD COLUMN round_since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX record_round_since ON record (round_since);
"""

_MARKS = """
-- How often a record was marked stale: a view made before the newest mark does not make it fresh.
ALTER TABLE record ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER record_marked AFTER UPDATE OF stale ON record WHEN new.stale > 0
BEGIN UPDATE record SET marks = marks + 1 WHERE number = new.number; END;
"""

_TIES = """
CREATE INDEX record_representative ON record (representative) WHERE representative IS NOT NULL;
"""

_NAMINGS = """
-- Which device's change named which file in which record. `counts`: who reads the record may read the file.
CREATE TABLE file_naming (
  sha256 TEXT NOT NULL, record TEXT NOT NULL, device TEXT NOT NULL, counts INTEGER NOT NULL,
  PRIMARY KEY (sha256, record, device)) STRICT, WITHOUT ROWID;
CREATE INDEX file_naming_record ON file_naming (record);
INSERT INTO file_naming SELECT sha256, record, '', 1 FROM file_use;
DROP TABLE file_use;
-- Which devices showed that they have the bytes of a file.
CREATE TABLE file_holder (
  sha256 TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (sha256, device)) STRICT, WITHOUT ROWID;
INSERT INTO file_holder SELECT sha256, device FROM file;
"""

_ENDS = """
-- An interview ends at its last submit: every view is made again.
UPDATE record SET stale = max(stale, 1);
"""

_PUBLISHED = "".join(
    f"""
CREATE TRIGGER {table}_{event.lower()}_published AFTER {event} ON {table}
BEGIN UPDATE setting SET value = lower(hex(randomblob(6))) WHERE key = 'published'; END;
"""
    for table in ("area", "form", "round", "round_form")
    for event in ("INSERT", "UPDATE", "DELETE")
)
# Drawn anew whenever a form, area or round changes: by it phones notice that there is something to fetch.
_PUBLISHED = "INSERT INTO setting VALUES ('published', lower(hex(randomblob(6))));\n" + _PUBLISHED

_DECIDING = """
-- Most records wait for nobody: lists of what does read only what does.
CREATE INDEX record_open ON record (at, record) WHERE conflicts > 0 OR flags <> '[]';
CREATE INDEX record_waiting ON record (status, at) WHERE status IN ('submitted', 'returned');
"""

_ERASED_RECORDS = """
-- Records erased whole: none of their changes has bytes, and nothing that comes later brings any back.
CREATE TABLE erased_whole (
  record TEXT PRIMARY KEY, form TEXT NOT NULL, pos INTEGER NOT NULL, at INTEGER NOT NULL,
  reason TEXT NOT NULL, is_listed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX erased_whole_unlisted ON erased_whole (record) WHERE is_listed = 0;
-- Whether the list beside the database has it.
ALTER TABLE erased ADD COLUMN is_listed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX erased_unlisted ON erased (id) WHERE is_listed = 0;
"""

_LIKELY = """
-- What is compared of a household (JSON), and the keys under which those that are alike meet. Traits
-- are forgotten with what is erased.
CREATE TABLE likely_traits (
  number INTEGER PRIMARY KEY, record TEXT NOT NULL UNIQUE, form TEXT NOT NULL, traits TEXT NOT NULL,
  is_compared INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE likely_key (
  key INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number)) STRICT, WITHOUT ROWID;
CREATE INDEX likely_key_number ON likely_key (number);
-- Two households that are likely the same, a < b. `evidence`: JSON.
CREATE TABLE likely_pair (
  a TEXT NOT NULL, b TEXT NOT NULL, score INTEGER NOT NULL, evidence TEXT NOT NULL,
  PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
CREATE INDEX likely_pair_b ON likely_pair (b);
-- "Not the same", said by a supervisor; `told_a`, `told_b`: what was compared then (JSON).
CREATE TABLE likely_not (
  a TEXT NOT NULL, b TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL,
  told_a TEXT NOT NULL, told_b TEXT NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
CREATE INDEX likely_not_b ON likely_not (b);
-- Households to be compared again. `marks`: how often that was asked for.
CREATE TABLE likely_due (record TEXT PRIMARY KEY, marks INTEGER NOT NULL DEFAULT 1) STRICT, WITHOUT ROWID;
INSERT INTO likely_due (record) SELECT record FROM record WHERE record IN (SELECT subject FROM record)
  OR subject = '';
"""

_PUT_BACK = """
-- Each time that the database was found to be an earlier state of itself, what phones brought back of what it
-- lacked, and who at the desk has read of it.
CREATE TABLE put_back (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, how TEXT NOT NULL, state_at INTEGER) STRICT;
CREATE TABLE came_back (
  id TEXT PRIMARY KEY, put_back INTEGER NOT NULL REFERENCES put_back (number), record TEXT NOT NULL,
  device TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX came_back_put_back ON came_back (put_back, at);
CREATE TABLE put_back_read (
  put_back INTEGER NOT NULL REFERENCES put_back (number), user TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (put_back, user)) STRICT, WITHOUT ROWID;
"""

_LEAN_VIEWS = """
-- Views keep less of the fold: each is made again.
UPDATE record SET stale = max(stale, 1);
"""

_CARRIED = """
CREATE INDEX record_carried ON record (pos) WHERE carried IS NOT NULL;
"""

# Drawn anew whenever a device or a user changes in what decides what may be written: when they were last
# seen, and passwords, do not.
_ENROLLED = "INSERT INTO setting VALUES ('enrolled', lower(hex(randomblob(6))));\n" + "".join(
    f"""
CREATE TRIGGER {table}_{event.split()[0].lower()}_enrolled AFTER {event} ON {table}
BEGIN UPDATE setting SET value = lower(hex(randomblob(6))) WHERE key = 'enrolled'; END;
"""
    for table, update in (
        ("device", "UPDATE OF id, kind, label, device_key, predecessor, revoked_at"),
        ("device_area", "UPDATE"),
        ("device_user", "UPDATE"),
        ("user", "UPDATE OF id, name, role, area, disabled"),
    )
    for event in ("INSERT", update, "DELETE")
)

_LAYOUTS = """
-- How answers of views are kept (JSON, never changed). `record.kept` is read instead of `folded` and
-- `answers` from when the view was made again.
CREATE TABLE layout (number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, layout TEXT NOT NULL) STRICT;
ALTER TABLE record ADD COLUMN layout INTEGER;
ALTER TABLE record ADD COLUMN kept BLOB;
-- Position of the change that submitted it last.
ALTER TABLE record ADD COLUMN submitted INTEGER;
UPDATE record SET stale = max(stale, 1);
"""

# What forms show, beside the forms: a backup of the database has both.
_FORM_FILES = """
CREATE TABLE form_file (sha256 TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL) STRICT;
"""


_PACKING = """
-- The names by whose places the log keeps the values of changes: a JSON array of paths without rows. Never
-- altered; `id` is made of the rest.
CREATE TABLE packing (
  id TEXT PRIMARY KEY, form TEXT NOT NULL, form_version TEXT NOT NULL, names TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE INDEX packing_form ON packing (form, form_version);
"""

_CARRIED_SINCE = """
-- Where the log ended when the carried answers became what they are. They follow from what the record is
-- about as well, which changes without it.
ALTER TABLE record ADD COLUMN carried_since INTEGER NOT NULL DEFAULT 0;
UPDATE record SET carried_since = pos WHERE carried IS NOT NULL OR deleted;
CREATE INDEX record_carried_since ON record (carried_since) WHERE carried_since > 0;
"""

MIGRATIONS: tuple[tuple[str, str], ...] = (
    ("0001_first", _FIRST),
    ("0002_erasing", _ERASING),
    ("0003_rounds", _ROUNDS),
    ("0004_marks", _MARKS),
    ("0005_ties", _TIES),
    ("0006_namings", _NAMINGS),
    ("0007_ends", _ENDS),
    ("0008_published", _PUBLISHED),
    ("0009_deciding", _DECIDING),
    ("0010_erased_records", _ERASED_RECORDS),
    ("0011_likely", _LIKELY),
    ("0012_put_back", _PUT_BACK),
    ("0013_lean_views", _LEAN_VIEWS),
    ("0014_carried", _CARRIED),
    ("0015_enrolled", _ENROLLED),
    ("0016_layouts", _LAYOUTS),
    ("0017_form_files", _FORM_FILES),
    ("0018_packing", _PACKING),
    ("0019_carried_since", _CARRIED_SINCE),
)


def migrate(database: Database) -> None:
    """Brings the schema up to date. Each migration and the note that it was made commit together; several
    processes may call this at once."""
    connection = database.conn
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
        )
        done = {row[0] for row in connection.execute("SELECT name FROM migration")}
        for name, script in MIGRATIONS:
            if name not in done:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute("INSERT INTO migration VALUES (?, ?)", (name, int(time.time() * 1000)))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    # executescript would commit the transaction that we are in.
    return [statement for statement in script.split(";\n") if statement.strip()]
