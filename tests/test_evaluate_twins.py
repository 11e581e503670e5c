"""Both evaluators give byte-identical results on generated forms, answers and patterns."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.canonical import canonical
from schemas.evaluate import Context, evaluate
from schemas.form import Form
from schemas.patterns import is_match
from tests.evaluating import twins_of

WORDS = ";0;1;-2.5;5e2; 3 ;1,5;.5;a b;b;apple pear;Nguyễn Thị;😀x;true;false;name;colour;red;\t\n"
DATES = (
    "2020-02-29;2021-02-29;1969-12-31;2020-01-01T23:30:00.000+07:00;2020-01-01T10:00:00Z;10:30;23:59-03:30"
)
FORMATS = "2020-06-30T01:02:03.4567;%Y-%m-%d %H:%M:%S.%3;%a %e %b %y %n %h;[a-z ]+;(a|b)*;\\d+;^[^0-9]*$"
TEXTS = [*WORDS.split(";"), *DATES.split(";"), *FORMATS.split(";")]
NUMBERS = [0.1, 0.2, 0.3, 1.005, 2.5, -2.5, 1e15, 1e16, 1e21, 1e-7, 1.5e-9, 1e300, 2**53 - 1, 20779.25]
COLUMNS = ["name", "label", "colour", "key", "none"]
# Name to least and most arguments.
ARITIES = {
    **dict.fromkeys(["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "and", "or"], (2, 2)),
    **dict.fromkeys(
        ["neg", "not", "boolean", "boolean-from-string", "string", "string-length", "once"], (1, 1)
    ),
    **dict.fromkeys(["true", "false", "pi", "today", "now", "random", "no-such-function"], (0, 0)),
    **dict.fromkeys(
        ["normalize-space", "trim", "number", "int", "floor", "ceiling", "abs", "sqrt", "exp"], (1, 1)
    ),
    **dict.fromkeys(["exp10", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan"], (1, 1)),
    **dict.fromkeys(["count-selected", "date", "date-time", "decimal-date-time", "decimal-time"], (1, 1)),
    **dict.fromkeys(["substring-before", "substring-after", "contains", "starts-with", "ends-with"], (2, 2)),
    **dict.fromkeys(["pow", "atan2", "selected", "selected-at", "regex", "difference-in-months"], (2, 2)),
    **dict.fromkeys(["format-date", "format-date-time"], (2, 2)),
    **dict.fromkeys(["if", "translate"], (3, 3)),
    **dict.fromkeys(["substr", "substring"], (2, 3)),
    **dict.fromkeys(["concat", "coalesce", "sum", "min", "max", "count", "count-non-empty"], (1, 3)),
    **dict.fromkeys(["join"], (2, 3)),
    **dict.fromkeys(["checklist", "weighted-checklist"], (3, 5)),
    **dict.fromkeys(["round"], (1, 2)),
    **dict.fromkeys(["uuid"], (0, 1)),
}
SETS = ("sum", "min", "max", "count", "count-non-empty", "join")
ANSWERS = st.one_of(
    TEXTS, NUMBERS, st.booleans(), st.lists(st.sampled_from(["apple", "pear", "b"]), max_size=3)
)
CHOICES = [
    {"name": "apple", "label": {"vi": "Táo"}, "columns": {"colour": "red", "key": "1"}},
    {"name": "pear", "label": {"": ["Lê ", ["r", 0]]}, "columns": {"colour": "green"}},
    {"name": "b", "columns": {"colour": "red", "key": "1"}},
    # More than a list without an index has.
    *({"name": f"c{number}", "columns": {"colour": "green", "key": str(number)}} for number in range(20)),
]

# The outline of every generated form: kind, name, parent, repeat. References are only ever to earlier nodes.
OUTLINE: list[tuple[str, str, int, int]] = [
    ("text", "t", -1, -1),
    ("number", "n", -1, -1),
    ("select_multiple", "m", -1, -1),
    ("date", "d", -1, -1),
    ("group", "g", -1, -1),
    ("calculate", "c5", 4, -1),
    ("repeat", "a", 4, -1),
    ("number", "x", 6, 6),
    ("select_one", "y", 6, 6),
    ("calculate", "c9", 6, 6),
    ("repeat", "b", 6, 6),
    ("date", "z", 10, 10),
    ("calculate", "c12", 10, 10),
    ("calculate", "c13", 6, 6),
    ("calculate", "c14", -1, -1),
    ("text", "u", -1, -1),
    ("geo", "p", -1, -1),
    ("acknowledge", "k", -1, -1),
    ("calculate", "c18", -1, -1),
]


def chain(number: int) -> list[int]:
    """The repeats around a node, outermost first."""
    repeat = OUTLINE[number][3]
    return [] if repeat < 0 else [*chain(repeat), repeat]


def path(number: int) -> str:
    return "/".join(OUTLINE[at][1] for at in [*chain(number), number])


class Author:
    """Writes forms, answers and patterns by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.pick = chance.choice

    def often(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    def text(self) -> str:
        if self.often(3):
            return "".join(self.chance.choices("ab1 .-:Tệ%", k=self.chance.randrange(7)))
        return self.pick(TEXTS)

    def number(self) -> float:
        chance = self.chance
        kinds = [
            lambda: chance.randint(-20, 20),
            lambda: self.pick(NUMBERS),
            lambda: round(chance.uniform(-1000, 1000), 3),
            lambda: chance.uniform(-1, 1) * 10 ** chance.randint(-12, 25),
        ]
        return self.pick(kinds)()

    def answer(self) -> Any:
        codes = self.chance.sample(["apple", "pear", "b"], self.chance.randrange(4))
        return self.pick([self.text(), self.number(), self.often(2), codes])

    def expression(self, at: int, depth: int = 3) -> Any:
        """Any expression that may stand at a node."""
        if depth == 0 or self.often(4):
            return self.leaf(at)
        name = self.pick(list(ARITIES))
        arguments = [self.expression(at, depth - 1) for _ in range(self.chance.randint(*ARITIES[name]))]
        if name in SETS and self.often(2):
            arguments[-1] = self.set(at)
        return [name, *arguments]

    def leaf(self, at: int) -> Any:
        around = chain(at)
        known = [number for number in range(at) if OUTLINE[number][0] not in ("group", "repeat")]
        scalars = [["r", number] for number in known if chain(number) == around[: len(chain(number))]]
        condition = ["=", ["col", self.pick(COLUMNS)], self.text()]
        index = self.chance.randrange(4)
        others = [
            self.often(2),
            ["."],
            ["lk", "fruit", condition, self.pick(COLUMNS)],
            ["pull", "@subject", self.pick(["f", "g", "none"])],
            ["pull", "fruit", self.pick(COLUMNS), self.pick(COLUMNS), self.text()],
            ["jr:choice-name", self.pick(["apple", "pear"]), 2],
            ["last", self.pick([0, 2])],
            *[["pos", repeat] for repeat in around],
        ]
        if at > 11:
            others += [["ix", 7, 6, index], ["ix", 11, 6, index, 10, self.chance.randrange(3)]]
        return self.pick([self.text(), self.number(), self.pick(others), self.pick(scalars or [""])])

    def set(self, at: int) -> Any:
        found = [["R", number] for number in range(at) if chain(number) or OUTLINE[number][0] == "repeat"]
        return self.pick(found) if found else ""

    def node(self, at: int) -> dict[str, Any]:
        kind, name, parent, repeat = OUTLINE[at]
        node: dict[str, Any] = {"k": kind, "name": name, "path": path(at), "parent": parent, "repeat": repeat}
        if self.often(4):
            node["relevant"] = self.expression(at)
        if kind == "calculate":
            node["calculation"] = self.expression(at)
        elif kind == "repeat" and self.often(4):
            node["count"] = self.expression(at, 1)
        elif kind not in ("group", "repeat"):
            columns = ("constraint", "required", "default", "calculation", "readonly")
            node |= {column: self.expression(at, 2) for column in columns if self.often(4)}
        if kind in ("select_one", "select_multiple"):
            node["list"] = "fruit"
            if self.often(2):
                node["choice_filter"] = ["=", ["col", "colour"], self.expression(at, 2)]
        if kind == "date":
            node["kind"] = self.pick(["date", "time", "datetime"])
        if at == 0:
            node["label"] = {"vi": ["Xin chào ", self.expression(at, 2)]}
        return node

    def interview(self) -> dict[str, Any]:
        size = len(OUTLINE)
        form = {
            "id": "f",
            "version": "1",
            "title": "F",
            "languages": ["vi"],
            "nodes": [self.node(at) for at in range(size)],
            "lists": {"fruit": CHOICES},
            "order": self.pick([[], list(range(size))]),
            "instance_name": self.expression(size - 1, 2),
        }
        context = {
            "now_ms": self.chance.randint(-(10**12), 4 * 10**12),
            "offset_min": self.pick([420, 0, -210, 345]),
            "seed": self.pick(["", "s", "ê😀"]),
            "lang": self.pick(["vi", "en", "kho"]),
            "sources": {"@subject": {"f": self.answer(), "g": self.answer()}},
            "last": {"t": self.answer()},
        }
        answered = self.chance.sample(PLACES, self.chance.randrange(len(PLACES)))
        answers = {place: self.answer() for place in answered}
        # Without an order what refers to itself depends on what is asked first.
        changes = [self.changed() for _ in range(4)] if form["order"] else []
        return {"form": form, "answers": answers, "context": context, "changes": changes}

    def changed(self) -> dict[str, Any]:
        """A save: mostly of one answer, sometimes cleared."""
        places = self.chance.sample(PLACES, self.pick([1, 1, 1, 3]))
        return {place: None if self.often(4) else self.answer() for place in places}

    def pattern(self) -> dict[str, Any]:
        pieces = self.chance.choices(PIECES, k=self.chance.randrange(1, 8))
        texts = ["".join(self.chance.choices("ab1- .Aé\n", k=length)) for length in (0, 1, 2, 3, 5)]
        return {"pattern": "".join(pieces), "texts": texts}


ROWS = ["a/r1/", "a/r2/", "a/é/"]
INNER = [f"{row}b/{inner}/" for row in ROWS[:2] for inner in ("s1", "s2")]
PLACES = [
    *["t", "n", "m", "d", "u", "p", "k"],
    *[f"{row}{name}" for row in ROWS for name in ("x", "y", "@deleted")],
    *[f"{row}{name}" for row in INNER for name in ("z", "@row")],
]
SIGNS = (
    "a b 1 - . * + ? {2} {1,} {0,2} {,2} | ( ) (?: (?= (?! ^ $ é ] } [a-c] [^1-] []a] [^] [a&&b] (?< [z-a]"
)
ESCAPES = r"\d \w \s \S \b \B [\w-.] [\D] \. \x41 \1 \ "
PIECES = [*SIGNS.split(), *ESCAPES.split()]


def observed(case: dict[str, Any]) -> Any:
    if "pattern" in case:
        return [is_match(case["pattern"], text) for text in case["texts"]]
    form = msgspec.convert(case["form"], Form)
    found = evaluate(form, case["answers"], msgspec.convert(case["context"], Context))
    return {
        "values": found.values,
        "relevance": found.relevance,
        "violations": [msgspec.to_builtins(violation) for violation in found.violations],
        "name": found.instance_name,
        "defaults": [found.default(path) for path in found.relevance],
        "offered": [[choice.name for choice in found.choices(path)] for path in found.relevance],
        "texts": [found.text(form.nodes[0].label, path) for path in found.relevance],
        # The phone goes on from one answer to the next, and finds what it would find from the start.
        "differing": [],
    }


def collected(count: int) -> list[dict[str, Any]]:
    """Each from a seed of its own: Hypothesis would take minutes to draw them choice by choice."""
    cases: list[dict[str, Any]] = []

    @settings(max_examples=count, database=None, phases=[Phase.generate])
    @given(st.randoms(use_true_random=True))
    def collect(chance: random.Random) -> None:
        author = Author(chance)
        cases.extend([author.interview(), author.pattern(), author.pattern()])

    collect()
    return cases


def test_both_languages_give_byte_identical_evaluations() -> None:
    cases = collected(300)
    twins = twins_of(cases)
    assert len(twins) == len(cases) >= 600
    for case, twin in zip(cases, twins, strict=True):
        assert twin == canonical(observed(case)), json.dumps(case, ensure_ascii=False)
