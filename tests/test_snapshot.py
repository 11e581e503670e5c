"""Only add: phones come back after months, and data folders after years. What they were told still holds.

Where one of these tests fails, look at the difference first. A name that went or a type that changed breaks
phones in the field: put it back. Where something was only added, `python -m tests.test_snapshot` renews the
snapshots, which it does only where nothing vanishes or changes; commit them with the change.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from schemas.form import Form
from server.app import build_app
from server.config import Config
from server.store import Store

FOLDER = Path(__file__).parent / "snapshots"
RENEW = "If this only adds, renew it by `python -m tests.test_snapshot`; else phones or data folders break."
# The desk is loaded along with the server that it asks; phones are not.
_NOT_WIRE = ("/api/desk/", "/api/session", "/api/export")
_WORDS = ("description", "title")


def wire(store: Store) -> str:
    """What phones send and are answered, and the Form that they are given: a line for each field."""
    document = build_app(Config(data_dir=store.data_dir), store).openapi_schema.to_schema()
    lines = [
        line
        for path, item in document["paths"].items()
        if not path.startswith(_NOT_WIRE)
        for method, operation in item.items()
        for line in _operation(f"{method.upper()} {path}", operation)
    ]
    lines += _named(document["components"]["schemas"], "\n".join(lines))
    form = msgspec.json.schema(Form, ref_template="#/components/schemas/{name}")
    lines += _named(form["$defs"], form["$ref"] + '"')
    return "".join(f"{line}\n" for line in sorted(set(lines)))


def _operation(name: str, operation: dict[str, Any]) -> Iterator[str]:
    for asked in operation.get("parameters", ()):
        yield f"{name} {asked['in']} {_field(asked['name'], asked['schema'], asked['required'])}"
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"{name} takes {kind} {_text(body.get('schema'))}"
    for status, answer in operation["responses"].items():
        for kind, body in answer.get("content", {}).items():
            yield f"{name} answers {status} {kind} {_text(body.get('schema'))}"


def _named(known: dict[str, Any], text: str) -> list[str]:
    """The messages that a text names, and those that they name."""
    lines: list[str] = []
    waiting, done = [text], set[str]()
    while waiting:
        text = waiting.pop()
        for name in sorted(known.keys() - done):
            if f'/schemas/{name}"' in text:
                done.add(name)
                waiting.append(json.dumps(known[name]))
                required = known[name].get("required", ())
                lines += [
                    f"{name}.{_field(field, told, field in required)}"
                    for field, told in known[name].get("properties", {}).items()
                ]
    return lines


def _field(name: str, told: Any, is_required: bool) -> str:
    return f"{name}{'' if is_required else '?'} {_text(told)}"


def _text(told: Any) -> str:
    return json.dumps(_without_prose(told), sort_keys=True)


def _without_prose(part: Any) -> Any:
    if isinstance(part, dict):
        # A field may be called `title` too; then what stands there is no text.
        return {
            key: _without_prose(value)
            for key, value in part.items()
            if not (key in _WORDS and isinstance(value, str))
        }
    return [_without_prose(item) for item in part] if isinstance(part, list) else part


def schema(store: Store) -> str:
    """What the migrations make, one statement after another."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'record_search_%'"
            " ORDER BY type, name"
        ).fetchall()
    return "".join(f"{' '.join(row[0].split())};\n" for row in rows)


SNAPSHOTS = {"wire.txt": wire, "schema.sql": schema}


def _difference(name: str, folder: Path) -> str:
    store = Store.open(folder)
    try:
        now = SNAPSHOTS[name](store)
    finally:
        store.close()
    before = (FOLDER / name).read_text("utf-8")
    return "\n".join(difflib.unified_diff(before.splitlines(), now.splitlines(), "before", "now", "", "", 2))


def test_the_wire_is_what_phones_in_the_field_were_told(tmp_path: Path) -> None:
    difference = _difference("wire.txt", tmp_path)
    assert not difference, f"{RENEW}\n{difference}"


def test_the_migrations_make_the_schema_that_data_folders_have(tmp_path: Path) -> None:
    difference = _difference("schema.sql", tmp_path)
    assert not difference, f"{RENEW}\n{difference}"


def losses(before: str, now: str) -> list[str]:
    """The lines that would vanish or change; a table that only got more columns lost nothing."""
    after = set(now.splitlines())
    return [line for line in before.splitlines() if line not in after and not _only_grew(line, after)]


def _only_grew(line: str, after: set[str]) -> bool:
    columns, bracket, end = line.rpartition(")")
    is_table = columns.startswith("CREATE TABLE ")
    return is_table and any(new.startswith(f"{columns},") and new.endswith(bracket + end) for new in after)


def test_a_snapshot_is_renewed_only_where_nothing_vanishes_or_changes() -> None:
    before = "Push.changes [text]\nPush.last? Last\n"
    assert losses(before, before + "Push.proof? text\n") == []
    assert losses(before, "Push.changes [text]\nPush.proof? text\n") == ["Push.last? Last"]
    assert losses(before, before.replace("? Last", " Last")) == ["Push.last? Last"]
    table = "CREATE TABLE hold (id TEXT, pos INTEGER) STRICT;\n"
    assert losses(table, table.replace(")", ", sender TEXT)")) == []
    assert losses(table, table.replace("pos INTEGER", "pos TEXT, at TEXT")) == [table.strip()]


def renew(anew: set[str]) -> str:
    """Writes the snapshots, or says why it wrote none. `anew`: those whose lines may vanish and change."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        now = {name: told(store) for name, told in SNAPSHOTS.items()}
        store.close()
    for name in now.keys() - anew:
        lost = losses((FOLDER / name).read_text("utf-8"), now[name])
        if lost:
            gone = "\n".join(f"  {line}" for line in lost)
            return (
                f"Nothing was renewed: of {name} these lines would vanish or change, and phones in the field"
                f" or data folders rely on them:\n{gone}\nPut them back; only where nothing relies on them"
                f" yet: --anew {name}"
            )
    for name, text in now.items():
        (FOLDER / name).write_text(text, "utf-8")
    return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Renews the snapshots, where they only grow.")
    parser.add_argument("--anew", action="append", default=[], choices=[*SNAPSHOTS])
    sys.exit(renew(set(parser.parse_args().anew)) or 0)
