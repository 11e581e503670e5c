"""The stored view of each record: refreshed from the log when it is stale."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from server.store import layouts, likely, log, search


class RecordView(Struct, frozen=True, kw_only=True):
    """One row of `record`. `folded`: the fold but for what the others say, as `stored_fold` keeps it;
    `answers`: relevant values with calculations; `carried`: what past rounds give phones, None where the
    form does not carry; `marks`: how often the record had been marked stale when the view was made;
    `submitted`: position of the change that submitted the record last."""

    record: str
    form: str
    round: str = ""
    subject: str = ""
    status: str = ""
    title: str = ""
    code: str = ""
    search: str = ""
    flags: list[str] = []
    conflicts: int = 0
    deleted: bool = False
    same_as: list[str] = []
    representative: str | None = None
    pos: int = 0
    at: int = 0
    author: str = ""
    device: str = ""
    folded: bytes = b"{}"
    answers: dict[str, Any] = {}
    violations: list[Any] = []
    carried: dict[str, Any] | None = None
    form_version: str = ""
    marks: int = 0
    submitted: int | None = None


def begin(db: sqlite3.Connection, record: str, form: str) -> None:
    """Makes the (stale) row of a record with its first change."""
    db.execute("INSERT OR IGNORE INTO record (record, form) VALUES (?, ?)", (record, form))


class Begun(Struct, frozen=True):
    """A record that has no row yet: since `pos` in this round and about this subject ('': none)."""

    record: str
    form: str
    round: str
    subject: str
    pos: int


def begin_placed(db: sqlite3.Connection, begun: Iterable[Begun]) -> None:
    """Makes the (stale) rows of these records."""
    db.executemany(
        "INSERT INTO record (record, form, round, subject, round_since) VALUES (?, ?, ?, ?, ?)",
        [(each.record, each.form, each.round, each.subject, each.pos if each.round else 0) for each in begun],
    )


def place(db: sqlite3.Connection, record: str, round_id: str, subject: str, pos: int) -> None:
    """Round and subject are kept at once, not lazily: areas and what phones are given depend on them."""
    before = db.execute("SELECT subject FROM record WHERE record = ?", (record,)).fetchone()
    if before is not None and before[0] not in ("", subject):
        likely.mark_due(db, [before[0]])
    db.execute(
        "UPDATE record SET round = ?1, subject = ?2,"
        " round_since = CASE WHEN round = ?1 THEN round_since ELSE ?3 END WHERE record = ?4",
        (round_id, subject, pos, record),
    )


def mark_stale(db: sqlite3.Connection, record: str, has_new_ties: bool = False) -> None:
    """The record, and those about it or about a duplicate that it stands for: they read its answers."""
    # Of a tied record any change may say whether it is deleted, and so who stands for whom.
    db.execute(
        "UPDATE record SET stale = 2 WHERE record = ?"
        " AND (? OR deleted OR same_as <> '[]' OR representative IS NOT NULL)",
        (record, has_new_ties),
    )
    _mark_with_those_about(db, "record = ?", record)


def mark_all_of(db: sqlite3.Connection, has_new_ties: Mapping[str, bool]) -> None:
    """The same for several records."""
    if not has_new_ties:
        return
    wanted = "record IN (SELECT value FROM json_each(?))"
    tied = json.dumps([record for record, is_tied in has_new_ties.items() if is_tied])
    records = json.dumps(list(has_new_ties))
    db.execute(
        f"UPDATE record SET stale = 2 WHERE ({wanted} AND (deleted OR same_as <> '[]' OR representative"
        f" IS NOT NULL)) OR {wanted}",
        (records, tied),
    )
    _mark_with_those_about(db, wanted, records)


def mark_tied_stale(db: sqlite3.Connection, record: str) -> None:
    """Those that are the same as this record, which is about to go: another stands for them then."""
    db.execute(
        "UPDATE record SET stale = 2 WHERE (representative IS NOT NULL AND representative ="
        " (SELECT representative FROM record WHERE record = ?1)) OR (same_as <> '[]'"
        " AND EXISTS (SELECT 1 FROM json_each(same_as) WHERE value = ?1))",
        (record,),
    )


def mark_form_stale(db: sqlite3.Connection, form: str) -> None:
    """Every record of a form, and those about them."""
    _mark_with_those_about(db, "form = ?", form)


def mark_round_stale(db: sqlite3.Connection, round_id: str) -> None:
    """Every record of a round, and those about them."""
    _mark_with_those_about(db, "round = ?", round_id)


def _mark_with_those_about(db: sqlite3.Connection, which: str, value: str) -> None:
    """A view reads one other record alone, so the mark goes no further."""
    db.execute(
        f"WITH changed(record) AS (SELECT record FROM record WHERE {which}),"
        " named(record) AS (SELECT record FROM changed UNION"
        " SELECT d.record FROM changed c JOIN record d ON d.representative = c.record)"
        " UPDATE record SET stale = max(stale, 1) WHERE record IN (SELECT record FROM changed UNION"
        " SELECT r.record FROM named n JOIN record r ON r.subject = n.record WHERE r.subject <> '')",
        (value,),
    )


def with_new_ties(db: sqlite3.Connection) -> list[str]:
    """Stale records whose ties to others may have changed."""
    return [row[0] for row in db.execute("SELECT record FROM record WHERE stale > 0 AND stale = 2")]


def mark_all_stale(db: sqlite3.Connection) -> None:
    db.execute("UPDATE record SET stale = max(stale, 1)")


def stale(db: sqlite3.Connection, limit: int) -> list[str]:
    """Stale records, those without a subject first: the others read them."""
    rows = db.execute(
        "SELECT record FROM record WHERE stale > 0 ORDER BY subject <> '', number LIMIT ?", (limit,)
    )
    return [row[0] for row in rows]


def is_stale(db: sqlite3.Connection, record: str) -> bool:
    row = db.execute("SELECT stale FROM record WHERE record = ?", (record,)).fetchone()
    return row is not None and bool(row[0])


def form_of(db: sqlite3.Connection, record: str) -> str | None:
    """The form of a record that has a change in the log."""
    row = db.execute("SELECT form FROM record WHERE record = ?", (record,)).fetchone()
    return None if row is None else str(row[0])


def about(db: sqlite3.Connection, subject: str) -> list[str]:
    """The records whose `@subject` is this one."""
    return [row[0] for row in db.execute("SELECT record FROM record WHERE subject = ?", (subject,))]


def subjects_above(db: sqlite3.Connection, subject: str) -> list[str]:
    """This record, what it is about, what that is about, and so on; ends where it would come round."""
    rows = db.execute(
        "WITH RECURSIVE line(record) AS (SELECT ? UNION"
        " SELECT r.subject FROM line l JOIN record r ON r.record = l.record WHERE r.subject <> '')"
        " SELECT record FROM line",
        (subject,),
    )
    return [row[0] for row in rows]


def marks_of(db: sqlite3.Connection, record: str) -> int:
    row = db.execute("SELECT marks FROM record WHERE record = ?", (record,)).fetchone()
    return 0 if row is None else int(row[0])


def stands_for(db: sqlite3.Connection, record: str) -> str:
    """The record that stands for this one among duplicates: mostly itself."""
    row = db.execute("SELECT representative FROM record WHERE record = ?", (record,)).fetchone()
    return record if row is None else row[0] or record


def last_position(db: sqlite3.Connection, record: str) -> int:
    """Of the newest change, or erasure of one: what a view is made of. What was erased on hold never was."""
    row = db.execute(
        "SELECT max(coalesce((SELECT max(pos) FROM log WHERE record = ?1), 0),"
        " coalesce((SELECT max(e.pos) FROM erased e JOIN log l ON l.id = e.id WHERE e.record = ?1), 0))",
        (record,),
    ).fetchone()
    return int(row[0])


def has_subject(db: sqlite3.Connection, record: str) -> bool:
    row = db.execute("SELECT subject FROM record WHERE record = ?", (record,)).fetchone()
    return row is not None and row[0] != ""


def put(db: sqlite3.Connection, view: RecordView) -> None:
    """Stores the view. One made before the record was marked again is not: it says again what was erased
    since, and takes the record back to what it was about."""
    carried = None if view.carried is None else json.dumps(view.carried, ensure_ascii=False)
    written = db.execute(
        "UPDATE record SET form = ?, round = ?, subject = ?, status = ?, title = ?, code = ?, search = ?,"
        " flags = ?, conflicts = ?, deleted = ?, same_as = ?, pos = ?, at = ?, author = ?, device = ?,"
        " layout = ?, kept = ?, folded = '{}', answers = '{}', violations = ?, form_version = ?,"
        " submitted = ?, carried_since = CASE WHEN carried IS ? THEN carried_since ELSE ? END, carried = ?,"
        " stale = 0 WHERE marks = ? AND record = ?",
        (
            view.form,
            view.round,
            view.subject,
            view.status,
            view.title,
            view.code,
            view.search,
            json.dumps(view.flags),
            view.conflicts,
            view.deleted,
            json.dumps(view.same_as),
            view.pos,
            view.at,
            view.author,
            view.device,
            *layouts.write(db, view.record, (view.form, view.form_version), view.folded, view.answers),
            json.dumps(view.violations, ensure_ascii=False),
            view.form_version,
            view.submitted,
            carried,
            log.top_position(db),
            carried,
            view.marks,
            view.record,
        ),
    )
    if written.rowcount:
        search.index(db, view.record, "" if view.deleted else view.search)
        likely.mark_due(db, {view.record, view.subject})


def get(db: sqlite3.Connection, record: str) -> RecordView | None:
    row = db.execute("SELECT * FROM record WHERE record = ?", (record,)).fetchone()
    return None if row is None else _view(db, row)


def answers_of_form(db: sqlite3.Connection, form: str) -> Iterator[dict[str, Any]]:
    """The stored answers of each record of a form, one at a time."""
    for row in db.execute(f"SELECT {layouts.COLUMNS} FROM record WHERE form = ?", (form,)):
        yield layouts.answers(db, row)


def by_code(db: sqlite3.Connection, form: str, code: str) -> list[str]:
    """Records of a form with this household code, those that are not deleted."""
    rows = db.execute(
        "SELECT record FROM record WHERE form = ? AND code = ? AND deleted = 0 ORDER BY record", (form, code)
    )
    return [row[0] for row in rows]


def shown_values(view: RecordView) -> dict[str, Any]:
    """Visible values by path, system paths too, as folded."""
    folded = json.loads(view.folded)
    values: dict[str, Any] = folded.get("values", {})
    if "without" not in folded:
        return values
    without = set(folded["without"])
    return {path: value for path, value in view.answers.items() if path not in without} | values


def system_heads(view: RecordView) -> dict[str, list[dict[str, Any]]]:
    """Heads by path, of system paths and where people disagree."""
    heads: dict[str, list[dict[str, Any]]] = json.loads(view.folded).get("heads", {})
    return heads


def everything(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT record FROM record ORDER BY record")]


def same_as_edges(db: sqlite3.Connection) -> tuple[dict[str, list[str]], set[str]]:
    """Every `@same_as` edge, and which of the records they tie are deleted or erased."""
    rows = db.execute("SELECT record, same_as FROM record WHERE same_as <> '[]'").fetchall()
    edges = {row[0]: list(json.loads(row[1])) for row in rows}
    names = set(edges) | {other for others in edges.values() for other in others}
    deleted = {
        name
        for name in names
        if (row := db.execute("SELECT deleted FROM record WHERE record = ?", (name,)).fetchone()) and row[0]
    }
    erased = db.execute(
        "SELECT record FROM erased_whole WHERE record IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(names)),),
    )
    return edges, deleted | {row[0] for row in erased}


def put_representatives(db: sqlite3.Connection, representatives: dict[str, str]) -> None:
    """Writes who stands for whom; records in no group have none. What is about a record that another stands
    for now is stale. Names that no record has yet are passed over."""
    written = json.dumps(sorted(representatives))
    known = db.execute(
        "SELECT record FROM record WHERE record IN (SELECT value FROM json_each(?))", (written,)
    )
    representatives = {row[0]: representatives[row[0]] for row in known}
    before = {
        row[0]: row[1]
        for row in db.execute("SELECT record, representative FROM record WHERE representative IS NOT NULL")
    }
    if before == representatives:
        return
    db.executemany(
        "UPDATE record SET representative = NULL WHERE record = ?",
        [(name,) for name in set(before) - set(representatives)],
    )
    db.executemany(
        "UPDATE record SET representative = ? WHERE record = ?",
        [(other, name) for name, other in representatives.items() if before.get(name) != other],
    )
    names = before.keys() | representatives
    for name in sorted(name for name in names if before.get(name) != representatives.get(name)):
        db.execute("UPDATE record SET stale = max(stale, 1) WHERE subject = ? AND subject <> ''", (name,))


def _view(db: sqlite3.Connection, row: sqlite3.Row) -> RecordView:
    fields = {name: row[name] for name in row.keys() if name in RecordView.__struct_fields__}  # noqa: SIM118
    for name in ("flags", "same_as", "violations"):
        fields[name] = json.loads(fields[name])
    fields["folded"], fields["answers"] = layouts.folded(db, row), layouts.answers(db, row)
    fields["deleted"] = bool(fields["deleted"])
    fields["carried"] = None if fields["carried"] is None else json.loads(fields["carried"])
    return RecordView(**fields)
