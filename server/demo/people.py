"""Invented households: names as they sound in the highlands of Lam Dong, ages and kinship that fit."""

from __future__ import annotations

from random import Random

from msgspec import Struct
from rapidfuzz import fuzz, process

from schemas.identity import row_id
from schemas.text import search_key
from server.demo.commune import Hamlet

# Below what the desk takes for the same person twice.
_CONFUSABLE = 87

_MEN = (
    "Ha Chương", "Ha Thuyên", "Ha Poh", "Ha Bang", "Ha Si", "Ha Biên", "Ha Krong", "Ha Tuấn", "Ha Gương",
    "Ha Niêm", "Ha Sơn", "Ha Lơng", "Ha Vương", "Ha Đôi", "K’Brình", "K’Tuyn", "K’Wên", "K’Srem", "K’Tam",
    "K’Wăn", "K’Brèo", "K’Long", "K’Đình", "K’Bring", "K’Sáu", "K’Huy", "K’Plin", "K’Môn", "Ya Hiêu", "Ya Ga",
)  # fmt: skip
_WOMEN = (
    "Ka Hân", "Ka Nhi", "Ka Lơng", "Ka Thuê", "Ka Phiên", "Ka Sa", "Ka Mai", "Ka Dơn", "Ka Kăm", "Ka Rim",
    "Ka Lưu", "Ka Hiên", "Ka Grai", "Ka Tép", "Ka Brẽ", "Ka Mót", "Ka Yến", "Ka Ơn", "Ka Brôi", "Ka Sen",
    "Ka Nẻh", "Ka Phương", "Ka Ly", "Ka Mlơi", "Ka Đìu", "Ka Gréo", "Ma Ngân", "Ma Viên", "Ka Hồng", "Ka Yôn",
)  # fmt: skip


class Member(Struct, kw_only=True):
    """`leaving`: what happens to this person before the second round ("" stays, moved_out, died)."""

    row: str
    name: str
    relation: str
    sex: str
    birth: tuple[int, int, int]
    birth_known: str
    schooling: int
    leaving: str = ""
    arrived: bool = False


class Household(Struct, kw_only=True):
    """`means`: 0 (poorest) to 1; it drives house, goods and income together."""

    code: str
    head: str
    hamlet: Hamlet
    means: float
    ethnic: str
    lat: float
    lon: float
    phone: str
    members: list[Member]
    record: str = ""
    seed: int = 0


class Census:
    """Makes households one after another; no two heads of a hamlet have names that could be confused."""

    def __init__(self, random: Random, opened: int) -> None:
        self._random = random
        self._taken: dict[str, list[str]] = {}
        self._row_time = opened

    def household(self, hamlet: Hamlet, code: str, year: int) -> Household:
        random = self._random
        means = min(1.0, max(0.0, random.betavariate(1.9, 2.6)))
        is_man = random.random() < 0.76
        clan, given = self._free_name(hamlet, is_man)
        head = Member(
            row=self._row(),
            name=f"{clan} {given}",
            relation="head",
            sex="male" if is_man else "female",
            birth=_birth(random, year, 24, 68),
            birth_known="full",
            schooling=_schooling(random, means),
        )
        members = [head, *self._family(head, hamlet, means, year)]
        return Household(
            code=code,
            head=head.name,
            hamlet=hamlet,
            means=means,
            ethnic=random.choices(("e16", "e28", "e20", "e01"), (84, 6, 6, 4))[0],
            lat=round(hamlet.lat + random.gauss(0, 0.0022), 6),
            lon=round(hamlet.lon + random.gauss(0, 0.0022), 6),
            phone=f"0{random.choice(('38', '97', '86', '34'))}{random.randrange(10**7):07d}",
            members=members,
            seed=random.randrange(2**31),
        )

    def child(self, household: Household, year: int) -> Member:
        """A child born in the year before the round of `year`."""
        birth = (year, self._random.randint(1, 8), self._random.randint(1, 28))
        child = self._member(household.head, "child", birth, 0, is_man=self._random.random() < 0.5)
        child.arrived = True
        return child

    def _free_name(self, hamlet: Hamlet, is_man: bool) -> tuple[str, str]:
        taken = self._taken.setdefault(hamlet.code, [])
        while True:
            clan = self._random.choice(hamlet.families)
            given = self._random.choice(_MEN if is_man else _WOMEN)
            if self._random.random() < 0.5:
                given = f"{given} {self._random.choice(_MEN if is_man else _WOMEN).split()[-1]}"
            key = search_key(f"{clan} {given}")
            if process.extractOne(key, taken, scorer=fuzz.token_sort_ratio, score_cutoff=_CONFUSABLE) is None:
                taken.append(key)
                return clan, given

    def _family(self, head: Member, hamlet: Hamlet, means: float, year: int) -> list[Member]:
        random = self._random
        age = year - head.birth[0]
        family = []
        if random.random() < 0.82:
            birth = _birth(random, year, max(20, age - 8), min(72, age + 4))
            spouse = self._member(
                head.name, "spouse", birth, _schooling(random, means), is_man=head.sex == "female"
            )
            family.append(spouse)
        children = min(6, max(0, round(random.gauss(2.9 - 1.1 * means, 1.2))))
        oldest = min(age - 19, 24)
        for _ in range(children):
            if oldest < 1:
                break
            years = random.randint(0, oldest)
            birth = (year - years, random.randint(1, 12), random.randint(1, 28))
            if years == 0:
                birth = (year, random.randint(1, 8), birth[2])
            family.append(
                self._member(head.name, "child", birth, _child_schooling(years), is_man=random.random() < 0.5)
            )
        if random.random() < 0.17 and age < 52:
            birth = _birth(random, year, age + 20, min(92, age + 34))
            family.append(self._member(head.name, "parent", birth, 0, is_man=random.random() < 0.35))
        return family

    def _member(
        self, head: str, relation: str, birth: tuple[int, int, int], schooling: int, *, is_man: bool
    ) -> Member:
        random = self._random
        clan = " ".join(head.split()[:-2]) or head.split(maxsplit=1)[0]
        given = random.choice(_MEN if is_man else _WOMEN)
        is_old = birth[0] < 1965
        return Member(
            row=self._row(),
            name=given if relation in ("spouse", "parent") else f"{clan} {given}",
            relation=relation,
            sex="male" if is_man else "female",
            birth=birth,
            birth_known=random.choices(("full", "year", "approx"), (5, 60, 35) if is_old else (92, 7, 1))[0],
            schooling=schooling,
        )

    def _row(self) -> str:
        # As on a phone: rows sort by the time when they were made.
        self._row_time += 20_000
        return row_id(self._row_time, self._random.randbytes(4))


def _birth(random: Random, year: int, youngest: int, oldest: int) -> tuple[int, int, int]:
    return (
        year - random.randint(youngest, max(youngest, oldest)),
        random.randint(1, 12),
        random.randint(1, 28),
    )


def _schooling(random: Random, means: float) -> int:
    poor, rich = (46, 28, 18, 8, 0, 0, 0, 0), (8, 18, 32, 22, 6, 6, 5, 3)
    weights = [p * (1 - means) + r * means for p, r in zip(poor, rich, strict=True)]
    return random.choices(range(8), weights)[0]


def _child_schooling(age: int) -> int:
    return 0 if age < 11 else 1 if age < 15 else 2 if age < 18 else 3
