"""Every deviation that docs/expressions.md lists, under its name there, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from msgspec import Struct

from schemas.compiler import compile_workbook
from schemas.evaluate import Context, evaluate
from schemas.form import Form, encode_form
from tests.evaluating import twins_of
from tests.written_forms import book

NOW_MS = 1_795_309_200_000
# Phoenix and Kathmandu: what ours means may not depend on where the phone is.
OFFSETS_MIN = (-420, 345)
SURVEY = """
type | name | label | calculation
text | t | Text |
text | blank | Blank |
decimal | n | Number |
dateTime | dt | Moment |
begin_repeat | r | Row |
decimal | x | X |
end_repeat | | |
begin_repeat | none | Nothing |
decimal | y | Y |
end_repeat | | |
begin_group | g | Group |
text | inner | Inner |
end_group | | |
"""
ANSWERS = {
    "t": "a",
    "n": 4,
    "dt": "2018-01-01T23:59:00.000+07:00",
    "r/r1/x": 1,
    "r/r2/@row": True,
    "r/r3/x": 5,
}

GIVES: dict[str, dict[str, Any]] = {
    "dates-are-civil-days": {
        "number(date('1970-01-02'))": 1,
        "date('2001-12-26') + 5": 11687,
        "date-time('2001-12-26') + 5": 11687,
        "string(date-time('2001-12-26'))": "2001-12-26",
    },
    "moments-are-cut-to-their-day": {"string(date(${dt}))": "2018-01-01"},
    "time-of-day-as-recorded": {
        "decimal-time('06:00:00.000-01:00')": 0.25,
        "format-date-time('2018-01-01T12:00:00.000Z', '%H')": "12",
    },
    "no-date-is-blank": {"date('nonsense')": None, "date(36524251)": None},
    "no-number-is-blank": {"string(0 div 0)": None, "string(1 div 0)": None, "0 div 0": None},
    "half-goes-up": {
        "round(-2.5)": -2,
        "round(-1.5)": -1,
        "round(-1.475, 2)": -1.47,
        "round(1.005, 2)": 1.01,
    },
    "comma-decimals": {"number('1,5')": None, "number('4,6')": None},
    "only-plain-numbers-are-read": {f"number('{text}')": None for text in ("5e2", "+5", "0x10", "Infinity")},
    "one-zero": {"1 div -0 > 0": True},
    "numbers-are-written-plain": {
        "string(123456789.123)": "123456789.123",
        "string(0.0000001)": "0.0000001",
    },
    "twelve-digits": {"exp(1)": 2.71828182846, "tan(pi() div 4)": 1},
    "signs-count-once": {"string-length('😀')": 1, "substr('😀a', 1)": "a"},
    "nearly-equal-is-equal": {"0.1 + 0.2 = 0.3": True},
    "dates-in-texts-compare": {"'2018-01-02' > '2018-01-01'": True},
    "times-in-texts-compare": {"'09:30' < '12:00'": True, "number('12:00')": 0.5},
    "blanks-are-false": {"not(${blank})": True, "if(${blank}, 'a', 'b')": "b"},
    "blanks-are-skipped": {"sum(${x})": 6, "min(${x})": 1, "max(${x})": 5},
    "words-are-not-skipped": {"max(3, 'cheese')": None},
    "codes-end-at-any-blank": {"count-selected('a\tb')": 2},
    "words-for-truth": {"true": True, "not(false)": True},
    "sum-of-no-rows": {"sum(${y})": 0},
    "the-whole-answer-matches": {"regex('abc', 'b')": False, "regex('abc', '.*b.*')": True},
    "patterns-know-plain-letters": {r"regex('é', '\b.*')": False, r"regex('e', '\b.*')": True},
    "blank-instead-of-an-error": {"date('1983-09-31')": None, "date(true())": None},
    "numbers-in-texts-are-days": {"decimal-date-time('-1000')": -1000},
}
# Deviation to an expression and what the author is told.
REFUSES = {
    "predicates": ("/data/r[2]/x", "indexed-repeat("),
    "paths-of-other-shapes": ("//inner", "Write ${name} instead"),
    "nodes-as-values": ("..", "position(..)"),
    "own-value-nowhere": (". > 1", "."),
    "paths-that-lead-nowhere": ("/data/misspelt", "leads nowhere"),
    "paths-start-in-the-form": ("count(p)", "p"),
    "position-of-rows": ("position(.)", "position(..)"),
    "other-date-tokens": ("format-date(today(), '%j')", "%j is not a date token"),
    "functions-left-out": ("digest(${t}, 'MD5')", "digest() is not supported"),
    "missing-arguments": ("normalize-space()", "normalize-space"),
    "answers-are-counted": ("count-non-empty(${g})", "g"),
    "sets-are-gathered": ("${x} + 1", "one value in each row"),
}


class Scenario(Struct, frozen=True):
    """`gives`: for each of the answers, one after the other, what the calculations called c are."""

    survey: str
    answers: list[dict[str, Any]]
    gives: list[list[Any]]
    choices: str = ""


SCENARIOS = {
    "once-starts-afresh": Scenario(
        "type|name|label|calculation\ninteger|n|N|\ncalculate|c||once(${n} + 1)",
        [{"n": 1}, {"n": 5, "c": 2}],
        [[2], [6]],
    ),
    "drawn-by-chance": Scenario(
        "type|name|label|calculation\ntext|a|A|\ncalculate|drawn||random()\ncalculate|c||${drawn} < 1",
        [{}, {"a": "x"}],
        [[True], [True]],
    ),
    "curly-quotes-are-kept": Scenario(
        "type|name|label|calculation\nselect_one l|a|A|\ncalculate|c||jr:choice-name(${a}, '${a}')",
        [{"a": "don’t_know"}],
        [["Don’t know"]],
        "list_name|name|label\nl|don’t_know|Don’t know",
    ),
    "another-language-is-better-than-none": Scenario(
        "type|name|label::vi|label::en|calculation\nselect_one l|a|A|A|"
        "\ncalculate|c|||jr:choice-name(${a}, '${a}')",
        [{"a": "x"}],
        [["Only here"]],
        "list_name|name|label::vi|label::en\nl|x||Only here\nl|y|Có|Here",
    ),
    "rows-start-empty": Scenario(
        "type|name|label|calculation\nbegin_repeat|r|R|\ntext|a|A|\nend_repeat|||\ncalculate|c||count(${r})",
        [{}],
        [[0]],
    ),
    "hidden-rows-come-back": Scenario(
        "type|name|label|repeat_count|calculation\ninteger|n|N||\nbegin_repeat|r|R|${n}|\ntext|a|A||"
        "\nend_repeat||||\ncalculate|c|||join('', ${a})",
        [{"n": count, **{f"r/{row}/a": row for row in "xyz"}} for count in (3, 1, 3)],
        [["xyz"], ["x"], ["xyz"]],
    ),
    "paths-come-back-to-their-row": Scenario(
        "type|name|label|calculation\nbegin_repeat|r|R|\ninteger|a|A|\ncalculate|c||sum(../../r/a)\nend_repeat|||",
        [{"r/r1/a": 2, "r/r2/a": 5}],
        [[2, 5]],
    ),
    "position-in-a-group": Scenario(
        "type|name|label|calculation\nbegin_repeat|r|R|\nbegin_group|g|G|\ntext|a|A|"
        "\ncalculate|c||position(..)\nend_group|||\nend_repeat|||",
        [{"r/r1/a": "x", "r/r2/a": "y"}],
        [[1, 2]],
    ),
}


def compiled(survey: str, choices: str = "") -> Form:
    sheets = {"survey": survey, "choices": choices} if choices else {"survey": survey}
    made = compile_workbook(book(sheets), "deviations.xlsx")
    assert made.form is not None, made.problems
    return made.form


def expressions() -> list[str]:
    return [source for of in GIVES.values() for source in of]


@cache
def in_both() -> dict[str, list[dict[str, Any]]]:
    """The values of every scenario, and under "" of the expressions in each zone: alike in both languages."""
    rows = [f"calculate | c{at} | | {source}" for at, source in enumerate(expressions())]
    form = compiled(SURVEY + "\n".join(rows))
    asked = [("", form, ANSWERS, Context(now_ms=NOW_MS, offset_min=offset)) for offset in OFFSETS_MIN]
    for name, scenario in SCENARIOS.items():
        form = compiled(scenario.survey, scenario.choices)
        asked += [(name, form, answers, Context(now_ms=NOW_MS)) for answers in scenario.answers]
    cases = [
        {
            "form": json.loads(encode_form(form)),
            "answers": answers,
            "context": {"now_ms": context.now_ms, "offset_min": context.offset_min},
        }
        for _, form, answers, context in asked
    ]
    theirs = [json.loads(line)["values"] for line in twins_of(cases)]
    found: dict[str, list[dict[str, Any]]] = {}
    for (name, form, answers, context), values in zip(asked, theirs, strict=True):
        assert dict(evaluate(form, answers, context).values) == values
        found.setdefault(name, []).append(values)
    return found


@pytest.mark.parametrize("deviation", GIVES)
def test_what_a_listed_deviation_gives(deviation: str) -> None:
    for values in in_both()[""]:
        given = {source: values.get(f"c{expressions().index(source)}") for source in GIVES[deviation]}
        assert given == GIVES[deviation]


@pytest.mark.parametrize("deviation", REFUSES)
def test_what_a_listed_deviation_refuses(deviation: str) -> None:
    source, told = REFUSES[deviation]
    made = compile_workbook(book({"survey": f"{SURVEY}calculate | c | | {source}"}), "deviations.xlsx")
    errors = [problem for problem in made.problems if problem.severity == "error"]
    assert made.form is None
    assert len(errors) == 1
    assert told in errors[0].sentence()


@pytest.mark.parametrize("deviation", SCENARIOS)
def test_what_a_listed_deviation_makes_of_an_interview(deviation: str) -> None:
    calculated = [
        [value for path, value in sorted(values.items()) if path.endswith("c")]
        for values in in_both()[deviation]
    ]
    assert calculated == SCENARIOS[deviation].gives


LIST = "list_name|name|label\n" + "\n".join(f"l|{code}|{code.upper()}" for code in "abcdefgh")
# Deviation to a sheet whose question q is looked at, and what is told of it.
SHOWS: dict[str, tuple[str, Callable[[Form], Any], Any]] = {
    "shuffled-by-our-own-dice": (
        "type|name|label|parameters\nselect_one l|q|Q|randomize=true seed=5",
        lambda form: (offered(form) == offered(form) != list("abcdefgh"), "".join(sorted(offered(form)))),
        (True, "abcdefgh"),
    ),
    "or-other-in-our-words": (
        "type|name|label\nselect_one l or_other|q|Q",
        lambda form: form.nodes[-1].label[""],
        "Please specify",
    ),
}


def offered(form: Form) -> list[str]:
    return [choice.name for choice in evaluate(form, {}, Context(now_ms=NOW_MS)).choices("q")]


@pytest.mark.parametrize("deviation", SHOWS)
def test_what_a_listed_deviation_shows(deviation: str) -> None:
    survey, told, wanted = SHOWS[deviation]
    assert told(compiled(survey, LIST)) == wanted


@pytest.mark.parametrize(
    ("deviation", "told"),
    [("position-in-a-group", "position"), ("paths-come-back-to-their-row", "sees one row only")],
)
def test_what_a_row_does_not_see_is_warned_of(deviation: str, told: str) -> None:
    made = compile_workbook(book({"survey": SCENARIOS[deviation].survey}), "deviations.xlsx")
    assert any(told in problem.message for problem in made.problems)


def test_numbers_by_chance_are_the_interviews_own() -> None:
    form = compiled(SCENARIOS["drawn-by-chance"].survey)
    seeds = ("one", "one", "another")
    first, again, other = (
        evaluate(form, {}, Context(now_ms=NOW_MS, seed=seed)).values["drawn"] for seed in seeds
    )
    assert first == again != other
