"""How alike two households are: what is compared, by which keys they meet, and the evidence in points."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations

from msgspec import Struct
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from schemas.text import search_key

# From this many points on a supervisor is asked; an equal name in one hamlet is enough.
LIKELY = 60
_MOST_WORDS, _MOST_MEMBERS = 6, 12
_EARTH_M = 6_371_000
_CELL_DEG = 0.0015
# Said or left out at will between family name and given name.
_FILLERS = {"van", "thi"}
# Written for each other, longest first.
_SOUNDS = (("ngh", "n"), ("ng", "n"), ("nh", "n"), ("gh", "g"), ("gi", "d"), ("ph", "f"), ("tr", "c"),
           ("ch", "c"), ("kh", "k"), ("q", "k"), ("c", "k"), ("x", "s"), ("y", "i"))  # fmt: skip
_TYPED_MARKS = re.compile(r"(?<=[aeiouy])([a-z]*?)[sfrxjwz](?=[a-z]?[a-z]?$)")


class Member(Struct, frozen=True, array_like=True):
    """One row of a roster: the name as written; `born`: a year, 0 where it is not known."""

    name: str
    born: int = 0


class Traits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is compared of a household. `phones`: national digits; `place`: latitude, longitude in degrees;
    `members`: of its newest interview that has some; `areas`: where it lies; `around`: the areas above
    these."""

    name: str
    phones: list[str] = []
    place: tuple[float, float] | None = None
    members: list[Member] = []
    areas: list[str] = []
    around: list[str] = []


class Evidence(Struct, frozen=True):
    """One reason. `kind`: name_same, name_marks (other marks), name_typed (other spaces or tone keys),
    name_order, name_left_out, name_letters (`n` letters),
    name_alike (`n` per cent), name_differs, phone_same, phone_differs, near or far (`n` metres), hamlet_same,
    hamlet_near, members_same (`n` persons), members_differ, head_is_member. `points`: how much it speaks for
    or against."""

    kind: str
    points: int
    n: int = 0


def evidence(a: Traits, b: Traits) -> list[Evidence]:
    """What speaks for and against the two being one household, the strongest first. Symmetric."""
    found = [_of_names(a.name, b.name), *_of_phones(a, b), *_of_places(a, b), *_of_members(a, b)]
    return sorted(found, key=lambda one: (-abs(one.points), one.kind))


def score(reasons: Sequence[Evidence]) -> int:
    """0 to 100."""
    return max(0, min(100, sum(one.points for one in reasons)))


def may_be_alike(a: str, b: str) -> bool:
    """A quick look at two plain names: whether the rest is worth comparing where only the names met."""
    return fuzz.token_sort_ratio(a, b) >= 68 or fuzz.token_set_ratio(a, b) >= 90


_LONGEST_NAME = 120


@lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """A name as it is compared: its words without diacritics, typed tone marks, and what is left out at
    will."""
    words = _words(name)
    kept = [word for word in words if word not in _FILLERS]
    return " ".join(kept if len(kept) > 1 else words)


def _words(name: str) -> list[str]:
    # No name is longer; every letter left out once of a text of 200,000 would take all the memory there is.
    return [word for word in (_untyped(word) for word in search_key(name[:_LONGEST_NAME]).split()) if word]


def phone_digits(text: str) -> str:
    """The national number without the leading 0; '' for what is too short to tell anything."""
    digits = re.sub(r"\D", "", text)
    digits = digits.removeprefix("0084").removeprefix("84") if len(digits) > 10 else digits
    digits = digits.lstrip("0")
    return digits if len(digits) >= 8 else ""


def keys(traits: Traits) -> list[int]:
    """Under which a household is filed: those that are alike share at least one. Positive 63-bit numbers.

    Names meet within the areas above: by any two of their words, and by all words with one letter missing,
    both without vowels; rosters by name and year of birth; phones and cells of 165 m meet everywhere.
    """
    texts = [f"phone|{phone}" for phone in traits.phones]
    words = sorted(_skeleton(word) for word in plain(traits.name).split())[:_MOST_WORDS]
    for scope in traits.around:
        whole = "".join(words)
        shorter = {whole[:place] + whole[place + 1 :] for place in range(len(whole))}
        texts += [f"name|{scope}|{text}" for text in {whole, *(less for less in shorter if len(less) > 1)}]
        texts += [f"pair|{scope}|{one}|{other}" for one, other in {*combinations(words, 2)}]
        texts += [
            f"member|{scope}|{_skeleton(plain(member.name).replace(' ', ''))}|{member.born}"
            for member in traits.members[:_MOST_MEMBERS]
            if member.born
        ]
    texts += [f"cell|{cell}" for cell in _cells(traits.place, 0)]
    return sorted({_number(text) for text in texts})


def cells_around(traits: Traits) -> list[int]:
    """The keys of the cells beside a household's own."""
    return [_number(f"cell|{cell}") for cell in _cells(traits.place, 1)]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Distance on a sphere; exact to a per mille within a province."""
    north = math.radians(other[0] - one[0])
    east = math.radians(other[1] - one[1]) * math.cos(math.radians((one[0] + other[0]) / 2))
    return _EARTH_M * math.hypot(north, east)


def _of_names(one: str, other: str) -> Evidence:
    if search_key(one) == search_key(other):
        is_exact = _exact(one) == _exact(other)
        return Evidence("name_same", 50) if is_exact else Evidence("name_marks", 48)
    a, b = plain(one), plain(other)
    if a.replace(" ", "") == b.replace(" ", ""):
        apart = {*_words(one)} ^ {*_words(other)}
        return Evidence("name_left_out" if apart & _FILLERS else "name_typed", 46)
    ones, others = sorted(a.split()), sorted(b.split())
    if ones == others:
        return Evidence("name_order", 46)
    few, many = sorted(({*ones}, {*others}), key=len)
    if few < many and len(few) > 1:
        return Evidence("name_left_out", 30)
    letters = min(_slips("".join(ones), "".join(others)), _slips(a.replace(" ", ""), b.replace(" ", "")))
    changed, length = few ^ many, min(len(a), len(b))
    if letters == 1 and length > 4:
        # `Ha Bang` and `Ha Bơng` are brothers; `Ha Bang` and `Ha Bnag` are one, and so are longer names.
        return Evidence("name_letters", 42 if length > 13 or _is_slip(a, b) else 28, 1)
    if letters == 2 and length > 9 and (len(changed) > 2 or min(map(len, changed), default=0) > 5):
        return Evidence("name_letters", 34, 2)
    alike = int(fuzz.token_sort_ratio(a, b))
    if alike >= 72:
        return Evidence("name_alike", 20 if alike >= 82 else 8, alike)
    return Evidence("name_differs", -10)


def _is_slip(one: str, other: str) -> bool:
    """Whether a letter is missing, too many or in the wrong place, rather than another one."""
    one, other = one.replace(" ", ""), other.replace(" ", "")
    return _slips(one, other) == 1 and (len(one) != len(other) or sorted(one) == sorted(other))


def _slips(one: str, other: str) -> int:
    """Letters to change, add, leave out or swap; 3 stands for more."""
    return int(OSA.distance(one, other, score_cutoff=2))


def _exact(name: str) -> str:
    return " ".join(name[:_LONGEST_NAME].lower().replace("’", "'").split())


def _of_phones(a: Traits, b: Traits) -> Iterator[Evidence]:
    if not a.phones or not b.phones:
        return
    yield Evidence("phone_same", 32) if {*a.phones} & {*b.phones} else Evidence("phone_differs", -10)


def _of_places(a: Traits, b: Traits) -> Iterator[Evidence]:
    if {*a.areas} & {*b.areas}:
        yield Evidence("hamlet_same", 20)
    elif {*a.around} & {*b.around}:
        yield Evidence("hamlet_near", 5)
    if a.place and b.place:
        apart = round(metres(a.place, b.place))
        points = next(points for limit, points in _BY_DISTANCE if apart <= limit)
        yield Evidence("near" if points >= 0 else "far", points, apart)


_BY_DISTANCE = ((60, 18), (150, 8), (400, 0), (1000, -10), (3000, -20), (math.inf, -30))


def _of_members(a: Traits, b: Traits) -> Iterator[Evidence]:
    alike = sum(shared_members(a.members, b.members)[0])
    if alike:
        yield Evidence("members_same", min(45, 15 * alike), alike)
    elif min(len(a.members), len(b.members)) > 1:
        yield Evidence("members_differ", -30)
    heads = ((a.name, b), (b.name, a)) if plain(a.name) != plain(b.name) else ()
    if not alike and any(_is_among(name, other.members) for name, other in heads):
        yield Evidence("head_is_member", 12)


def shared_members(ones: Sequence[Member], others: Sequence[Member]) -> tuple[list[bool], list[bool]]:
    """Of each member of either household, whether the other has this person too: nearly the same name, born
    in the same year."""
    here, there = [False] * len(ones), [False] * len(others)
    for number, one in enumerate(ones):
        for place, other in enumerate(others):
            if (
                not there[place]
                and one.born
                and one.born == other.born
                and _is_one_name(one.name, other.name)
            ):
                here[number] = there[place] = True
                break
    return here, there


def _is_one_name(one: str, other: str) -> bool:
    """A roster may name a person by the given name alone."""
    one, other = plain(one), plain(other)
    if one == other or _is_slip(one, other):
        return True
    few, many = sorted((one.split(), other.split()), key=len)
    return few == many[-len(few) :] and len("".join(few)) > 2


def _is_among(name: str, members: Sequence[Member]) -> bool:
    return any(plain(member.name) == plain(name) for member in members)


def _untyped(word: str) -> str:
    """A word as it was meant: `Brifnh`, `haan`, `dduwng`, `hu7o7ng` were typed without a Vietnamese
    keyboard."""
    bare = re.sub(r"\d", "", word) if re.search(r"[a-z]", word) else word
    bare = re.sub(r"([aeiou]|^d)\1", r"\1", bare.replace("w", ""))
    return _TYPED_MARKS.sub(r"\1", bare, count=1) or bare


def _skeleton(word: str) -> str:
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return word[:1] + re.sub("[aeiou]", "", word[1:])


def _cells(place: tuple[float, float] | None, reach: int) -> list[str]:
    if place is None:
        return []
    row, column = (math.floor(degrees / _CELL_DEG) for degrees in place)
    steps = range(-reach, reach + 1)
    return [f"{row + north}|{column + east}" for north in steps for east in steps]


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
