"""A list of households becomes changes like anyone else's, written as the device of the commands."""

from __future__ import annotations

import math
import re
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from schemas.canonical import same
from schemas.evaluate import Context, evaluate
from schemas.form import (
    Asked,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Form,
    GeoQuestion,
    NumberQuestion,
)
from schemas.identity import record_id, uuid7
from schemas.text import search_key
from server.compose import compose_change
from server.intake import CLI, Offered, accept
from server.store import Store, areas, devices, epochs, forms, log, views
from sync.clock import next_at

_AREA_COLUMNS = ("area", "area_code", "hamlet", "hamlet_code", "thon")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_BATCH = 200


class Loaded(Struct, frozen=True):
    """How many households were new, changed, and as they were; how many changes were put on hold."""

    added: int
    changed: int
    same: int
    held: int


class _Line(Struct, frozen=True):
    row: int
    code: str
    answers: dict[str, Any]


def load_households(
    store: Store,
    form_id: str,
    rows: list[tuple[int, dict[str, str]]],
    now_ms: int,
    progress: Callable[[int], None],
) -> Loaded | list[str]:
    """Loads all rows or, where anything is wrong, none: then one sentence per problem."""
    store.refresh_views()
    with store.reading() as db:
        form = forms.newest(db, form_id)
        if form is None:
            return [f"There is no form {form_id}: publish it with `thon form publish FILE.xlsx`."]
        known_areas = {area.code for area in areas.everything(db)}
    columns, problems = _columns(form, list(rows[0][1]) if rows else [])
    code_path = next((node.path for node in form.with_meaning("household_code")), "")
    if not code_path or code_path not in columns.values():
        problems.append("There is no column with the household code.")
    lines, line_problems = _lines(form, rows, columns, code_path, known_areas)
    problems += line_problems
    return problems or _write(store, form, lines, now_ms, progress)


def _columns(form: Form, header: list[str]) -> tuple[dict[str, str], list[str]]:
    """Column name to answer path; a column is a question's name or its label in any language."""
    paths: dict[str, str] = {}
    for node in form.nodes:
        if isinstance(node, Asked) and node.repeat < 0:
            for text in node.label.values():
                if isinstance(text, str):
                    paths.setdefault(search_key(text), node.path)
    for node in form.nodes:
        if isinstance(node, Asked) and node.repeat < 0:
            paths[node.name.lower()] = node.path
    columns: dict[str, str] = {}
    problems = []
    for name in filter(None, header):
        path = paths.get(name) or paths.get(search_key(name))
        if path is None and search_key(name).replace(" ", "_") in _AREA_COLUMNS:
            path = "@area"
        if path is None:
            problems.append(f"The column {name} is neither `area` nor a question of {form.id}.")
        elif path in columns.values():
            problems.append(f"Two columns mean {path}.")
        else:
            columns[name] = path
    return columns, problems


def _lines(
    form: Form,
    rows: list[tuple[int, dict[str, str]]],
    columns: dict[str, str],
    code_path: str,
    known_areas: set[str],
) -> tuple[list[_Line], list[str]]:
    nodes = {node.path: node for node in form.nodes if isinstance(node, Asked)}
    lines: list[_Line] = []
    problems: list[str] = []
    codes: set[str] = set()
    for number, row in rows:
        answers: dict[str, Any] = {}
        for name, path in columns.items():
            text = row.get(name, "")
            value = text if path == "@area" else read_answer(form, nodes[path], text)
            if value is NotImplemented or (path == "@area" and text and text not in known_areas):
                problems.append(f"Row {number}, {name}: {text} is not an answer that is offered there.")
            elif value not in (None, ""):
                answers[path] = value
        code = str(answers.get(code_path, ""))
        if not code or code in codes:
            problems.append(
                f"Row {number}: the household code {code or 'is missing'}{' occurs twice' * bool(code)}."
            )
        codes.add(code)
        problems += [f"Row {number}, {problem}" for problem in _violations(form, answers)]
        lines.append(_Line(number, code, answers))
    return lines, problems


def _violations(form: Form, answers: dict[str, Any]) -> list[str]:
    evaluation = evaluate(form, answers, Context(now_ms=0, lang=form.default_language))
    found = []
    for violation in evaluation.violations:
        if violation.kind == "constraint" and violation.path in answers:
            node = form.nodes[violation.node]
            message = (
                evaluation.text(node.constraint_message, violation.path) if isinstance(node, Asked) else ""
            )
            found.append(f"{violation.path}: {message or 'the form does not allow this answer.'}")
    return found


def read_answer(form: Form, node: Asked, text: str) -> Any:
    """What a cell answers; None for a blank, NotImplemented for what the question does not offer."""
    text = text.strip()
    if not text:
        return None
    match node:
        case NumberQuestion():
            return _number(text, node.kind == "integer")
        case ChoiceQuestion():
            return _code(form, node.list, text)
        case ChoicesQuestion():
            codes = [_code(form, node.list, part) for part in re.split(r"[;|\s]+", text) if part]
            return NotImplemented if NotImplemented in codes else sorted(set(codes))
        case DateQuestion(kind="date"):
            return _date(text)
        case GeoQuestion(kind="geopoint"):
            parts = [_number(part, False) for part in re.split(r"[;,\s]+", text)]
            return NotImplemented if len(parts) < 2 or NotImplemented in parts else [*parts, 0, 0][:4]
        case _:
            return text


def _number(text: str, is_whole: bool) -> Any:
    try:
        number = float(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))
    except ValueError:
        return NotImplemented
    if not math.isfinite(number) or abs(number) > 2**53 - 1 or (is_whole and not number.is_integer()):
        return NotImplemented
    return int(number) if number.is_integer() else number


def _code(form: Form, name: str, text: str) -> Any:
    for choice in form.lists.get(name, []):
        labels = [search_key(label) for label in choice.label.values() if isinstance(label, str)]
        if text == choice.name or search_key(text) in labels:
            return choice.name
    return NotImplemented


def _date(text: str) -> Any:
    found = _DATE.fullmatch(text)
    iso = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text[:10]
    return iso if re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso) else NotImplemented


def _write(
    store: Store, form: Form, lines: list[_Line], now_ms: int, progress: Callable[[int], None]
) -> Loaded:
    # On a copy that was put back, these positions must not pass for those that phones were given before.
    store.write(lambda db: epochs.begin(db, now_ms))
    with store.reading() as db:
        seq = log.max_seq(db, devices.CLI_DEVICE)
    counts = {"added": 0, "changed": 0, "same": 0, "held": 0}
    bodies: list[bytes] = []
    for done, line in enumerate(lines, 1):
        with store.reading() as db:
            record, seen, writes, at = _difference(db, form, line, now_ms)
        is_new = not seen
        counts["added" if is_new else "changed" if writes else "same"] += 1
        if writes:
            seq += 1
            bodies.append(
                compose_change(
                    store,
                    device=devices.CLI_DEVICE,
                    author=devices.SYSTEM_AUTHOR,
                    record=record,
                    form=form.id,
                    set=writes,
                    seen=seen,
                    at=at,
                    seq=seq,
                )
            )
        if len(bodies) >= _BATCH or done == len(lines):
            results = accept(store, CLI, [Offered(body) for body in bodies], now_ms)
            counts["held"] += sum(result.result == "held" for result in results)
            bodies = []
            progress(done)
    store.refresh_views()
    return Loaded(**counts)


def _difference(
    db: sqlite3.Connection, form: Form, line: _Line, now_ms: int
) -> tuple[str, list[str], dict[str, Any], int]:
    """The record, the changes it is folded from, what the row says otherwise, and the change's `at`."""
    known = views.by_code(db, form.id, line.code)
    if not known:
        return _new_record(form, line, now_ms), [], line.answers | {"@status": "approved"}, now_ms
    view = views.get(db, known[0])
    entries = log.entries_of(db, known[0])
    shown = views.shown_values(view) if view else {}
    writes = {path: value for path, value in line.answers.items() if not same(shown.get(path), value)}
    if writes and view and view.status in ("", "approved") and "changed_since_approval" not in view.flags:
        # What somebody changed meanwhile waits for a supervisor: it is not approved along with the list.
        writes["@status"] = "approved"
    at = next_at((entry.receipt.at for entry in entries), now_ms)
    return known[0], [entry.id for entry in entries], writes, at


def _new_record(form: Form, line: _Line, now_ms: int) -> str:
    values = [str(line.answers.get("@area" if name == "area" else name, "")) for name in form.one_per]
    if form.one_per and all(values):
        return record_id(form.id, values)
    return uuid7(now_ms, secrets.token_bytes(10))
