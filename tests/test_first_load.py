"""What a phone has to load before the app shows anything, and what its worker keeps of the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path

import brotli

CLIENT = Path(__file__).parents[1] / "server" / "client"
MOST_KB = 70


def first_files() -> list[str]:
    """The script and style that the page names."""
    return re.findall(r'(?:src|href)="/(assets/[^"]+)"', (CLIENT / "index.html").read_text("utf-8"))


def test_the_first_page_loads_at_most_70_kb_of_script_and_style() -> None:
    sizes = {name: len(brotli.compress((CLIENT / name).read_bytes())) for name in first_files()}
    assert sum(sizes.values()) <= MOST_KB * 1000, sizes


def test_the_worker_keeps_every_screen_widget_and_language_that_is_loaded_later() -> None:
    built = json.loads((CLIENT / "assets.json").read_text("utf-8"))
    of_the_phone = [entry for source, entry in built.items() if source.startswith("src/phone/")]
    assert {entry["src"].rsplit("/", 1)[-1] for entry in of_the_phone} >= {
        "Interview.svelte",
        "GeoField.svelte",
        "en.ts",
    }
    kept = (CLIENT / "sw.js").read_text("utf-8")
    for entry in of_the_phone:
        for name in [entry["file"], *entry.get("css", [])]:
            assert f"/{name}" in kept, name
