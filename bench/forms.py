"""Forms: compiling, size, opening and answering on the phone, beside pyxform and @getodk/xforms-engine."""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import brotli
import msgspec
from msgspec.structs import replace
from playwright.sync_api import Browser

from bench.engines import Engines, bundled
from bench.form_phone import Phone, bare_page, chromium, phone, spread
from bench.ground import Figures, Ground
from bench.roster import roster
from schemas.compiler import compile_workbook
from schemas.form import Asked, Form
from tests.oracle.xforms import XForm, xform_of
from tests.real_forms import FOLDER, attached_to, workbooks_in

# The server's own level, for both.
_QUALITY = 5
_MOST_ALONE = 60


def forms(ground: Ground) -> Figures:
    """Every workbook of the folder that compiles; another folder is named by BENCH_XLSFORMS."""
    files = {file.stem: file for file in workbooks_in(Path(os.environ.get("BENCH_XLSFORMS", FOLDER)))}
    found: dict[str, Form] = {}
    for name, file in files.items():
        form = compile_workbook(file.read_bytes(), file.name, attached_to(file)).form
        if form is not None:
            found[name] = replace(form, id=name)
    if not found:
        return {}
    largest = max(found, key=lambda name: sum(isinstance(node, Asked) for node in found[name].nodes))
    if ground.is_quick:
        found = {name: form for name, form in found.items() if name == largest or len(form.nodes) < 60}
    xforms = {name: xform_of(files[name]) for name in found}
    figures = _compiled(files[largest], xforms[largest]) | _sizes(found, xforms)
    with chromium() as browser, ground.folder() as folder:
        engines = Engines(browser, bundled(folder))
        figures |= _on_the_phone(browser, engines, found, xforms, largest)
        figures |= roster(browser)
    return figures


def _compiled(file: Path, xform: XForm) -> Figures:
    content = file.read_bytes()

    def once() -> float:
        began = time.process_time()
        compile_workbook(content, file.name, attached_to(file))
        return time.process_time() - began

    took = [once() for _ in range(3)]
    return {
        "form_compile": {
            "unit": f"s of processor time to compile {file.name}",
            "ours": round(took[0], 3),
            "pyxform": round(xform.seconds, 2),
            "limit": "< 1",
            "met": took[0] < 1,
        }
    }


def _sizes(found: dict[str, Form], xforms: dict[str, XForm]) -> Figures:
    ours = {name: _packed(msgspec.json.encode(form)) for name, form in found.items()}
    theirs = {
        name: _packed(xform.text.encode()) + _packed(xform.itemsets.encode())
        for name, xform in xforms.items()
        if xform.text
    }
    return {
        "form_size": {
            "unit": f"bytes of a form, brotli {_QUALITY}; of an XForm with its external choices",
            "ours": ours,
            "xform": theirs,
            "limit": "smaller, each",
            "met": all(ours[name] < size for name, size in theirs.items()),
        }
    }


def _packed(content: bytes) -> int:
    return len(brotli.compress(content, quality=_QUALITY)) if content else 0


def _on_the_phone(
    browser: Browser, engines: Engines, found: dict[str, Form], xforms: dict[str, XForm], largest: str
) -> Figures:
    rows: dict[str, Any] = {}
    bare = bare_page(browser)
    with phone(browser, found) as held:
        opened = statistics.median(_opened_afresh(held, largest) for _ in range(3))
        for name, form in found.items():
            print(f"forms: {name}", file=sys.stderr)
            rows[name] = _answered(held, name)
            alone = engines.answer_ours(form, _MOST_ALONE)
            beside = engines.answer_theirs(xforms[name].text, _MOST_ALONE) if xforms[name].text else []
            rows[name]["evaluator_alone"] = spread(alone) if alone else {}
            rows[name]["xforms_engine_alone"] = spread(beside) if beside else {}
    theirs = engines.open_theirs(xforms[largest].text, 3)
    ratio = opened / theirs if isinstance(theirs, float) else None
    return {
        "form_open": {
            "unit": f"ms at 6x slowdown until {largest} is open; ours from the tap to the painted page",
            "ours": round(opened, 1),
            "ours_without_the_screen": round(engines.open_ours(found[largest], 3), 1),
            "xforms_engine_without_a_screen": theirs if isinstance(theirs, str) else round(theirs, 1),
            "ratio": ratio and round(ratio, 4),
            "limit": "ratio <= 0.1",
            "met": ratio is not None and ratio <= 0.1,
        },
        "form_answer": {
            "unit": "ms at 6x slowdown from an input event until what follows from it is painted",
            "ours": rows,
            "a_page_of_one_button": spread(bare),
            "limit": "p95 < 50 on every form",
            "met": all(row["painted"]["p95"] < 50 for row in rows.values()),
        },
    }


def _opened_afresh(held: Phone, name: str) -> float:
    held.fresh()
    took = held.open(name)
    held.leave()
    return took


def _answered(held: Phone, name: str) -> dict[str, Any]:
    held.fresh()
    opened = held.open(name)
    told = held.fill(name)
    slowest = sorted(told, key=lambda one: -one["ms"])[:3]
    return {
        "opened": round(opened, 1),
        "painted": spread([one["ms"] for one in told]),
        "slowest": [f"{one['path']} ({one['kind']}, {one['event']}): {one['ms']:.0f}" for one in slowest],
    }
