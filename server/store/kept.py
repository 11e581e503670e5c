"""How the log keeps a body: its values by position, where that gives back the exact bytes; else the bytes."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from schemas.change import Change
from schemas.form import Form
from schemas.names import BadPacking, Keys, Names
from schemas.packing import keys_of, names_of
from schemas.rebuilding import Writes
from server.store import keys as secret

# No change begins so.
_MARK = b"["


class Packing(Struct, frozen=True):
    """The names by whose places bodies of one version of a form are kept. They stand spelled in the database,
    under an `id` made of them: it means the same in every database, and nothing else ever."""

    id: str
    form: str
    form_version: str
    names: Names
    places: dict[str, int]


class SentPacked(Struct, frozen=True):
    """What stays of a packed change as somebody sent it, with the names whose places it tells."""

    names: Names
    seen: list[str]
    keys: Keys


def note_packing(db: sqlite3.Connection, form: Form) -> None:
    """From now on bodies of this version are kept by position. Must run in the transaction that publishes
    it."""
    names = json.dumps(names_of(form), ensure_ascii=False)
    whole = json.dumps([form.id, form.version, names])
    name = secret.encode(hashlib.sha256(whole.encode()).digest()[:8])
    db.execute("INSERT OR IGNORE INTO packing VALUES (?, ?, ?, ?)", (name, form.id, form.version, names))


def packing_of(db: sqlite3.Connection, form: str, version: str) -> Packing | None:
    """None where bodies are kept as they came."""
    row = db.execute("SELECT id FROM packing WHERE form = ? AND form_version = ?", (form, version)).fetchone()
    return None if row is None else _packing(db, row[0])


def keep(packing: Packing | None, change: Change, body: bytes, told: SentPacked | None = None) -> bytes:
    """What the log keeps of a change: never more than its bytes."""
    made = None if packing is None else _by_position(packing, change, body, told)
    # A sender may tell in any number of keys where a value stands.
    return body if made is None or len(made) > len(body) else made


def _by_position(packing: Packing, change: Change, body: bytes, told: SentPacked | None) -> bytes | None:
    writes = change.set
    if told is not None and _is_told_by(packing, change, told):
        keys = told.keys
    else:
        # The exact bytes of what was packed are those that the encoder writes.
        if not isinstance(writes, Writes) and _encoder.encode(change) != body:
            return None
        keys = keys_of(writes, packing.places.copy())
        if not _are_given_back(packing, keys, writes):
            return None
    if isinstance(writes, Writes):
        before = _encoder.encode((packing.id, change.at, change.seen, keys))
        return b"%b,%b]" % (before[:-1], writes.text)
    return _encoder.encode((packing.id, change.at, change.seen, keys, [*writes.values()]))


def kept_change(
    db: sqlite3.Connection, kept: bytes, *, record: str, device: str, seq: int, author: str
) -> Change | None:
    """The change of which the log keeps this; None where it keeps the bytes, or nothing any more."""
    if kept[:1] != _MARK:
        return None
    name, at, seen, keys, values = _decoder.decode(kept)
    packing = _packing(db, name)
    paths, _ = packing.names.paths(keys, len(values))
    writes = dict(zip(paths, values, strict=True))
    return Change(1, record, packing.form, packing.form_version, device, seq, at, author, seen, writes)


def bytes_of(change: Change) -> bytes:
    """The exact bytes of a change that `kept_change` gave."""
    return _encoder.encode(change)


def _is_told_by(packing: Packing, change: Change, told: SentPacked) -> bool:
    # Where bytes had to be read as those of any change are, values may stand otherwise in them.
    if change.seen is not told.seen:
        return False
    return told.names.told is packing.names.told or told.names.told == packing.names.told


def _are_given_back(packing: Packing, keys: Keys, writes: Collection[str]) -> bool:
    try:
        return packing.names.paths(keys, len(writes))[0] == [*writes]
    except BadPacking:
        return False


def _packing(db: sqlite3.Connection, name: str) -> Packing:
    found = _packings.get(name)
    if found is None:
        row = db.execute("SELECT form, form_version, names FROM packing WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise LookupError(f"The names {name} of packed changes are not in the database.")
        names = json.loads(row[2])
        places = {path: place for place, path in enumerate(names)}
        found = Packing(name, row[0], row[1], Names(names), places)
        if len(_packings) >= _MOST_PACKINGS:
            _packings.clear()
        _packings[name] = found
    return found


# An id is made of what it stands for, so it serves every store of the process.
_packings: dict[str, Packing] = {}
_MOST_PACKINGS = 256
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[str, int, list[str], list[int | str], list[Any]])
