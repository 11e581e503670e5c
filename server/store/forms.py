"""Published forms. A version is immutable; the newest of a form is the one published last."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

from msgspec import Struct

from schemas.consent import consent_node
from schemas.form import Form, decode_form, encode_form
from schemas.names import Names
from schemas.packing import names_of
from server.store import kept, likely, views

_NO_FILES: Mapping[str, bytes] = {}


class Published(Struct, frozen=True):
    id: str
    version: str
    title: str
    hash: str
    published_at: int

    @property
    def url(self) -> str:
        """Immutable: other content has another hash."""
        return f"/api/forms/{self.hash}"


def publish(
    db: sqlite3.Connection, form: Form, now_ms: int, files: Mapping[str, bytes] = _NO_FILES
) -> Published | str:
    """Publishes the form as its newest version. The same content again changes nothing; other content under a
    published version is refused with a sentence. `files`: what it shows, by SHA-256."""
    body = encode_form(form)
    digest = hashlib.sha256(body).hexdigest()[:32]
    known = db.execute(
        "SELECT hash FROM form WHERE id = ? AND version = ?", (form.id, form.version)
    ).fetchone()
    if known is not None and known[0] != digest:
        return (
            f"{form.id} {form.version} is already published with other content: "
            "give the changed form a new version in the settings sheet."
        )
    if known is None:
        db.execute(
            "INSERT INTO form VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM form))",
            (form.id, form.version, form.title, digest, body, now_ms),
        )
        for file in form.files.values():
            if file.sha256 in files:
                content = (file.sha256, file.type, files[file.sha256])
                db.execute("INSERT OR IGNORE INTO form_file VALUES (?, ?, ?)", content)
        kept.note_packing(db, form)
        views.mark_form_stale(db, form.id)
        if form.subject_form:
            # Its records are households only now that something is about them.
            likely.mark_form_due(db, form.subject_form)
    return Published(form.id, form.version, form.title, digest, now_ms)


def note_packings(db: sqlite3.Connection) -> None:
    """For versions that were published before bodies were kept by position."""
    rows = db.execute(
        "SELECT hash FROM form f WHERE NOT EXISTS"
        " (SELECT 1 FROM packing p WHERE p.form = f.id AND p.form_version = f.version)"
    )
    for (digest,) in rows.fetchall():
        kept.note_packing(db, _decoded(db, digest))


def has_version(db: sqlite3.Connection, form_id: str, version: str) -> bool:
    return (
        db.execute("SELECT 1 FROM form WHERE id = ? AND version = ?", (form_id, version)).fetchone()
        is not None
    )


def versions(db: sqlite3.Connection, form_id: str | None = None) -> list[Published]:
    """Every published version, oldest first."""
    rows = db.execute(
        "SELECT id, version, title, hash, published_at FROM form WHERE ?1 IS NULL OR id = ?1 ORDER BY number",
        (form_id,),
    )
    return [Published(*row) for row in rows]


def newest(db: sqlite3.Connection, form_id: str) -> Form | None:
    row = db.execute("SELECT hash FROM form WHERE id = ? ORDER BY number DESC LIMIT 1", (form_id,)).fetchone()
    return None if row is None else _decoded(db, row[0])


def get(db: sqlite3.Connection, form_id: str, version: str) -> Form | None:
    row = db.execute("SELECT hash FROM form WHERE id = ? AND version = ?", (form_id, version)).fetchone()
    return None if row is None else _decoded(db, row[0])


def names(db: sqlite3.Connection, form_id: str, version: str) -> Names | None:
    """What packed changes of this version count their places by."""
    row = db.execute("SELECT hash FROM form WHERE id = ? AND version = ?", (form_id, version)).fetchone()
    if row is None:
        return None
    found = _names_by_hash.get(row[0])
    if found is None:
        form = _decoded(db, row[0])
        packing, told = kept.packing_of(db, form_id, version), tuple(names_of(form))
        if packing is not None and packing.names.told == told:
            # One object for both: who compares them need not look at every name.
            told = packing.names.told
        number = consent_node(form)
        found = Names(told, [form.nodes[number].path] if number >= 0 else [])
        if len(_names_by_hash) >= _MOST_DECODED:
            _names_by_hash.clear()
        _names_by_hash[row[0]] = found
    return found


def body_of(db: sqlite3.Connection, digest: str) -> bytes | None:
    row = db.execute("SELECT body FROM form WHERE hash = ?", (digest,)).fetchone()
    return None if row is None else bytes(row[0])


def file_of(db: sqlite3.Connection, sha256: str) -> tuple[str, bytes] | None:
    """Media type and content of what a published form shows."""
    row = db.execute("SELECT type, body FROM form_file WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))


def that_judges(db: sqlite3.Connection, form_id: str, round_id: str) -> Form | None:
    """The version that judges a record: the one its closed round froze, else the newest published."""
    row = db.execute(
        "SELECT version FROM round_form WHERE round = ? AND form = ? AND version IS NOT NULL",
        (round_id, form_id),
    ).fetchone()
    frozen = None if row is None else get(db, form_id, row[0])
    return frozen or newest(db, form_id)


def phones_of(db: sqlite3.Connection, published: Published) -> str:
    """Its setting `phones`."""
    if published.hash not in _phones_by_hash:
        _phones_by_hash[published.hash] = _decoded(db, published.hash).phones
    return _phones_by_hash[published.hash]


# Content under a hash never changes, so it serves every store of the process.
_forms_by_hash: dict[str, Form] = {}
_names_by_hash: dict[str, Names] = {}
_phones_by_hash: dict[str, str] = {}
_MOST_DECODED = 64


def _decoded(db: sqlite3.Connection, digest: str) -> Form:
    form = _forms_by_hash.get(digest)
    if form is None:
        body = body_of(db, digest)
        assert body is not None
        form = decode_form(body)
        if len(_forms_by_hash) >= _MOST_DECODED:
            _forms_by_hash.clear()
        _forms_by_hash[digest] = form
    return form
