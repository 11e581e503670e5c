"""What nobody typed and nobody meant: two whole interviews of one household, answers that don't fit together
after the merge, and what an approval or a deletion had not been shown."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.identity import row_id
from server.demo.field import Field, moment
from server.demo.interview import Answers
from server.demo.office import Device
from server.demo.people import Household
from server.demo.season import SECOND_YEAR

_DAY = date(SECOND_YEAR, 11, 19)
_NUMBERS = {"area_m2": 12, "health_min": 25, "inc_wage": 4_200_000, "inc_crop": -6_500_000}
_CHOICES = {
    "wall": ("brick", "wood_metal"),
    "floor": ("cement", "wood"),
    "waste": ("collected", "thrown"),
    "certainty": ("good", "fair"),
    "tenure": ("own", "family"),
}


def another_view(values: Answers) -> Answers:
    """What somebody else wrote down in the same house on the same day: at least six answers differ."""
    other = dict(values)
    for path, (one, alternative) in _CHOICES.items():
        if path in values:
            other[path] = alternative if values[path] == one else one
    for path, difference in _NUMBERS.items():
        if path in values:
            other[path] = max(1, values[path] + difference)
    return other


def with_newcomer(field: Field, values: Answers, name: str, at: int) -> Answers:
    """The interview with one more child in the roster, in a row of its own."""
    children = [
        path.rsplit("/", 1)[0]
        for path, value in values.items()
        if path.endswith("/m_rel") and value == "child"
    ]
    if not children:
        return values
    model, row = f"{children[0]}/", f"member/{row_id(at, field.random.randbytes(4))}/"
    copied = {
        row + path.removeprefix(model): value for path, value in values.items() if path.startswith(model)
    }
    return {**values, **copied, f"{row}m_name": name}


def leave_open(field: Field, waiting: list[Household], answers: dict[str, Answers]) -> None:
    """`waiting`: at least three households whose interview is submitted; `answers`: of their interviews."""
    crowded = next(each for each in waiting if len(_grown_up(answers[each.record])) > 2)
    others = [each for each in waiting if each is not crowded]
    _two_heads(field, crowded, answers[crowded.record])
    _changed_after_approval(field, others[0], answers[others[0].record])
    _corrected_after_deletion(field, others[1], answers[others[1].record])


def _grown_up(answers: Answers) -> list[str]:
    """Rows of those who live here, the head first."""
    rows = [path.removesuffix("/m_rel") for path in answers if path.endswith("/m_rel")]
    return sorted(rows, key=lambda row: (answers[f"{row}/m_rel"] != "head", row))


def _beside(field: Field, household: Household, at: int, *writes: tuple[Device, Answers]) -> None:
    """Changes by people who had all been shown the interview as it was, and not each other's."""
    record = field.interview_record(household, str(SECOND_YEAR))
    field.write_beside(field.forms["living_conditions"], record, writes, at)
    for device, _ in writes:
        device.sync(at + 3_600_000)


def _two_heads(field: Field, household: Household, answers: Answers) -> None:
    """The old head hands over; two people ask on two days who is the head now and hear two names."""
    head, one, other = _grown_up(answers)[:3]
    handed_over: dict[str, Any] = {f"{head}/m_rel": "parent"}
    _beside(
        field,
        household,
        moment(_DAY, 15, 5),
        (field.phones[household.hamlet.code], {**handed_over, f"{one}/m_rel": "head"}),
        (field.rover, {**handed_over, f"{other}/m_rel": "head"}),
    )


def _changed_after_approval(field: Field, household: Household, answers: Answers) -> None:
    mended = {"area_m2": answers["area_m2"] + 9, "@status": "submitted"}
    phone = field.phones[household.hamlet.code]
    _beside(field, household, moment(_DAY, 16), (field.desk, {"@status": "approved"}), (phone, mended))


def _corrected_after_deletion(field: Field, household: Household, answers: Answers) -> None:
    """One deletes an interview as written twice while another one still corrects it."""
    mended = {"health_min": answers["health_min"] + 15, "@status": "submitted"}
    phone = field.phones[household.hamlet.code]
    _beside(field, household, moment(_DAY, 17), (phone, {"@deleted": True}), (field.rover, mended))
