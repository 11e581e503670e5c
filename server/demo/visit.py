"""What a household would say at the yearly interview: one suggestion per question of `living_conditions`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from schemas.form import Asked
from server.demo.interview import UNKNOWN, Answers, Rows
from server.demo.likely import mixed, some_needs
from server.demo.member import member_answer
from server.demo.people import Household, Member

_CROPS = (
    {"coffee": 0.92, "vegetable": 0.1, "rice": 0.2, "maize": 0.26, "cassava": 0.12, "macadamia": 0.06},
    {"coffee": 0.97, "vegetable": 0.34, "fruit": 0.2, "macadamia": 0.16, "flower": 0.06, "mulberry": 0.1},
)
_NEED_CODES = (
    "house",
    "seed",
    "capital",
    "water",
    "toilet",
    "school",
    "health",
    "food",
    "job",
    "skill",
    "signal",
)


class Visit:
    """One household in one round. `last`: its answers of the round before, used where the form carries."""

    def __init__(self, household: Household, members: list[Member], today: date, last: Answers) -> None:
        self.household = household
        self.members = {member.row: member for member in members}
        self.today = today
        self.year = today.year
        self._last = last
        # Income moves from year to year; most of what is carried does not.
        self._random = Random(f"{household.seed}|{today.year}")
        self._means = household.means
        self._crops = self._crop_rows()
        self._sources: dict[str, int] = self._income()

    def rows(self) -> Rows:
        return {"member": sorted(self.members), "crop": sorted(self._crops)}

    def suggest(self, node: Asked, row: str) -> Any:
        """An answer, None for blank, or UNKNOWN where chance may decide."""
        random = self._random
        repeat = node.path.rpartition("/")[0]
        if repeat == "member":
            return member_answer(
                node, self.members[row], self.household, self.today, random, is_first=not self._last
            )
        path = f"{repeat}/{row}/{node.name}" if repeat else node.path
        if node.carry and path in self._last and random.random() < 0.92:
            return self._last[path]
        if repeat == "crop":
            return self._crop_answer(node, row)
        if node.name in self._sources:
            return self._sources[node.name]
        say = _SAYINGS.get(node.name)
        return say(self) if say else UNKNOWN

    @property
    def size(self) -> int:
        return sum(1 for member in self.members.values() if not member.leaving or not self._last)

    def _crop_rows(self) -> dict[str, str]:
        kept = {
            path.split("/")[1]: value for path, value in self._last.items() if path.endswith("/crop_type")
        }
        if kept:
            return kept
        chances = mixed(_CROPS, self._means)
        chosen = [code for code in chances if self._random.random() < chances[code]] or ["coffee"]
        return {f"c{number}{self.household.seed % 46656:05d}": code for number, code in enumerate(chosen[:3])}

    def _crop_answer(self, node: Asked, row: str) -> Any:
        if node.name == "crop_type":
            return self._crops[row]
        if node.name == "crop_unit":
            return "sao"
        return max(1, round(self._land() / len(self._crops), 1))

    def _land(self) -> float:
        steady = Random(self.household.seed)
        return max(2.0, round(steady.gauss(4 + 14 * self._means, 2.5), 1))

    def _income(self) -> dict[str, int]:
        """VND a year by source, around what a household of this size and means has."""
        random, means = self._random, self._means
        adults = sum(1 for m in self.members.values() if self.today.year - m.birth[0] >= 18)
        monthly = 900_000 * (1 + 4.2 * means**1.3) * random.lognormvariate(0, 0.17)
        if self._last:
            monthly *= random.lognormvariate(0.05, 0.12)
        yearly = monthly * 12 * max(1, self.size)
        parts = {"inc_crop": 0.62, "inc_wage": 0.26 if adults > 1 else 0.1, "inc_animal": 0.07}
        if random.random() < 0.5:
            parts["inc_forest"] = 0.09
        if means > 0.6 and random.random() < 0.3:
            parts["inc_trade"] = 0.25
        if any(self.today.year - m.birth[0] >= 76 for m in self.members.values()):
            parts["inc_allow"] = 0.06
        total = sum(parts.values())
        return {
            name: max(200_000, round(yearly * share / total / 100_000) * 100_000)
            for name, share in parts.items()
        }

    def _sources_named(self) -> list[str]:
        return sorted(name.removeprefix("inc_") for name in self._sources)

    def _support(self) -> Any:
        return UNKNOWN if self._last or self._means < 0.5 else ["none"]

    def _gps(self) -> list[float]:
        h = self.household
        return [h.lat, h.lon, round(1420 + 60 * self._means, 1), round(4 + self._random.random() * 9, 1)]


def _water_minutes(visit: Visit) -> int:
    return visit._random.choice((10, 15, 20, 30, 40))


def _area(visit: Visit) -> float:
    steady = Random(visit.household.seed + 1)
    return max(12, round(steady.gauss(26 + 46 * visit.household.means, 9)))


def _witness(visit: Visit) -> str:
    return visit._random.choice(("Trưởng thôn", "Hàng xóm", "Chi hội phụ nữ thôn"))


def _note(visit: Visit) -> str | None:
    notes = (
        "Nhà ở cuối đường đất, mùa mưa khó vào.",
        "Hẹn đưa giấy khai sinh của con út.",
        "Vắng buổi sáng, gặp buổi chiều.",
    )
    return visit._random.choice(notes) if visit._random.random() < 0.08 else None


_SAYINGS: dict[str, Callable[[Visit], Any]] = {
    "visit_outcome": lambda visit: "met",
    "consent_main": lambda visit: "yes",
    "witness": _witness,
    "area_m2": _area,
    "gps": Visit._gps,
    "water_min": _water_minutes,
    "land_crop": Visit._land,
    "land_unit": lambda visit: "sao",
    "n_buffalo": lambda visit: visit._random.randint(1, 3),
    "n_cattle": lambda visit: visit._random.randint(1, 5),
    "n_pig": lambda visit: visit._random.randint(1, 8),
    "n_poultry": lambda visit: visit._random.randint(5, 40),
    "inc_sources": Visit._sources_named,
    "health_min": lambda visit: visit._random.choice((10, 15, 20, 30, 45, 60)),
    "support_got": Visit._support,
    "c_cash": lambda visit: visit._random.choice((50_000, 100_000, 200_000, 300_000)),
    "c_days": lambda visit: visit._random.randint(1, 6),
    "c_land": lambda visit: visit._random.choice((20, 35, 60)),
    "needs": lambda visit: some_needs(visit.household.means, _NEED_CODES, visit._random),
    "visit_note": _note,
}
