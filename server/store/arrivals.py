"""What a push must know of all that it brings, asked at once: each statement costs its thread a turn."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from msgspec import Struct

from server.store import keys
from server.store.log import Receipt

# Each name is looked up as it is read: what `IN` would gather of them first costs more than to find them.
_IDS, _RECORDS, _NAMED = (
    f"FROM json_each(:{name}) AS one CROSS JOIN" for name in ("ids", "records", "named")
)
_LOOK_UP = (
    f"SELECT 'receipt', t.id, t.pos, t.at, t.role, t.mac {_IDS} log t ON t.id = one.value"
    f" UNION ALL SELECT 'held', t.id, 0, 0, '', '' {_IDS} hold t ON t.id = one.value"
    f" UNION ALL SELECT 'erased', t.id, 0, 0, '', '' {_IDS} erased t ON t.id = one.value"
    f" UNION ALL SELECT 'form', t.record, 0, 0, t.form, '' {_RECORDS} record t ON t.record = one.value"
    f" UNION ALL SELECT 'subject', t.subject, 0, 0, '', '' {_RECORDS} record t"
    " ON t.subject = one.value AND t.subject <> ''"
    # Somebody may be about a duplicate that it stands for, here or not yet.
    f" UNION ALL SELECT 'subject', t.representative, 0, 0, '', '' {_RECORDS} record t"
    " ON t.representative = one.value AND t.representative IS NOT NULL"
    f" UNION ALL SELECT 'refusing', t.record, 0, 0, '', '' {_RECORDS} refusal t ON t.record = one.value"
    f" UNION ALL SELECT 'stay', t.record, 0, 0, t.area, '' {_NAMED} record_stay t ON t.record = one.value"
    f" UNION ALL SELECT 'erased_record', t.record, 0, 0, '', '' {_NAMED} erased_whole t"
    " ON t.record = one.value"
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
