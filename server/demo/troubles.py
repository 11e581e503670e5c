"""What a supervisor has to decide: conflicts, households written twice, a lost phone."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.identity import record_id, row_id
from server.demo.commune import HAMLETS
from server.demo.disagreements import another_view, leave_open, with_newcomer
from server.demo.field import Field, moment
from server.demo.interview import Answers
from server.demo.office import Device
from server.demo.people import Household, Member
from server.demo.season import SECOND_YEAR, answered, register_answers
from server.demo.visit import Visit

CONFLICTS = 3
DUPLICATES = 2
_DAY = date(SECOND_YEAR, 11, 18)


def make_troubles(field: Field, waiting: list[tuple[Household, Answers]], last: dict[str, Answers]) -> None:
    """`waiting`: households whose interview is submitted and nobody has approved, with its answers; at least
    four."""
    free = _fresh(field, last)
    for number in range(CONFLICTS):
        _two_interviewers(field, next(free), last, number)
    _two_whole_interviews(field, next(free), last)
    _sent_back(field, waiting[0][0])
    answers = {household.record: written for household, written in waiting[1:]}
    leave_open(field, [household for household, _ in waiting[1:]], answers)
    _from_a_lost_phone(field, next(free), last)
    for number in range(DUPLICATES):
        _written_twice(field, number)


def _fresh(field: Field, last: dict[str, Answers]) -> Any:
    """Households that were met last year and not yet visited this year, from different hamlets in turn."""
    by_hamlet = [
        [
            household
            for household in field.households
            if household.hamlet.code == hamlet.code
            and last[household.record].get("visit_outcome") == "met"
            and not field.has_interview(household, SECOND_YEAR)
        ]
        for hamlet in HAMLETS
    ]
    while any(by_hamlet):
        for homes in by_hamlet:
            if homes:
                yield homes.pop(0)


def _answers(field: Field, phone: Device, household: Household, last: dict[str, Answers], at: int) -> Answers:
    before = {path: v for path, v in last[household.record].items() if not path.startswith("@")}
    values = answered(field, phone, household, Visit(household, household.members, _DAY, before), at)
    return {"@subject": household.record, "@round": str(SECOND_YEAR), **values, "@status": "submitted"}


def _two_interviewers(field: Field, household: Household, last: dict[str, Answers], number: int) -> None:
    """Two people interview the same household on the same day, neither knowing of the other."""
    form = field.forms["living_conditions"]
    record = field.interview_record(household, str(SECOND_YEAR))
    phone, rover = field.phones[household.hamlet.code], field.rover
    morning, noon = moment(_DAY, 8, 10 + number), moment(_DAY, 11, 20 + number)
    values = _answers(field, phone, household, last, morning)
    other = dict(values)
    path = ("inc_crop", "wall", "area_m2")[number]
    other[path] = _disagreeing(path, values[path])
    field.write_unseen(phone, form, record, values, morning)
    field.write_unseen(rover, form, record, {**other, "@env": rover.env(noon)}, noon)
    phone.sync(moment(_DAY, 18, 5))
    rover.sync(moment(_DAY, 18, 30))


def _two_whole_interviews(field: Field, household: Household, last: dict[str, Answers]) -> None:
    """Two people interview the same household from beginning to end; each notes a child born this year."""
    form = field.forms["living_conditions"]
    record = field.interview_record(household, str(SECOND_YEAR))
    phone, rover = field.phones[household.hamlet.code], field.rover
    morning, noon = moment(_DAY, 9, 5), moment(_DAY, 13, 40)
    values = _answers(field, phone, household, last, morning)
    other = {**another_view(values), "@env": rover.env(noon)}
    field.write_unseen(phone, form, record, with_newcomer(field, values, "Ka Hiền", morning), morning)
    field.write_unseen(rover, form, record, with_newcomer(field, other, "Ka Hiên", noon), noon)
    phone.sync(moment(_DAY, 18, 5))
    rover.sync(moment(_DAY, 18, 30))


def _disagreeing(path: str, value: Any) -> Any:
    if path == "wall":
        return "brick" if value != "brick" else "wood_metal"
    if path == "inc_crop":
        return round(value * 0.55 / 100_000) * 100_000 + 100_000
    return value + 14


def _sent_back(field: Field, household: Household) -> None:
    """Returned with a comment on a question."""
    at = moment(date(SECOND_YEAR, 11, 20), 9, 15)
    comment = row_id(at, field.random.randbytes(4))
    values = {
        "@status": "returned",
        f"@comment/{comment}": {
            "text": "Bạn xem lại thu nhập từ trồng trọt: năm nay cà phê được giá, số này có vẻ thiếu.",
            "path": "inc_crop",
        },
    }
    record = field.interview_record(household, str(SECOND_YEAR))
    field.write(field.desk, field.forms["living_conditions"], record, values, at)
    field.desk.sync(at + 1000)


def _from_a_lost_phone(field: Field, household: Household, last: dict[str, Answers]) -> None:
    """A phone was reported lost and revoked; what it still held came in later and waits for a decision."""
    phone = field.lost_phone(household.hamlet, moment(date(SECOND_YEAR, 10, 1), 8))
    at = moment(date(SECOND_YEAR, 11, 17), 9, 40)
    values = _answers(field, phone, household, last, at)
    form = field.forms["living_conditions"]
    phone.write(form, field.interview_record(household, str(SECOND_YEAR)), values, at=at, seen=[])
    field.office.revoke(phone, moment(date(SECOND_YEAR, 11, 18), 8))
    phone.sync(moment(date(SECOND_YEAR, 11, 19), 17, 30))


def _written_twice(field: Field, number: int) -> None:
    """Somebody from elsewhere registers a household of the list once more, spelled a little differently."""
    hamlet = HAMLETS[number]
    phone = field.rover
    known = next(
        h for h in field.households if (h.hamlet.code == hamlet.code and "’" in h.head) or h.hamlet == hamlet
    )
    code = f"NEW-{phone.id}-{number + 1}"
    at = moment(_DAY, 14, 20 + number)
    twin = Household(
        code=code,
        head=_misspelt(known.head),
        hamlet=hamlet,
        means=known.means,
        ethnic=known.ethnic,
        lat=known.lat,
        lon=known.lon,
        phone=known.phone,
        members=list[Member](),
        record=record_id("household", [code]),
    )
    values = {
        **register_answers(twin),
        "origin": "found",
        "consent_phone": "yes",
        "phone": twin.phone,
        "consent_place": "no",
        "@area": hamlet.code,
        "@env": phone.env(at),
        "@status": "submitted",
    }
    field.write(phone, field.forms["household"], twin.record, values, at)
    phone.sync(at + 3_600_000)


def _misspelt(name: str) -> str:
    """As somebody else would write it: another apostrophe, a mark left out."""
    changed = name.replace("’", "'")
    for mark, bare in (("ơ", "o"), ("ă", "a"), ("ê", "e"), ("ư", "u"), ("ú", "u"), ("ô", "o"), ("Đ", "D")):
        if mark in changed:
            return changed.replace(mark, bare, 1)
    return changed + "h"
