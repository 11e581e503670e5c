"""Events of a run, drawn so that pages are cut in the middle and something enters or leaves there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.between.village import FORM_OF, HIDDEN, HOUSES, OWN, ROUNDS, SCOPES, VISITS, Made
from tests.between.world import Event, run

ALL, NOTHING = 63, 0
CAST = [
    HOUSES[:2] + VISITS[:2], HOUSES + VISITS, HOUSES[:1] + VISITS[:1], HOUSES[:2], VISITS[:2] + HOUSES[:1],
    OWN + HOUSES[:1], HOUSES[:2] + VISITS[:2] + OWN + HIDDEN, HOUSES + VISITS + OWN + HIDDEN,
]  # fmt: skip
WEIGHTS = {
    "edit": 10, "move": 8, "new": 4, "subject": 3, "round of": 4, "delete": 2, "same": 1.5, "extra": 2,
    "own": 4, "push": 4, "far": 2,
    "assign": 3, "turn_round": 3, "decide": 4, "erase": 1.5, "erase_household": 0.6,
    "draft": 1.5, "grow": 0.6, "refresh": 2, "restart": 0.5, "put back": 1, "publish": 0.7,
}  # fmt: skip


class Drawing:
    """Most runs know only some kinds of events, and some of those often."""

    def __init__(self, seed: int) -> None:
        self.chance = c = Random(seed)
        self.records = c.choice(CAST)
        self.has_two = c.random() < 0.3
        self.limit = c.choice([1, 1, 1, 2, 3])
        self.moves = c.choice([0, 1, 4])
        drawn = {kind: c.choice([0, 0, weight, weight, 4 * weight]) for kind, weight in WEIGHTS.items()}
        total = sum(drawn.values()) or 1
        self.weights = {kind: 3 * weight / total for kind, weight in drawn.items()}
        self.events: list[Event] = []
        self.heaviest = c.choice([0, 0, 0, 300, 700])

    def all(self) -> list[Event]:
        for number in range(self.chance.choice([1, 2, 2, 3, 3, 4])):
            self._burst(number)
        return self.events

    def _burst(self, number: int) -> None:
        c = self.chance
        household = self._family() if c.random() < 0.3 else ""
        self._some(c.randrange(1, 9), {"new": 3, "edit": 4, "move": 1})
        if c.random() < (0.2 if number else 0.7):
            self.events.append(("sync", self._phone(), c.choice([1, 2, 3])))
        self._some(c.randrange(5), {"move": 5, "edit": 1})
        if household:
            self.events.append(("write", "desk", household, {"@area": c.choice(["C1", "C1", "C2"])}, ALL))
        for _ in range(c.randrange(1, 9)):
            limit = self.limit if c.random() < 0.85 else c.choice([1, 2, 3, 50])
            way = c.choice(["arrives"] * 5 + ["packed", "packed", "lost"])
            self.events.append(("page", self._phone(), limit, way))
            self._some(c.choice([0, 0, 0, 1, 1, 1, 2, 2, 3]), {"move": self.moves})

    def _family(self) -> str:
        """A household that lies outside, and interviews that lie where it lies."""
        c = self.chance
        household, round_id = c.choice(HOUSES), c.choice(ROUNDS)
        self.events.append(("write", "W", household, {"n": 3, "@area": c.choice(["C2", "C3"])}, ALL))
        for visit in c.sample(VISITS, c.randrange(1, 5)):
            its = round_id if c.random() < 0.7 else c.choice(ROUNDS)
            values = {"n": c.randrange(12), "extra": 1, "@subject": household, "@round": its}
            self.events.append(("write", "W", visit, values, ALL))
        return household

    def _some(self, count: int, first: dict[str, float]) -> None:
        weights = dict(self.weights)
        for kind, weight in first.items():
            weights[kind] = weights.get(kind, 0) + weight
        for _ in range(count if any(weights.values()) else 0):
            (kind,) = self.chance.choices(list(weights), list(weights.values()))
            self.events.append(self._event(kind))

    def _phone(self) -> str:
        return "P2" if self.has_two and self.chance.random() < 0.4 else "P1"

    def _event(self, kind: str) -> Event:
        c = self.chance
        record, phone, number = c.choice(self.records), self._phone(), c.randrange(12)
        made: dict[str, Callable[[], Event]] = {
            "own": lambda: ("note", phone, record, self._new(record, 0.4), "1"),
            "push": lambda: ("push", phone),
            "far": lambda: (
                "note",
                phone,
                record,
                {"n": number, "@area": c.choice(["C2", "C3"])},
                c.choice("12"),
            ),
            "assign": lambda: ("assign", phone, c.randrange(len(SCOPES))),
            "turn_round": lambda: ("turn_round", c.choice(ROUNDS), c.random() < 0.5),
            "decide": lambda: ("decide", number, c.random() < 0.6),
            "erase": lambda: ("erase", record, number, c.random() < 0.5),
            "erase_household": lambda: ("erase_household", c.choice(HOUSES)),
            "draft": lambda: c.choice([("open", phone, record), ("leave", phone)]),
            "grow": lambda: ("grow", c.choice(["C", "C1", "C2"])),
            "refresh": lambda: ("refresh",),
            "restart": lambda: ("restart",),
            "put back": lambda: c.choice([("copy",), ("put_back", number)]),
            "publish": lambda: ("publish", c.choice(["carry", "carry", "area", "own", "none"])),
        }
        return made[kind]() if kind in made else self._written(kind, record, number)

    def _written(self, kind: str, record: str, number: int) -> Event:
        c = self.chance
        device, shown = c.choice(["W", "W", "desk"]), c.choice([ALL, ALL, ALL, NOTHING, c.randrange(64)])
        if kind in ("subject", "round of", "extra"):
            record = c.choice(VISITS)
        if kind == "same":
            device, record = "desk", c.choice(HOUSES)
        values: dict[str, Any] = {
            "edit": {"n": number},
            "new": self._new(record, 0.75),
            "move": {"@area": c.choice(["C1", "C1", "C1", "C2", "C2", "C3", "C", None])},
            "subject": {"@subject": c.choice([*HOUSES, None])},
            "round of": {"@round": c.choice([*ROUNDS, None])},
            "delete": {"@deleted": c.choice([True, True, None])},
            "same": {"@same_as": c.choice([*HOUSES, None, None])},
            "extra": {"extra": number},
        }[kind]
        return "write", device, record, values, shown

    def _new(self, record: str, often: float) -> dict[str, Any]:
        c = self.chance
        values: dict[str, Any] = {"n": c.randrange(12)}
        if c.random() < often:
            values["@area"] = c.choice(["C1", "C1", "C2", "C3", "C"])
        if FORM_OF[record] == "visit" and c.random() < often:
            values["@round"] = c.choice(ROUNDS)
        if FORM_OF[record] == "visit" and c.random() < often:
            values["@subject"] = c.choice(HOUSES)
            if c.random() < 0.8:
                values.pop("@area", None)
        return values


def shortened(made: Made, events: Sequence[Event], heaviest: int) -> list[Event]:
    """Fewer events that fail the same law."""
    left, law = list(events), run(made, events, heaviest)[0].split(":")[0]
    stretch = max(1, len(left) // 2)
    while stretch:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + stretch :]
            if run(made, fewer, heaviest)[0].split(":")[0] == law:
                left = fewer
            else:
                start += stretch
        stretch //= 2
    return left
