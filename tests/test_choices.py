"""Looking choices up by an index finds what looking at all of them finds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.choices import candidates
from schemas.engine import Place
from schemas.evaluate import Context, evaluate
from schemas.form import Choice, ChoiceQuestion, Form, TextQuestion

TEXTS = ["", "1", "01", "1.0", "red", "green", "2020-01-01"]
MANY = [
    Choice(f"c{number}", {"": f"Choice {number}"}, {"colour": TEXTS[number % 5], "size": TEXTS[number % 7]})
    for number in range(40)
]
cells = st.sampled_from(
    [["col", "colour"], ["col", "size"], ["col", "name"], ["col", "label"], ["col", "none"]]
)
wanted = st.one_of(
    st.sampled_from([*TEXTS, "c3", "Choice 3", 1, True]),
    st.sampled_from(
        [
            ["r", 0],
            ["number", ["r", 0]],
            ["concat", "c", "3"],
            ["lk", "many", ["=", ["col", "size"], "1"], "colour"],
        ]
    ),
    cells,
)
equalities = st.one_of(
    st.tuples(st.just("="), cells, wanted).map(list), st.tuples(st.just("="), wanted, cells).map(list)
)
conditions = st.recursive(
    equalities | st.tuples(st.just("!="), cells, wanted).map(list),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(list),
    max_leaves=5,
)


@given(conditions, st.sampled_from(TEXTS))
def test_an_index_leaves_out_nothing_that_the_condition_holds_for(condition: Any, answer: str) -> None:
    form = Form(
        id="f",
        version="1",
        title="",
        languages=[""],
        nodes=[TextQuestion(name="q", path="q"), ChoiceQuestion(name="s", path="s", list="many")],
        lists={"many": MANY},
    )
    found = evaluate(form, {"q": answer}, Context(now_ms=0))
    place = Place(found.root, 1, "choice_filter")
    near = candidates(MANY, condition, lambda part: found.evaluate(part, place))
    passing = [choice.name for choice in MANY if found.passes(choice, condition, place)]
    assert [choice.name for choice in near if found.passes(choice, condition, place)] == passing


def test_a_cascade_looks_at_its_own_branch_only() -> None:
    condition = ["and", ["=", ["col", "colour"], "red"], ["!=", ["col", "name"], "c4"]]
    near = candidates(MANY, condition, lambda part: part)
    assert [choice.columns["colour"] for choice in near] == ["red"] * 8
