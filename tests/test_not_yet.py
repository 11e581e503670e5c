"""Every law has a property named after its number, or stands in NOT_YET."""

from __future__ import annotations

import re
from pathlib import Path

from tests.not_yet import LAWS, NOT_YET

TESTS = Path(__file__).parent


def test_every_law_is_tested_or_listed() -> None:
    tested: set[int] = set()
    for file in TESTS.rglob("test_laws_*.py"):
        tested |= {int(number) for number in re.findall(r"^def test_law_(\d\d)_", file.read_text(), re.M)}
    assert tested | set(NOT_YET) == set(LAWS)
    assert not tested & set(NOT_YET), "tested laws leave the list"
