"""What a push must know of all that it brings, asked at once: each statement costs its thread a turn."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from msgspec import Struct

from server.store import keys
from server.store.log import Receipt

_AMONG = "IN (SELECT value FROM json_each(:{}))"
_IDS, _RECORDS, _NAMED = (_AMONG.format(name) for name in ("ids", "records", "named"))
_LOOK_UP = (
    f"SELECT 'receipt', id, pos, at, role, mac FROM log WHERE id {_IDS}"
    f" UNION ALL SELECT 'held', id, 0, 0, '', '' FROM hold WHERE id {_IDS}"
    f" UNION ALL SELECT 'erased', id, 0, 0, '', '' FROM erased WHERE id {_IDS}"
    f" UNION ALL SELECT 'form', record, 0, 0, form, '' FROM record WHERE record {_RECORDS}"
    f" UNION ALL SELECT 'subject', subject, 0, 0, '', '' FROM record"
    f" WHERE subject <> '' AND subject {_RECORDS}"
    # Somebody may be about a duplicate that it stands for, here or not yet.
    f" UNION ALL SELECT 'subject', representative, 0, 0, '', '' FROM record"
    f" WHERE representative IS NOT NULL AND representative {_RECORDS}"
    f" UNION ALL SELECT 'refusing', record, 0, 0, '', '' FROM refusal WHERE record {_RECORDS}"
    f" UNION ALL SELECT 'stay', record, 0, 0, area, '' FROM record_stay WHERE record {_NAMED}"
    f" UNION ALL SELECT 'erased_record', record, 0, 0, '', '' FROM erased_whole WHERE record {_NAMED}"
    " UNION ALL SELECT 'setting', key, 0, 0, value, '' FROM setting"
    " WHERE key IN ('server_key', 'published', 'enrolled')"
)


class Known(Struct, frozen=True):
    """By id or record, of those that were asked for. `lay_in`: every area in which a record ever lay, also of
    the subjects. `state`: another one once a form, an area, a round, a device or a user changed."""

    receipts: dict[str, Receipt]
    held: set[str]
    erased: set[str]
    forms: dict[str, str]
    subjects: set[str]
    refusing: set[str]
    lay_in: dict[str, set[str]]
    erased_records: set[str]
    key: bytes
    state: tuple[str, str]


def look_up(
    db: sqlite3.Connection, ids: Collection[str], records: Collection[str], subjects: Collection[str]
) -> Known:
    """`ids` of changes, the `records` that they are of, the `subjects` that they name."""
    named = {*records, *subjects}
    texts = {"ids": json.dumps(list(ids)), "records": json.dumps(list(records))}
    receipts: dict[str, Receipt] = {}
    forms: dict[str, str] = {}
    settings: dict[str, str] = {}
    lay_in: dict[str, set[str]] = {record: set() for record in named}
    found: dict[str, set[str]] = {
        kind: set() for kind in ("held", "erased", "subject", "refusing", "erased_record")
    }
    for kind, name, pos, at, text, mac in db.execute(_LOOK_UP, texts | {"named": json.dumps(list(named))}):
        if kind == "receipt":
            receipts[name] = Receipt(pos, at, text, mac)
        elif kind == "form":
            forms[name] = text
        elif kind == "stay":
            lay_in[name].add(text)
        elif kind == "setting":
            settings[name] = text
        else:
            found[kind].add(name)
    return Known(
        receipts,
        found["held"],
        found["erased"],
        forms,
        found["subject"],
        found["refusing"],
        lay_in,
        found["erased_record"],
        keys.decode(settings.get("server_key", "")),
        (settings.get("published", ""), settings.get("enrolled", "")),
    )
