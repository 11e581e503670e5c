"""Builds the demo: an invented commune with one finished round and one that is half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from schemas.compiler import compile_workbook
from schemas.form import Form
from schemas.surveys import built_in
from server.demo.field import Field, moment
from server.demo.guests import set_passwords
from server.demo.office import Office
from server.demo.other_records import describe_hamlets, give_support, take_requests
from server.demo.season import FIRST_YEAR, SECOND_YEAR, first_round, register, second_round
from server.demo.troubles import DUPLICATES, make_troubles
from server.likely import find_likely
from server.refresh import refresh_views
from server.store import Store

HOUSEHOLDS = 240
FORMS = ("household", "living_conditions", "support", "request", "hamlet")
SEED = 2026
Progress = Callable[[str, int], None]


def build_demo(store: Store, progress: Progress, households: int = HOUSEHOLDS) -> None:
    """Fills an empty store. All records are written by demo phones and a demo desk, through the one way in.
    `progress` is told what is going on and how many records were made since it was last told."""
    forms = _built_in_forms()
    random = Random(SEED)
    office = Office(store, random)
    opened = moment(date(FIRST_YEAR, 9, 1), 8)
    office.load_areas()
    office.publish((forms[name] for name in FORMS), opened)
    office.open_round(FIRST_YEAR, ["living_conditions", "hamlet"], opened)
    field = Field(office, forms, random, opened)
    progress("register", 0)
    register(field, households - DUPLICATES, lambda made: progress("register", made))
    progress("first_round", 0)
    last = first_round(field, lambda made: progress("first_round", made))
    office.close_round(str(FIRST_YEAR), moment(date(FIRST_YEAR, 12, 20), 9))
    office.open_round(SECOND_YEAR, ["living_conditions", "hamlet"], moment(date(SECOND_YEAR, 9, 1), 8))
    progress("second_round", 0)
    waiting = second_round(field, last, lambda made: progress("second_round", made))
    make_troubles(field, waiting, last)
    progress("other_records", 0)
    describe_hamlets(field, lambda made: progress("other_records", made))
    give_support(field, lambda made: progress("other_records", made))
    take_requests(field, lambda made: progress("other_records", made))
    progress("views", 0)
    refresh_views(store)
    find_likely(store)
    set_passwords(store, moment(date(SECOND_YEAR, 11, 19), 20))


def _built_in_forms() -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for name, data in built_in().items():
        compiled = compile_workbook(data, f"{name}.xlsx")
        if compiled.form is None:
            raise RuntimeError(compiled.errors[0].sentence())
        forms[name] = compiled.form
    return forms
