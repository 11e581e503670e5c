"""The register and the yearly interviews: a finished round and one that is half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from schemas.form import Asked, Form
from schemas.identity import record_id
from server.demo.commune import HAMLETS, Hamlet, shares
from server.demo.field import MINUTE_MS, Field, moment
from server.demo.interview import UNKNOWN, Answers, fill
from server.demo.office import Device
from server.demo.people import Household, Member
from server.demo.visit import Visit

Tell = Callable[[int], None]

FIRST_YEAR, SECOND_YEAR = 2025, 2026
_DAYS = 66  # from 15 September: as long as the teams are out
_DONE_IN_SECOND = (0.46, 0.58, 0.74, 0.60, 0.44, 0.04)  # by hamlet
_UNMET = ("refused", "absent", "moved")


def register(field: Field, households: int, tell: Tell) -> None:
    """The list of households as the commune gives it, then contact and place as the phones find them."""
    form, listed = field.forms["household"], moment(date(FIRST_YEAR, 9, 3), 9)
    for hamlet, count in zip(HAMLETS, shares(households), strict=True):
        for _ in range(count):
            code = f"DK-{len(field.households) + 1:04d}"
            household = field.census.household(hamlet, code, FIRST_YEAR)
            household.record = record_id("household", [code])
            field.households.append(household)
            field.write(
                field.command_line,
                form,
                household.record,
                {**register_answers(household), "@area": hamlet.code, "@status": "approved"},
                listed,
            )
            tell(1)
    field.command_line.sync(listed)


def register_answers(household: Household) -> Answers:
    return {"hh_code": household.code, "head_name": household.head, "origin": "listed", "status": "active"}


def first_round(field: Field, tell: Tell) -> dict[str, Answers]:
    """Every household of 2025 is visited; nearly all are met. Answers by household record."""
    answers: dict[str, Answers] = {}
    for hamlet, day, households in _days(field, FIRST_YEAR, lambda hamlet, homes: len(homes)):
        phone = field.phones[hamlet.code]
        for place, household in enumerate(households):
            at = moment(day, 8 + 2 * place, field.random.randrange(50))
            outcome = field.random.choice(_UNMET) if field.random.random() < 0.025 else "met"
            members = [member for member in household.members if not member.arrived]
            answers[household.record] = interview(
                field, phone, household, Visit(household, members, day, {}), at, outcome=outcome
            )
            _contact(field, phone, household, at + 5 * MINUTE_MS)
            tell(1)
        evening = moment(day, 19)
        phone.sync(evening)
        _approve(field, households, FIRST_YEAR, moment(day + timedelta(days=2), 10))
        field.desk.sync(moment(day + timedelta(days=2), 10, 5))
    return answers


def second_round(field: Field, last: dict[str, Answers], tell: Tell) -> list[tuple[Household, Answers]]:
    """Half of the households of 2026 are done. Returns those submitted and not yet approved, with their
    answers."""
    _a_year_passes(field)
    waiting: list[tuple[Household, Answers]] = []
    done = dict(zip((hamlet.code for hamlet in HAMLETS), _DONE_IN_SECOND, strict=True))
    plan = list(
        _days(field, SECOND_YEAR, lambda hamlet, homes: max(1, round(len(homes) * done[hamlet.code])))
    )
    for number, (hamlet, day, households) in enumerate(plan):
        phone, written = field.phones[hamlet.code], []
        for place, household in enumerate(households):
            at = moment(day, 8 + 2 * place, field.random.randrange(50))
            before = {path: v for path, v in last[household.record].items() if not path.startswith("@")}
            members = household.members if before.get("visit_outcome") == "met" else _staying(household)
            written.append(interview(field, phone, household, Visit(household, members, day, before), at))
            tell(1)
        phone.sync(moment(day, 19))
        # The supervisor has not yet come to the last days.
        if number < 0.8 * (len(plan) - 1):
            _approve(field, households, SECOND_YEAR, moment(day + timedelta(days=1), 14))
            field.desk.sync(moment(day + timedelta(days=1), 14, 30))
        else:
            waiting += zip(households, written, strict=True)
    _begun(field, last, tell)
    return waiting


def interview(
    field: Field,
    phone: Device,
    household: Household,
    visit: Visit,
    at: int,
    *,
    outcome: str = "met",
    status: str = "submitted",
) -> Answers:
    """One visit, written and left on the phone; the answers as they were sealed."""
    form, round_id = field.forms["living_conditions"], str(visit.year)
    values = answered(field, phone, household, visit, at, outcome=outcome)
    if status == "draft":
        values = _first_modules(form, values, field.random)
    sealed = {"@subject": household.record, "@round": round_id, **values, "@status": status}
    field.write(phone, form, field.interview_record(household, round_id), sealed, at)
    return sealed


def answered(
    field: Field, phone: Device, household: Household, visit: Visit, at: int, *, outcome: str = "met"
) -> Answers:
    """The answers of a visit with its `@env`, as the form accepts them."""
    env = phone.env(at - field.random.randint(25, 55) * MINUTE_MS)
    context = field.context(
        env,
        household.hamlet,
        phone.author,
        household=register_answers(household),
        round_id=str(visit.year),
    )

    def suggest(node: Asked, row: str) -> Any:
        if node.meaning == "outcome":
            return outcome
        if node.meaning == "next_visit":
            return (visit.today + timedelta(days=7)).isoformat()
        return visit.suggest(node, row)

    filled = fill(
        field.forms["living_conditions"],
        context,
        visit.rows() if outcome == "met" else {},
        suggest,
        means=household.means,
        random=Random(household.seed + visit.year),
    )
    return {"@env": env, **filled}


def _contact(field: Field, phone: Device, household: Household, at: int) -> None:
    """What the phone adds to the register: language, phone number, place; then it waits for approval."""
    form, random = field.forms["household"], field.random
    known = register_answers(household)

    def suggest(node: Asked, row: str) -> Any:
        if node.name in known:
            return known[node.name]
        if node.name == "phone":
            return household.phone
        if node.name == "gps":
            return [household.lat, household.lon, 1440.0, round(4 + random.random() * 8, 1)]
        return UNKNOWN

    env = phone.env(at)
    context = field.context(env, household.hamlet, phone.author, household=known, round_id="")
    values = fill(form, context, {}, suggest, means=household.means, random=random)
    touched = {path: value for path, value in values.items() if path not in known}
    field.write(phone, form, household.record, {"@env": env, **touched, "@status": "submitted"}, at)


def _approve(field: Field, households: list[Household], year: int, at: int) -> None:
    interview_form, register_form = field.forms["living_conditions"], field.forms["household"]
    for place, household in enumerate(households):
        record = field.interview_record(household, str(year))
        field.write(field.desk, interview_form, record, {"@status": "approved"}, at + place * MINUTE_MS)
        if year == FIRST_YEAR:
            field.write(field.desk, register_form, household.record, {"@status": "approved"}, at)


def _days(
    field: Field, year: int, wanted: Callable[[Hamlet, list[Household]], int]
) -> Iterator[tuple[Hamlet, date, list[Household]]]:
    """The working days of each hamlet, with the one to five households visited on each, in order of time."""
    plan: list[tuple[date, int, Hamlet, list[Household]]] = []
    for number, hamlet in enumerate(HAMLETS):
        homes = [household for household in field.households if household.hamlet.code == hamlet.code]
        field.random.shuffle(homes)
        homes = homes[: wanted(hamlet, homes)]
        days = [homes[start : start + 5] for start in range(0, len(homes), 5)]
        for place, some in enumerate(days):
            offset = round(_DAYS * (place + 0.5) / len(days)) - number % 3
            plan.append((date(year, 9, 15) + timedelta(days=max(0, offset)), number, hamlet, some))
    for day, _, hamlet, some in sorted(plan, key=lambda each: each[:2]):
        yield hamlet, day, some


def _a_year_passes(field: Field) -> None:
    """Some die, some leave, children are born."""
    for household in field.households:
        if field.random.random() < 0.06:
            household.members.append(field.census.child(household, SECOND_YEAR))
        for member in household.members:
            if member.relation != "head" and not member.arrived and field.random.random() < 0.025:
                is_old = SECOND_YEAR - member.birth[0] > 70
                member.leaving = "died" if is_old else "moved_out"


def _staying(household: Household) -> list[Member]:
    return [member for member in household.members if not member.leaving]


def _begun(field: Field, last: dict[str, Answers], tell: Tell) -> None:
    """A few interviews that are only begun, and a few households that were not at home."""
    day = date(SECOND_YEAR, 11, 19)
    for hamlet in HAMLETS:
        phone, opened = field.phones[hamlet.code], 0
        homes = [household for household in field.households if household.hamlet.code == hamlet.code]
        for household in reversed(homes):
            if field.has_interview(household, SECOND_YEAR):
                continue
            outcome = "absent" if opened % 2 else "met"
            before = {path: v for path, v in last[household.record].items() if not path.startswith("@")}
            members = household.members if before.get("visit_outcome") == "met" else _staying(household)
            visit = Visit(household, members, day, before)
            at = moment(day, 9 + opened, 10)
            interview(field, phone, household, visit, at, outcome=outcome, status="draft")
            tell(1)
            opened += 1
            if opened >= min(3, len(homes) / 8):
                break
        phone.sync(moment(day, 19))


def _first_modules(form: Form, values: Answers, random: Random) -> Answers:
    """What stands in the first few modules, as in an interview that was interrupted."""
    modules = list(dict.fromkeys(node.module for node in form.nodes if node.module))
    reached = set(modules[: random.randint(3, max(3, len(modules) - 4))])
    inside = {node.path for node in form.nodes if node.module in reached}
    return {
        path: value
        for path, value in values.items()
        if path.startswith("@") or "/".join(path.split("/")[::2]) in inside
    }
