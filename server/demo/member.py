"""What is said about one member of a household, by age, schooling and the means of the household."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from msgspec import Struct

from schemas.form import Asked
from server.demo.interview import UNKNOWN
from server.demo.people import Household, Member


class _Asked(Struct, frozen=True):
    """`age`: on the day; `school_age`: on 1 September of the school year."""

    member: Member
    household: Household
    age: int
    school_age: int
    year: int
    random: Random
    is_first: bool


def member_answer(
    node: Asked, member: Member, household: Household, today: date, random: Random, *, is_first: bool
) -> Any:
    """An answer, None for blank, or UNKNOWN where chance may decide."""
    school_year = today.year if today.month >= 9 else today.year - 1
    asked = _Asked(
        member=member,
        household=household,
        age=_years(member.birth, (today.year, today.month, today.day)),
        school_age=_years(member.birth, (school_year, 9, 1)),
        year=today.year,
        random=random,
        is_first=is_first,
    )
    say = _SAYINGS.get(node.name)
    return say(asked) if say else UNKNOWN


def _years(birth: tuple[int, int, int], day: tuple[int, int, int]) -> int:
    return max(0, day[0] - birth[0] - (birth[1:] > day[1:]))


def _status(asked: _Asked) -> str:
    if asked.is_first:
        return "lives"
    if asked.member.leaving:
        return asked.member.leaving
    return "born" if asked.member.arrived else "lives"


def _attends(asked: _Asked) -> str:
    means = asked.household.means
    if asked.school_age < 6:
        chance = 0.86 + 0.12 * means
    elif asked.school_age < 12:
        chance = 0.985
    elif asked.school_age < 16:
        chance = 0.87 + 0.12 * means
    elif asked.school_age < 18:
        chance = 0.6 + 0.35 * means
    else:
        chance = (0.05 + 0.3 * means) if asked.school_age < 23 else 0.02
    # The same child attends in both years, or in neither: drawn from the row, not from the visit.
    return "yes" if Random(asked.member.row).random() < chance else "no"


def _level(asked: _Asked) -> str:
    for level, limit in (("0", 6), ("1", 11), ("2", 15), ("3", 18)):
        if asked.school_age < limit:
            return level
    return asked.random.choice(("4", "5"))


def _done(asked: _Asked) -> str:
    done = asked.member.schooling
    if asked.school_age < 24 and asked.member.relation == "child":
        done = (
            0 if asked.school_age < 11 else 1 if asked.school_age < 15 else 2 if asked.school_age < 18 else 3
        )
        if _attends(asked) == "no":
            done = max(0, done - 1)
    return str(done)


def _work(asked: _Asked) -> str:
    if asked.school_age <= 30 and _attends(asked) == "yes":
        return "study"
    if asked.age >= 74:
        return "unable"
    if asked.member.relation == "head":
        return asked.random.choices(("own", "wage"), (72, 28))[0]
    choices = ("family", "wage", "own", "home", "seeking")
    return asked.random.choices(choices, (44, 28, 12, 12, 4))[0]


def _allowance(asked: _Asked) -> str:
    if asked.age >= 75:
        return asked.random.choices(("elderly", "merit", "none"), (80, 8, 12))[0]
    return asked.random.choices(("none", "disabled", "other"), (96, 3, 1))[0]


def _difficulty(asked: _Asked) -> str:
    worse = max(0.0, (asked.age - 45) / 60)
    return asked.random.choices(
        ("1", "2", "3", "4"), (95 - 60 * worse, 4 + 40 * worse, 0.6 + 12 * worse, 0.1)
    )[0]


def _born(asked: _Asked) -> str:
    year, month, day = asked.member.birth
    return f"{year:04d}-{month:02d}-{day:02d}"


_SAYINGS: dict[str, Callable[[_Asked], Any]] = {
    "m_name": lambda asked: asked.member.name,
    "m_status": _status,
    "m_rel": lambda asked: asked.member.relation,
    "m_sex": lambda asked: asked.member.sex,
    "m_birth_known": lambda asked: asked.member.birth_known,
    "m_dob": _born,
    "m_birth_year": lambda asked: asked.member.birth[0],
    "m_age_est": lambda asked: asked.age,
    "m_ethnic": lambda asked: asked.household.ethnic,
    "m_attend": _attends,
    "m_level_now": _level,
    "m_edu_done": _done,
    "m_work_status": _work,
    "m_allowance": _allowance,
    **dict.fromkeys(("wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_care", "wg_talk"), _difficulty),
}
