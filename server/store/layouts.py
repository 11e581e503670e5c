"""How what a stored view keeps is written. Answers that one of the record's own changes says are not kept a
second time, the others stand by their place in the form that judged them, and all is squeezed. Only this
module knows those bytes: no SQL looks inside."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw, Struct

from schemas.canonical import canonical
from schemas.form import ChoiceQuestion, ChoicesQuestion, Form, NumberQuestion, Valued, decode_form
from server.store import log

# What every view says, so that it costs nothing. No answer may ever stand here: erasing does not reach it.
_USUAL = (
    b'[null,null,["1","2","3","4","5","6","7","8","9"],"2026-01-01T00:00:00.000+07:00","0",[0,""]]'
    b'"@round":[{"at":,"author":"u-","id":"","role":"supervisor","value":"approved"}],"@subject":[{"at":'
    b'[{"areas":[""],"comments":[],"conflicts":{},"env":{"lang":"vi","now":17,"offset_min":420,"seed":"-7"},"flags":'
    b'[],"form":"","heads":{"@area":[{"at":17,"author":"u-","id":"","role":"interviewer","value":""}],"@env":[{"at":'
    b'17,"author":"u-","id":"","role":"interviewer","value":{"lang":"vi","now":17,"offset_min":420,"seed":""}}],'
    b'"@status":[{"at":17,"author":"u-","id":"","role":"interviewer","value":"submitted"}]},"hidden_rows":[],'
    b'"places":{},"seen":[""],"values":{"@area":"","@env":{"lang":"vi","now":17,"offset_min":420,"seed":""},'
    b'"@round":"","@status":"submitted","@subject":""},"whole":"","without":["deviceid","end","start"]},{},['
)
_LEVEL = 6
COLUMNS = "layout, kept, folded, answers"
_MOST_KNOWN = 64


class _Kept(Struct, array_like=True, frozen=True):
    """`base`: position of the change whose writes are answers too, but for `gone` and those that follow;
    `rest`: answers without a place, by path; `rows`: number of the scope, row ids, values."""

    folded: Raw
    base: int
    gone: list[str]
    rest: dict[str, Any]
    top: list[Any]
    rows: list[list[Any]]


class Layout(Struct, frozen=True):
    """`scopes`: names by the row-less path that they stand under ("" outside repeats), in the order in which
    values are kept. Views that were written by one are read by it: it never changes."""

    scopes: dict[str, list[str]]
    dictionary: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]


_layouts = msgspec.json.Decoder(Layout)


class _Hand:
    """A layout made ready to write and read by."""

    def __init__(self, layout: Layout) -> None:
        self._dictionary = layout.dictionary.encode()
        self._scopes = list(layout.scopes.items())
        self._places = {
            scope: (number, {name: place for place, name in enumerate(names)})
            for number, (scope, names) in enumerate(self._scopes)
        }
        self._top = layout.scopes.get("", [])

    def write(self, folded: bytes, answers: dict[str, Any], base: int, said: Mapping[str, Any]) -> bytes:
        """`said`: what the change at `base` wrote."""
        rest: dict[str, Any] = {}
        values: dict[str, tuple[dict[str, int], list[Any]]] = {}
        for path, value in answers.items():
            if path in said and _are_same(said[path], value) and "@" not in path:
                continue
            prefix, _, name = path.rpartition("/")
            if prefix not in values:
                values[prefix] = self._begin(prefix)
            places, row = values[prefix]
            place = places.get(name)
            if place is None or value is None:
                rest[path] = value
            else:
                row.extend([None] * (place + 3 - len(row)))
                row[place + 2] = value
        gone = [path for path in said if path not in answers and "@" not in path]
        top = values.pop("", ({}, []))[1][2:]
        rows = [row for _, row in values.values() if len(row) > 2]
        text = _encoder.encode(_Kept(Raw(folded), base, gone, rest, top, rows))
        squeezing = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=self._dictionary)
        return squeezing.compress(text) + squeezing.flush()

    def _begin(self, prefix: str) -> tuple[dict[str, int], list[Any]]:
        parts = prefix.split("/") if prefix else []
        number, places = self._places.get("/".join(parts[::2]), (0, {}))
        return (places if len(parts) % 2 == 0 else {}), [number, "/".join(parts[1::2])]

    def read(self, kept: bytes) -> _Kept:
        return _decoder.decode(zlib.decompressobj(-zlib.MAX_WBITS, self._dictionary).decompress(kept))

    def answers(self, kept: _Kept, said: Mapping[str, Any]) -> dict[str, Any]:
        answers = {path: value for path, value in said.items() if "@" not in path}
        for path in kept.gone:
            answers.pop(path, None)
        for name, value in zip(self._top, kept.top, strict=False):
            if value is not None:
                answers[name] = value
        for number, ids, *values in kept.rows:
            scope, names = self._scopes[number]
            pairs = zip(scope.split("/"), ids.split("/"), strict=True)
            prefix = "/".join(chain.from_iterable(pairs))
            for name, value in zip(names, values, strict=False):
                if value is not None:
                    answers[f"{prefix}/{name}"] = value
        return answers | kept.rest


def _are_same(one: Any, other: Any) -> bool:
    """Whether JSON would write both alike, so that neither reads as the other: 1 and true do not."""
    if type(one) is not type(other):
        return False
    return bool(one == other) if isinstance(one, str | int) else canonical(one) == canonical(other)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Kept)
# Content under a digest never changes, so it serves every store of the process.
_hands: dict[str, _Hand] = {}
_digests: dict[str, str] = {}


def write(
    db: sqlite3.Connection, record: str, judging: tuple[str, str], folded: bytes, answers: dict[str, Any]
) -> tuple[int, bytes]:
    """(number of the layout, what is kept) of a record's view; `judging`: form and version. Must run
    inside the store's write transaction."""
    row = db.execute("SELECT hash FROM form WHERE id = ? AND version = ?", judging).fetchone()
    published = "" if row is None else str(row[0])
    digest = _digests.get(published)
    found = digest and db.execute("SELECT number FROM layout WHERE hash = ?", (digest,)).fetchone()
    if not digest or not found:
        layout = _layout_of(db, published)
        digest = layout.digest
        _remember(_digests, published, digest)
        db.execute(
            "INSERT OR IGNORE INTO layout (hash, layout) VALUES (?, ?)",
            (digest, msgspec.json.encode(layout).decode()),
        )
        found = db.execute("SELECT number FROM layout WHERE hash = ?", (digest,)).fetchone()
    number = int(found[0])
    return number, _hand(db, number).write(folded, answers, *log.longest_of(db, record))


def answers(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """Answers by path in a row with `COLUMNS`."""
    if row["kept"] is None:
        # Of before, and not made again since.
        found: dict[str, Any] = json.loads(row["answers"])
        return found
    hand = _hand(db, row["layout"])
    kept = hand.read(row["kept"])
    return hand.answers(kept, log.writes_at(db, kept.base))


def folded(db: sqlite3.Connection, row: sqlite3.Row) -> bytes:
    """What is kept of the fold in a row with `COLUMNS`."""
    if row["kept"] is None:
        return bytes(row["folded"].encode())
    return bytes(_hand(db, row["layout"]).read(row["kept"]).folded)


def _hand(db: sqlite3.Connection, number: int) -> _Hand:
    (digest,) = db.execute("SELECT hash FROM layout WHERE number = ?", (number,)).fetchone()
    hand = _hands.get(digest)
    if hand is None:
        (text,) = db.execute("SELECT layout FROM layout WHERE number = ?", (number,)).fetchone()
        hand = _Hand(_layouts.decode(text))
        _remember(_hands, digest, hand)
    return hand


def _remember(known: dict[str, Any], key: str, value: Any) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[key] = value


def _layout_of(db: sqlite3.Connection, published: str) -> Layout:
    row = db.execute("SELECT body FROM form WHERE hash = ?", (published,)).fetchone()
    return layout_of(None if row is None else decode_form(bytes(row[0])))


def layout_of(form: Form | None) -> Layout:
    """Values of one kind stand together: so they are squeezed best."""
    nodes = [node for node in form.nodes if isinstance(node, Valued)] if form else []
    scopes: dict[str, list[str]] = {}
    for node in sorted(nodes, key=_kind):
        scope, _, name = node.path.rpartition("/")
        scopes.setdefault(scope, []).append(name)
    return Layout(scopes, _USUAL.decode())


def _kind(node: Valued) -> int:
    kinds = (ChoiceQuestion, NumberQuestion, ChoicesQuestion)
    return next((number for number, kind in enumerate(kinds) if isinstance(node, kind)), len(kinds))
