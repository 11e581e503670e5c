"""Invented households of many hamlets, and how the same one is written again by somebody else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from random import Random

from msgspec import Struct, structs

from schemas.text import search_key
from server.demo.commune import HAMLETS
from server.demo.people import _MEN, _WOMEN
from server.likeness import Member, Traits

HAMLETS_OF_A_COMMUNE, HOUSEHOLDS_OF_A_HAMLET = 10, 80
_CLANS = sorted({clan for hamlet in HAMLETS for clan in hamlet.families})
_KINH = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi")
_KINH_MEN = (
    "Hùng",
    "Dũng",
    "Tuấn",
    "Sơn",
    "Bình",
    "Long",
    "Thắng",
    "Hải",
    "Minh",
    "Đức",
    "Quang",
    "Lâm",
    "Phúc",
)
_KINH_WOMEN = (
    "Hương",
    "Lan",
    "Thủy",
    "Mai",
    "Hoa",
    "Nga",
    "Hạnh",
    "Liên",
    "Phượng",
    "Yến",
    "Thu",
    "Ngọc",
    "Xuân",
)
_TELEX = {
    "\u0301": "s",
    "\u0300": "f",
    "\u0309": "r",
    "\u0303": "x",
    "\u0323": "j",
    "\u0302": "",
    "\u031b": "w",
    "\u0306": "w",
}
_ONSETS = (
    "B",
    "Br",
    "C",
    "D",
    "Gr",
    "H",
    "J",
    "Kl",
    "Kr",
    "L",
    "M",
    "N",
    "Nh",
    "P",
    "Pr",
    "R",
    "S",
    "T",
    "Th",
    "Y",
)
_RIMES = (
    "ang",
    "ăm",
    "ai",
    "ân",
    "ao",
    "ek",
    "ên",
    "êu",
    "in",
    "iêng",
    "oi",
    "ơng",
    "ônh",
    "uôt",
    "ươi",
    "ut",
)
_DEGREES_PER_M = 1 / 111_200


class Home(Struct, frozen=True):
    """A household as it is; `hamlet` 0, 1, 2…, ten to a commune."""

    hamlet: int
    traits: Traits


def homes(count: int, random: Random) -> Iterator[Home]:
    """Names fall as they fall: some hamlets have two people of one name, brothers with nearly the same one,
    or relatives who share a telephone."""
    families: list[list[str]] = []
    phones: list[str] = []
    for number in range(count):
        hamlet = number // HOUSEHOLDS_OF_A_HAMLET
        if number % HOUSEHOLDS_OF_A_HAMLET == 0:
            families = [random.sample(_CLANS, 4)]
            phones = []
        name, clan, is_man = _head(families[0], random)
        phone = (
            random.choice(phones) if phones and random.random() < 0.03 else f"9{random.randrange(10**8):08d}"
        )
        has_phone = random.random() < 0.65
        if has_phone:
            phones.append(phone)
        middle = (11.5 + hamlet // 40 * 0.05, 108.0 + hamlet % 40 * 0.03)
        place = (middle[0] + random.gauss(0, 0.0022), middle[1] + random.gauss(0, 0.0022))
        yield Home(
            hamlet,
            Traits(
                name=name,
                phones=[phone] if has_phone else [],
                place=place if random.random() < 0.7 else None,
                members=_roster(name, clan, is_man, random) if random.random() < 0.7 else [],
                areas=[area_code(hamlet)],
                around=[f"C{hamlet // HAMLETS_OF_A_COMMUNE}"],
            ),
        )


def area_code(hamlet: int) -> str:
    return f"C{hamlet // HAMLETS_OF_A_COMMUNE}-{hamlet % HAMLETS_OF_A_COMMUNE}"


def written_again(home: Home, random: Random) -> Traits:
    """The same household by somebody who had not found it in the list: the name misspelt in one of a dozen
    ways; the telephone, place and roster the same, others or missing."""
    known = home.traits
    hamlet = home.hamlet
    if random.random() < 0.08:
        first = hamlet - hamlet % HAMLETS_OF_A_COMMUNE
        hamlet = first + random.randrange(HAMLETS_OF_A_COMMUNE)
    own = known.phones or [f"9{random.randrange(10**8):08d}"]
    phones = random.choices((own, [f"3{random.randrange(10**8):08d}"], []), (50, 15, 35))[0]
    place = None
    if known.place and random.random() < 0.6:
        place = tuple(degrees + random.gauss(0, 20) * _DEGREES_PER_M for degrees in known.place)
    members = [_again(member, random) for member in known.members if random.random() < 0.8]
    return Traits(
        name=misspelt(known.name, random),
        phones=phones,
        place=place,  # type: ignore[arg-type]
        members=members if random.random() < 0.4 else [],
        areas=[area_code(hamlet)],
        around=known.around,
    )


def misspelt(name: str, random: Random) -> str:
    """A name as somebody else writes it."""
    return random.choice(_SLIPS)(name, random)


def _head(families: list[str], random: Random) -> tuple[str, str, bool]:
    is_man = random.random() < 0.76
    if random.random() < 0.25:
        clan = random.choice(_KINH)
        given = random.choice(_KINH_MEN if is_man else _KINH_WOMEN)
        between = "Văn" if is_man else "Thị"
        return f"{clan} {between} {given}", clan, is_man
    clan, given = random.choice(families), random.choice(_MEN if is_man else _WOMEN)
    if random.random() < 0.5:
        title = random.choice(("Ha ", "K’")) if is_man else "Ka "
        given = title + random.choice(_ONSETS) + random.choice(_RIMES)
    if random.random() < 0.3:
        given = f"{given} {random.choice(_MEN if is_man else _WOMEN).split()[-1]}"
    return (given if random.random() < 0.12 else f"{clan} {given}"), clan, is_man


def _roster(name: str, clan: str, is_man: bool, random: Random) -> list[Member]:
    people = [Member(name, random.randint(1955, 2002))]
    people.append(Member(random.choice(_WOMEN if is_man else _MEN), random.randint(1955, 2002)))
    for _ in range(random.randint(0, 4)):
        given = random.choice(_MEN + _WOMEN)
        people.append(Member(f"{clan} {given}", random.randint(2003, 2025)))
    return people


def _again(member: Member, random: Random) -> Member:
    name = misspelt(member.name, random) if random.random() < 0.25 else member.name
    born = member.born + random.choice((-1, 1)) if random.random() < 0.1 else member.born
    return structs.replace(member, name=name, born=born)


def _bare(name: str, _random: Random) -> str:
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _one_mark_less(name: str, random: Random) -> str:
    letters = unicodedata.normalize("NFD", name)
    marks = [place for place, letter in enumerate(letters) if unicodedata.combining(letter)]
    place = random.choice(marks) if marks else len(letters)
    return unicodedata.normalize("NFC", letters[:place] + letters[place + 1 :])


def _telex(name: str, _random: Random) -> str:
    """Typed with a Vietnamese keyboard that was switched off."""
    words = []
    for word in name.replace("đ", "dd").replace("Đ", "DD").split():
        letters = unicodedata.normalize("NFD", word)
        tone = "".join(
            _TELEX.get(letter, "") for letter in letters if letter in "\u0301\u0300\u0309\u0303\u0323"
        )
        typed = "".join(
            letters[place - 1] if letter == "\u0302" else "w" if letter in "\u031b\u0306" else letter
            for place, letter in enumerate(letters)
            if letter not in "\u0301\u0300\u0309\u0303\u0323"
        )
        words.append(typed + tone)
    return " ".join(words)


def _apostrophe(name: str, random: Random) -> str:
    return name.replace("’", random.choice(("'", "", "' ", "’ ")))


def _letter(name: str, random: Random) -> tuple[int, str]:
    """The place of some letter after another one."""
    pairs = pairwise(name)
    return random.choice(
        [place for place, (a, b) in enumerate(pairs, 1) if a.isalpha() and b.isalpha()]
    ), name


def _missing(name: str, random: Random) -> str:
    place, name = _letter(name, random)
    return name[:place] + name[place + 1 :]


def _doubled(name: str, random: Random) -> str:
    place, name = _letter(name, random)
    return name[:place] + name[place] + name[place:]


def _swapped(name: str, random: Random) -> str:
    place, name = _letter(name, random)
    return name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :]


def _other_letter(name: str, random: Random) -> str:
    place, name = _letter(name, random)
    return name[:place] + random.choice("abeghiklmnortuy") + name[place + 1 :]


def _as_it_sounds(name: str, random: Random) -> str:
    pairs = [
        ("c", "k"),
        ("k", "c"),
        ("y", "i"),
        ("i", "y"),
        ("nh", "ng"),
        ("tr", "ch"),
        ("s", "x"),
        ("ph", "f"),
    ]
    random.shuffle(pairs)
    return next((name.replace(a, b, 1) for a, b in pairs if a in name), name)


def _other_order(name: str, _random: Random) -> str:
    words = name.split()
    return " ".join([*words[-1:], *words[:-1]])


def _word_left_out(name: str, random: Random) -> str:
    words = name.split()
    if len(words) < 3:
        return name
    fillers = [place for place, word in enumerate(words) if search_key(word) in ("van", "thi")]
    place = fillers[0] if fillers else random.randrange(1, len(words) - 1)
    return " ".join(words[:place] + words[place + 1 :])


def _unchanged(name: str, _random: Random) -> str:
    return name


_SLIPS = (_unchanged, _bare, _one_mark_less, _telex, _apostrophe, _missing, _doubled, _swapped, _other_letter,
          _as_it_sounds, _other_order, _word_left_out)  # fmt: skip
