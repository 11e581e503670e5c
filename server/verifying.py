"""Proves that the stored view equals the fold of the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from schemas.change import change_id
from server import placing
from server.refresh import make_view
from server.store import erased_records, keys, log, stays, views
from sync.fold import fold
from sync.same_as import representative


def differences(db: sqlite3.Connection) -> Iterator[str]:
    """One sentence per difference. Views must be fresh."""
    records = log.records(db)
    yield from (f"{name}: stored, but not in the log" for name in set(views.everything(db)) - set(records))
    yield from (f"{name}: erased, but something of it is left" for name in erased_records.not_blank(db))
    stands_for = representative(*views.same_as_edges(db))
    for record in records:
        yield from _entry_differences(db, record)
        made, stored = make_view(db, record), views.get(db, record)
        if stored is None or made is None:
            yield f"{record}: in the log, but not stored"
            continue
        for name in made.__struct_fields__:
            if name != "representative" and getattr(made, name) != getattr(stored, name):
                yield f"{record}: {name} differs from the fold"
        if stored.representative != stands_for.get(record):
            yield f"{record}: the record that stands for it is another"
        folded = fold(record, placing.stored_changes(log.entries_of(db, record)), {})
        if stays.areas_of(db, record) != placing.areas_of(db, folded):
            yield f"{record}: lies in other areas than the fold says"


def _entry_differences(db: sqlite3.Connection, record: str) -> Iterator[str]:
    for entry in log.entries_of(db, record):
        receipt = entry.receipt
        if entry.body and change_id(bytes(entry.body)) != entry.id:
            yield f"{record}: the bytes at {receipt.pos} are not those of {entry.id}"
        if keys.receipt_mac(db, entry.id, receipt.pos, receipt.at, receipt.role) != receipt.mac:
            yield f"{record}: the receipt at {receipt.pos} is not this server's"
