"""A small survey in a real store, for the tests of exports."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path
from typing import Any

from schemas.change import change_id, encode_change
from schemas.form import Form
from server import intake
from server.export.files import Wanted, opened_export
from server.refresh import refresh_views
from server.store import Store, areas, devices, forms, users
from server.store.areas import Area
from tests.workbooks import Rows, compiled, question

AT = 1_789_640_000_000  # 2026-09-17T17:13:20+07:00
CHOICES: Rows = [
    {"list_name": "asset", "name": "tv", "label::Tiếng Việt (vi)": "Ti vi", "label::English (en)": "TV"},
    {
        "list_name": "asset",
        "name": "bike",
        "label::Tiếng Việt (vi)": "Xe máy",
        "label::English (en)": "Motorbike",
    },
    {"list_name": "yn", "name": "yes", "label::Tiếng Việt (vi)": "Có", "label::English (en)": "Yes"},
    {"list_name": "yn", "name": "no", "label::Tiếng Việt (vi)": "Không", "label::English (en)": "No"},
]


def asked(type_: str, name: str, **cells: object) -> dict[str, object]:
    row = question(type_, name, **cells)
    label = row.pop("label")
    return row | {"label::Tiếng Việt (vi)": f"{label} (vi)", "label::English (en)": f"{label} (en)"}


SURVEY: Rows = [
    asked("text", "head_name", sensitivity="identifier"),
    asked("text", "note"),
    asked("integer", "income"),
    asked("select_one yn", "has_goods"),
    asked("select_multiple asset", "assets", relevant="${has_goods} = 'yes'"),
    asked("geopoint", "gps"),
    asked("date", "day"),
    asked("text", "phone", sensitivity="contact"),
    asked("calculate", "twice", calculation="${income} * 2"),
    asked("begin_repeat", "member"),
    asked("text", "m_name", sensitivity="identifier"),
    asked("integer", "m_age"),
    asked("begin_repeat", "school"),
    asked("text", "s_name"),
    asked("end_repeat", "school"),
    asked("end_repeat", "member"),
]


def survey_form(survey: Rows = SURVEY, version: str = "1", form_id: str = "visit") -> Form:
    made = compiled(survey, CHOICES, form_id=form_id, version=version)
    assert made.form is not None, [problem.sentence() for problem in made.problems]
    return made.form


class Survey:
    """A store with two hamlets, one interviewer and one phone."""

    def __init__(self, folder: Path, form: Form | None = None) -> None:
        self.store = Store.open(folder)
        self.form = form or survey_form()
        tree = [Area("C", "", "Xã"), Area("H1", "C", "Thôn Một"), Area("H2", "C", "Thôn Hai")]
        self.store.write(lambda db: areas.load(db, tree))
        self.publish(self.form)
        self.author = self.user("Ka Hân", "interviewer")
        self.supervisor = self.user("Trần Hạnh", "supervisor")
        code, _ = self.store.write(
            lambda db: devices.invite(db, ["C"], [self.author, self.supervisor], "system", AT)
        )
        self.store.write(lambda db: devices.enrol(db, code, "phone001", "", AT))
        self._numbers = itertools.count(1)
        self._seen: dict[str, list[str]] = {}

    def publish(self, form: Form) -> None:
        assert not isinstance(self.store.write(lambda db: forms.publish(db, form, AT)), str)
        self.form = form

    def user(self, name: str, role: str, area: str = "C") -> str:
        return self.store.write(lambda db: users.add(db, name, role, area, AT))

    def write(self, record: str, values: dict[str, Any], *, author: str = "", at: int = AT) -> None:
        """One change by somebody who had been shown all that is there."""
        self.write_many([(record, values)], author=author, at=at)

    def write_many(
        self, written: list[tuple[str, dict[str, Any]]], *, author: str = "", at: int = AT
    ) -> None:
        offered = []
        for record, values in written:
            seen = self._seen.setdefault(record, [])
            body = encode_change(
                record=record,
                form=self.form.id,
                form_version=self.form.version,
                device="phone001",
                seq=next(self._numbers),
                at=at,
                author=author or self.author,
                seen=seen,
                set=values,
            )
            seen.append(change_id(body))
            offered.append(intake.Offered(body))
        results = intake.accept(self.store, intake.Sender("phone001"), offered, at + 1000)
        assert {result.result for result in results} == {"stored"}

    def submitted(self, record: str, values: dict[str, Any]) -> None:
        env = {"now": AT, "offset_min": 420, "seed": "1", "lang": "vi"}
        self.write(record, {"@env": env, "@area": "H1", **values, "@status": "submitted"})

    def files(self, **wanted: Any) -> dict[str, bytes]:
        """Name to bytes of the CSV files of an export."""
        refresh_views(self.store)
        with opened_export(self.store.path, Wanted(forms=[self.form.id], **wanted)) as export:
            return {name: b"".join(chunks) for name, chunks in export.csv_files()}

    def table(self, name: str, **wanted: Any) -> list[dict[str, str]]:
        return read_csv(self.files(**wanted)[f"{name}.csv"])


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
