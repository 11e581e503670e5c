"""Only add: phones come back after months, and data folders after years. What they were told still holds.

Where one of these tests fails, look at the difference first. A name that went or a type that changed breaks
phones in the field: put it back. Where something was only added, `python -m tests.test_snapshot` renews the
snapshots; commit them with the change.
"""

from __future__ import annotations

import difflib
import json
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


def renew() -> None:
    """Writes the snapshots anew."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        for name, told in SNAPSHOTS.items():
            (FOLDER / name).write_text(told(store), "utf-8")
        store.close()


if __name__ == "__main__":
    renew()
