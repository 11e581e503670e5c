"""How likely each answer is, for the poorest and for the best-off household; what is between them is mixed.

Keys are question names of the built-in questionnaires; a question that is not here is answered evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

Weights = Mapping[str, float]

ONE_OF: dict[str, tuple[Weights, Weights]] = {
    "interview_lang": ({"kho": 7, "vi": 2, "ma": 1}, {"vi": 8, "kho": 2}),
    "area_ask": ({"rural": 1}, {"rural": 1}),
    "consent_main": ({"yes": 1}, {"yes": 1}),
    "consent_sensitive": ({"yes": 94, "no": 6}, {"yes": 90, "no": 10}),
    "consent_location": ({"yes": 88, "no": 12}, {"yes": 85, "no": 15}),
    "consent_photo": ({"no": 1}, {"no": 1}),
    "consent_contact": ({"yes": 95, "no": 5}, {"yes": 90, "no": 10}),
    "consent_by": ({"head": 70, "spouse": 26, "adult": 4}, {"head": 66, "spouse": 30, "adult": 4}),
    "consent_how": ({"oral_witness": 7, "paper": 3}, {"paper": 6, "oral_witness": 4}),
    "hh_policy": ({"none": 84, "protection": 9, "merit": 7}, {"none": 90, "merit": 9, "protection": 1}),
    "roster_state": ({"complete": 1}, {"complete": 1}),
    "tenure": ({"own": 74, "family": 13, "gift": 13}, {"own": 96, "family": 3, "rent": 1}),
    "wall": (
        {"thin_plank": 46, "wood_metal": 30, "mud": 8, "brick": 14, "leaf": 2},
        {"brick": 66, "wood_metal": 24, "concrete": 10},
    ),
    "pillar": (
        {"soft_wood": 58, "steel_wood": 34, "brick": 8},
        {"steel_wood": 46, "concrete": 40, "brick": 14},
    ),
    "roof": ({"sheet": 88, "leaf": 9, "tile": 3}, {"sheet": 78, "tile": 18, "concrete": 4}),
    "floor": ({"earth": 34, "cement": 44, "wood": 22}, {"tile": 62, "cement": 34, "wood": 4}),
    "water": (
        {
            "spring_protected": 34,
            "spring_open": 30,
            "surface": 12,
            "well_open": 12,
            "borehole": 8,
            "piped": 4,
        },
        {"borehole": 38, "spring_protected": 30, "piped": 24, "well_protected": 8},
    ),
    "water_place": (
        {"yard": 48, "elsewhere": 40, "dwelling": 12},
        {"dwelling": 62, "yard": 36, "elsewhere": 2},
    ),
    "water_short": ({"yes": 42, "no": 58}, {"yes": 8, "no": 92}),
    "toilet": (
        {"pit_open": 38, "none": 22, "double_vault": 16, "pour_pit": 16, "hanging": 4, "septic": 4},
        {"septic": 66, "pour_pit": 26, "double_vault": 6, "vip": 2},
    ),
    "toilet_shared": ({"no": 82, "yes": 18}, {"no": 98, "yes": 2}),
    "handwash": ({"water_only": 54, "none": 26, "water_soap": 20}, {"water_soap": 86, "water_only": 14}),
    "waste": (
        {"burned": 52, "thrown": 22, "buried": 16, "composted": 10},
        {"collected": 44, "burned": 30, "composted": 16, "buried": 10},
    ),
    "electricity": ({"grid": 91, "solar": 6, "none": 3}, {"grid": 1}),
    "fuel": ({"wood": 90, "gas": 10}, {"gas": 72, "wood": 18, "electric": 10}),
    "internet": ({"yes": 44, "no": 56}, {"yes": 96, "no": 4}),
    "has_land": ({"yes": 88, "no": 12}, {"yes": 96, "no": 4}),
    "loan": ({"yes": 62, "no": 38}, {"yes": 46, "no": 54}),
    "fies_worry": ({"yes": 58, "no": 42}, {"yes": 5, "no": 95}),
    "fies_healthy": ({"yes": 48, "no": 52}, {"yes": 3, "no": 97}),
    "fies_few": ({"yes": 46, "no": 54}, {"yes": 3, "no": 97}),
    "fies_skip": ({"yes": 20, "no": 80}, {"no": 1}),
    "fies_less": ({"yes": 28, "no": 72}, {"yes": 1, "no": 99}),
    "fies_ranout": ({"yes": 16, "no": 84}, {"no": 1}),
    "fies_hungry": ({"yes": 7, "no": 93}, {"no": 1}),
    "fies_day": ({"yes": 3, "no": 97}, {"no": 1}),
    "care_forgone": ({"yes": 18, "no": 82}, {"yes": 3, "no": 97}),
    "support_use": ({"yes": 72, "partly": 20, "lost": 5, "no": 3}, {"yes": 84, "partly": 14, "no": 2}),
    "support_missing": ({"no": 94, "yes": 6}, {"no": 97, "yes": 3}),
    "life_change": ({"same": 46, "better": 32, "worse": 22}, {"better": 58, "same": 36, "worse": 6}),
    "certainty": ({"good": 66, "fair": 30, "poor": 4}, {"good": 84, "fair": 16}),
    "need_visit": ({"no": 1}, {"no": 1}),
    "m_insurance": (
        {"state": 90, "none": 7, "expired": 3},
        {"state": 60, "bought": 22, "work": 14, "none": 4},
    ),
    "m_birthcert": ({"yes": 92, "no": 8}, {"yes": 1}),
    "m_nutri": (
        {"normal": 70, "stunted": 15, "underweight": 9, "both": 6},
        {"normal": 95, "stunted": 3, "underweight": 2},
    ),
    "m_contract": ({"no": 82, "yes": 18}, {"yes": 70, "no": 30}),
    "m_onjob": ({"no": 96, "yes": 4}, {"no": 80, "yes": 20}),
    "language": ({"kho": 7, "vi": 3}, {"vi": 7, "kho": 3}),
    "status": ({"active": 1}, {"active": 1}),
    "origin": ({"listed": 1}, {"listed": 1}),
    "consent_phone": ({"yes": 62, "no": 38}, {"yes": 86, "no": 14}),
    "consent_place": ({"yes": 88, "no": 12}, {"yes": 85, "no": 15}),
    "consent_request": ({"yes": 1}, {"yes": 1}),
    "who": ({"household": 1}, {"household": 1}),
    "sort": ({"ask": 66, "propose": 22, "complain": 12}, {"propose": 50, "ask": 40, "complain": 10}),
    "urgency": ({"normal": 60, "soon": 40}, {"normal": 80, "soon": 20}),
    "route": ({"local": 92, "above": 8}, {"local": 92, "above": 8}),
    "reply_how": ({"meeting": 44, "visit": 40, "none": 16}, {"meeting": 50, "visit": 30, "none": 20}),
}

MANY_OF: dict[str, tuple[Weights, Weights]] = {
    # The chance of each option; nothing chosen becomes `none`.
    "consent_share": (
        {"commune_social": 0.7, "health_station": 0.4, "school": 0.2},
        {"commune_social": 0.5, "health_station": 0.3},
    ),
    "damage": ({"roof": 0.42, "wall": 0.30, "floor": 0.2, "slide": 0.06}, {"roof": 0.08, "wall": 0.05}),
    "assets": (
        {"tv": 0.62, "smartphone": 0.46, "phone": 0.42, "motorbike": 0.66, "bicycle": 0.2, "pump": 0.14},
        {
            "tv": 0.96, "smartphone": 0.97, "motorbike": 0.99, "fridge": 0.86, "washing": 0.5, "pump": 0.66,
            "laptop": 0.22, "tractor": 0.18, "car": 0.08, "bicycle": 0.4, "phone": 0.2,
        },
    ),
    "animals": ({"poultry": 0.6, "pig": 0.24, "cattle": 0.12, "buffalo": 0.06},
                {"poultry": 0.72, "pig": 0.34, "cattle": 0.3, "buffalo": 0.14}),
    "loan_src": ({"vbsp": 0.8, "trader": 0.34, "union": 0.16, "relative": 0.14},
                 {"vbsp": 0.6, "bank": 0.34, "trader": 0.12}),
    "care_barrier": ({"cost": 0.6, "far": 0.5, "road": 0.3}, {"time": 0.6, "far": 0.3}),
    "shocks": ({"price": 0.3, "drought": 0.22, "pest": 0.2, "illness": 0.14, "animal": 0.1, "flood": 0.06},
               {"price": 0.34, "pest": 0.2, "drought": 0.12, "animal": 0.08}),
    "support_got": ({"gift": 0.56, "seedling": 0.34, "health_exam": 0.3, "insurance": 0.2,
                     "scholarship": 0.12, "house_repair": 0.06, "livestock": 0.1, "training": 0.16},
                    {"training": 0.3, "seedling": 0.2, "health_exam": 0.2, "gift": 0.08}),
    "contrib": ({"days": 0.46, "cash": 0.1}, {"days": 0.4, "cash": 0.46, "land": 0.03}),
    "risks": ({"slide": 0.6, "drought": 0.5, "flash": 0.3}, {"drought": 0.4}),
    "hall_items": ({"seat": 0.9, "sound": 0.7, "tv": 0.3}, {"seat": 0.95, "sound": 0.9, "tv": 0.6}),
}  # fmt: skip

NEEDS: tuple[Weights, Weights] = (
    {
        "house": 5,
        "seed": 5,
        "capital": 4,
        "water": 4,
        "toilet": 4,
        "school": 2,
        "health": 2,
        "food": 2,
        "job": 3,
    },
    {"capital": 5, "skill": 4, "road": 4, "signal": 3, "job": 2, "school": 2, "seed": 2},
)


def one_of(name: str, means: float, codes: Iterable[str], random: Random) -> str | None:
    """One of `codes`, weighted; evenly, without "don't know" and "other", where nothing is said."""
    allowed = list(codes)
    if name in ONE_OF:
        weights = mixed(ONE_OF[name], means)
        known = [code for code in allowed if weights.get(code)]
        if known:
            return random.choices(known, [weights[code] for code in known])[0]
    plain = [code for code in allowed if code not in ("dk", "other", "none")] or allowed
    return random.choice(plain) if plain else None


def many_of(name: str, means: float, codes: Iterable[str], random: Random) -> list[str]:
    """Some of `codes`, sorted; `none` or `nobody` alone where nothing else fell."""
    allowed = list(codes)
    chances = mixed(MANY_OF.get(name, ({}, {})), means)
    chosen = sorted(code for code in allowed if random.random() < chances.get(code, 0))
    if chosen:
        return chosen
    alone: list[str] = [code for code in ("none", "nobody") if code in allowed]
    likely = [code for code in allowed if chances.get(code)] or [
        c for c in allowed if c not in ("dk", "other")
    ]
    return alone or likely[:1]


def some_needs(means: float, codes: Iterable[str], random: Random) -> list[str]:
    """One to three needs, the most likely more often."""
    weights = mixed(NEEDS, means)
    pool = [code for code in codes if weights.get(code)]
    chosen: set[str] = set()
    for _ in range(random.choice((1, 2, 2, 3))):
        chosen.add(random.choices(pool, [weights[code] for code in pool])[0])
    return sorted(chosen)


def mixed(pair: tuple[Weights, Weights], means: float) -> dict[str, float]:
    poor, rich = pair
    return {code: _share(poor, code) * (1 - means) + _share(rich, code) * means for code in {**poor, **rich}}


def _share(weights: Weights, code: str) -> float:
    # Chances below 1 stay as they are; counts are read as shares.
    total = sum(weights.values())
    is_chances = all(weight < 1 for weight in weights.values())
    return weights.get(code, 0.0) if is_chances or not total else weights.get(code, 0.0) / total
