"""The generated interviews as our changes, and the form that they answer."""

from __future__ import annotations

import importlib.util
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import xlsxwriter

from schemas.change import change_id, encode_change
from schemas.compiler import compile_workbook
from schemas.form import Form

FORM, VERSION, AREA, AUTHOR = "hh_living", "2026010100", "X1", "u-han"
_FIRST_MS = 1_789_640_000_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ROWS_SINCE_MS = 1_577_836_800_000
_MEMBER_MS = 95_123


class NoWorkload(Exception):
    """The generator stands outside the project."""


def workload(path: Path) -> ModuleType:
    """The generator of interviews at `path`. Raises `NoWorkload`."""
    if not path.is_file():
        raise NoWorkload(f"There is no {path}: name the generator of interviews with --workload.")
    spec = importlib.util.spec_from_file_location("workload", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["workload"] = module
    spec.loader.exec_module(module)
    return module


def form(generator: ModuleType) -> Form:
    """The questionnaire of the generator, as our form."""
    book_bytes = io.BytesIO()
    book = xlsxwriter.Workbook(book_bytes, {"in_memory": True})
    survey = book.add_worksheet("survey")
    header = ["type", "name", "label::vi", "label::en", "required", "relevant", "constraint"]
    rows: list[list[str]] = [header, ["start", "start"], ["end", "end"], ["deviceid", "deviceid"]]
    for group, english, vietnamese, questions in generator.SPEC:
        rows.append(["begin_group", group, vietnamese, english])
        rows += [_question(question) for question in questions]
        rows.append(["end_group"])
    rows.append(["begin_repeat", "member", "Thành viên hộ", "Household member"])
    rows += [_question(question) for question in generator.ROSTER]
    rows.append(["end_repeat"])
    for line, row in enumerate(rows):
        survey.write_row(line, 0, row)
    choices = book.add_worksheet("choices")
    choices.write_row(0, 0, ["list_name", "name", "label::vi", "label::en"])
    listed = [[name, code, vi, en] for name, options in generator.LISTS.items() for code, en, vi in options]
    for line, row in enumerate(listed, 1):
        choices.write_row(line, 0, row)
    settings = book.add_worksheet("settings")
    settings.write_row(0, 0, ["form_title", "form_id", "version", "default_language"])
    settings.write_row(1, 0, ["Household living conditions", FORM, VERSION, "vi"])
    book.close()
    compiled = compile_workbook(book_bytes.getvalue(), f"{FORM}.xlsx")
    assert compiled.form is not None, compiled.problems
    return compiled.form


def _question(question: tuple[str, str, str, str, dict[str, str]]) -> list[str]:
    name, kind, english, vietnamese, extra = question
    cells = [extra.get(column, "") for column in ("required", "relevant", "constraint")]
    return [kind, name, vietnamese, english, *cells]


class Pen:
    """Writes the interviews of one device as changes, the way a phone seals them: once each, submitted."""

    def __init__(self, generator: ModuleType, device: str, first: int = 0) -> None:
        self.device = device
        self.seq = 0
        self._generator = generator
        self._next = first
        self._chance = random.Random(f"{device}/{first}")
        self._kinds = {
            name: kind.partition(" ")[0]
            for questions in (*(part[3] for part in generator.SPEC), generator.ROSTER)
            for name, kind, *_ in questions
        }

    def interviews(self, count: int) -> Iterator[tuple[str, bytes]]:
        """(record, exact bytes) of the next ones."""
        for _ in range(count):
            document = self._generator.interview(self._next)
            self._next += 1
            record = self._uuid7(_FIRST_MS + self._next * 1000)
            yield record, self.change(record, self._answers(document))

    def change(
        self, record: str, values: dict[str, Any], seen: tuple[str, ...] = (), at: int | None = None
    ) -> bytes:
        """One change of this device."""
        self.seq += 1
        return encode_change(
            record=record,
            form=FORM,
            form_version=VERSION,
            device=self.device,
            seq=self.seq,
            at=at or _FIRST_MS + self.seq * 1000,
            author=AUTHOR,
            seen=seen,
            set=values,
        )

    def corrections(self, of: list[tuple[str, str]]) -> Iterator[bytes]:
        """One question answered again for each (record, id of the change that was shown)."""
        for record, shown in of:
            yield self.change(record, {"f_rice_exp": self._chance.randrange(20_000)}, (shown,))

    def _answers(self, document: dict[str, Any]) -> dict[str, Any]:
        at = _FIRST_MS + self._next * 1000
        env = {"now": at, "offset_min": 420, "seed": self._uuid7(at), "lang": "vi"}
        values: dict[str, Any] = {"@env": env, "@area": AREA, "@status": "submitted"}
        for answers in document["answers"].values():
            for name, answer in answers.items():
                values[name] = self._value(name, answer)
        for place, member in enumerate(document["members"]):
            row = self._row(at + place * _MEMBER_MS)
            for name, answer in member.items():
                if answer is not None:
                    values[f"member/{row}/{name}"] = self._value(name, answer)
        return values

    def _row(self, at: int) -> str:
        """As the phone names a row: eight digits of time, four of chance."""
        since, digits = at - _ROWS_SINCE_MS, ""
        for _ in range(8):
            since, digit = divmod(since, 36)
            digits = _DIGITS[digit] + digits
        return digits + "".join(self._chance.choices(_DIGITS, k=4))

    def _value(self, name: str, answer: Any) -> Any:
        kind = self._kinds[name]
        if kind == "select_multiple":
            return sorted(str(answer).split())
        return [float(part) for part in answer.split()] if kind == "geopoint" else answer

    def _uuid7(self, at: int) -> str:
        bits = (at << 80) | (7 << 76) | (self._chance.getrandbits(12) << 64)
        bits |= (2 << 62) | self._chance.getrandbits(62)
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


__all__ = ["AREA", "AUTHOR", "FORM", "NoWorkload", "Pen", "change_id", "form", "workload"]
