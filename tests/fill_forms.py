"""Fills questionnaires in Chromium as people do: `python -m tests.fill_forms [FOLDER] [--only NAME]`.

Every workbook of the folder that the compiler accepts is published, opened on a phone of 360x640, answered
from its first question to its last and submitted; the server must then have the record. Prints a line for
each form: questions seen, seconds, result. Exit 1 when one could not be filled. Answers that a pattern wants
stand in tests/fill_hints.json: workbook to question to an answer, or several to try.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from playwright.sync_api import Error, sync_playwright

from schemas.compiler import compile_workbook
from schemas.form import Form
from server.config import now_ms
from server.store import Store, areas, forms, users
from server.store.areas import Area
from tests.real_forms import FOLDER, attached_to, workbooks_in
from tests.running import RunningServer, running_server, thon

sys.path[:0] = [str(Path(__file__).parent / "e2e"), str(Path(__file__).parent)]
from filler import StuckError, fill_new_record
from find_chromium import LAUNCH_ARGUMENTS, find_chromium
from people import SMALL_PHONE, Interviewer

HINTS = Path(__file__).with_name("fill_hints.json")
AREAS = [Area("X", "", "Xã Lát", "commune"), Area("A", "X", "Thôn A", "hamlet", "rural")]


def accepted(folder: Path, only: str) -> dict[str, Form]:
    """The forms of the workbooks that compile, by file name; each with an id of its own."""
    found: dict[str, Form] = {}
    for file in workbooks_in(folder):
        compiled = compile_workbook(file.read_bytes(), file.name, attached_to(file))
        if compiled.form is not None and only in file.name:
            found[file.name] = replace(compiled.form, id=file.stem)
    return found


def data_folder(
    folder: Path, published: Mapping[str, Form], contents: Mapping[str, bytes] | None = None
) -> str:
    """A hamlet with one interviewer and these forms, with what they show by SHA-256; the code that enrols her
    phone."""
    store = Store.open(folder)

    def job(db: sqlite3.Connection) -> None:
        areas.load(db, AREAS)
        users.add(db, "Ka Hân", "interviewer", "X", now_ms())
        for form in published.values():
            said = forms.publish(db, form, now_ms(), contents or {})
            assert not isinstance(said, str), said

    store.write(job)
    store.close()
    invited = thon(folder, "device", "invite", "--area", "A", "--user", "Ka Hân", "--json")
    return str(json.loads(invited)["code"])


def records_of(server: RunningServer, form: str) -> int:
    """How many records of a form the server has."""
    with sqlite3.connect(server.data_dir / "thon.db") as db:
        return int(db.execute("SELECT count(*) FROM record WHERE form = ?", (form,)).fetchone()[0])


def fill(phone: Interviewer, server: RunningServer, form: Form, hints: Mapping[str, Any]) -> str:
    """The line about one form."""
    asked = sum(1 for node in form.nodes if node.label)
    try:
        seen, took_s = fill_new_record(phone, form, hints)
        phone.sync()
    except (StuckError, AssertionError, Error) as error:
        heading = phone.page.locator("h1").first.inner_text()
        phone.page.screenshot(path=Path(tempfile.gettempdir()) / f"stuck-{form.id}.png")
        phone.go_home()
        phone.sync()
        return f"{form.id}: NOT FILLED at {heading!r}: {str(error)[:600]}"
    if records_of(server, form.id) != 1:
        return f"{form.id}: NOT FILLED: the server has no record"
    return f"{form.id}: filled, {len(seen)} of {asked} labelled rows seen, {took_s:.0f} s"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fill_forms", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--only", default="", help="a part of the workbook's name")
    options = parser.parse_args()
    published = accepted(options.folder, options.only)
    if not published:
        print(f"There is no workbook in {options.folder} that is accepted.")
        return 0
    hints = json.loads(HINTS.read_text("utf-8"))
    lines = []
    executable = find_chromium()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        code = data_folder(Path(folder), published)
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGUMENTS)
        context = browser.new_context(**SMALL_PHONE)
        context.set_default_timeout(20_000)
        with running_server(Path(folder)) as server:
            phone = Interviewer(context, server.url, lambda page, name: None, "filling")
            phone.enrol(code)
            for name, form in published.items():
                lines.append(fill(phone, server, form, hints.get(name, {})))
                print(lines[-1], flush=True)
        browser.close()
    failed = sum("NOT FILLED" in line for line in lines)
    print(f"{len(lines) - failed} filled, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
