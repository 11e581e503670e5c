"""One spelling of Vietnamese wherever people read it: the older one (xóa, khỏe, hủy), as the built-in
questionnaires have it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from schemas.compiler import compile_workbook
from schemas.surveys import built_in

ROOT = Path(__file__).parent.parent
# In "quý" and "giúp" the u belongs to the consonant, in "hoàn" no spelling has it otherwise.
NEWER = re.compile(r"\w*(?:o[àáảãạèéẻẽẹ]|(?<![qQ])u[ỳýỷỹỵ])\b", re.IGNORECASE)


def newer_in(text: str) -> list[str]:
    return NEWER.findall(unicodedata.normalize("NFC", text))


def written() -> Iterator[Path]:
    yield from (ROOT / "client_pwa/src").rglob("*.ts")
    yield from (ROOT / "client_pwa/src").rglob("*.svelte")
    yield from (ROOT / "schemas").rglob("*.py")
    yield from (ROOT / "server").rglob("*.py")


def test_words_of_phone_desk_and_server_carry_their_tones_alike() -> None:
    files = [*written()]
    assert {"vi.ts", "problems.ts", "catalogue.ts", "commune.py"} <= {path.name for path in files}
    found = {path.name: newer_in(path.read_text()) for path in files}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("name", built_in())
def test_the_built_in_questionnaires_carry_theirs_so_too(name: str) -> None:
    form = compile_workbook(built_in()[name], f"{name}.xlsx").form
    assert form is not None
    assert newer_in(msgspec.json.encode(form).decode()) == []


def test_the_newer_spelling_is_known() -> None:
    assert newer_in("Xoá hoà luỹ huỷ thuý khoẻ hoè") == ["Xoá", "hoà", "luỹ", "huỷ", "thuý", "khoẻ", "hoè"]
    assert newer_in("Xóa hòa lũy hủy thúy khỏe hoàn toàn thoáng quý quỹ huỳnh") == []
