"""What authors write in expression cells, and what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.compile_expression import compile_expression
from schemas.compile_functions import FUNCTIONS
from schemas.compile_outline import Entry, Outline, Place
from schemas.expression import Fault, has_smart_quotes, parse, unparse

BINARY = ["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]
names = st.from_regex(r"[a-zA-Z_đ][a-zA-Z0-9_.\-]{0,6}", fullmatch=True)
texts = st.text(max_size=8).filter(lambda text: "'" not in text or '"' not in text)
leaves = st.one_of(
    st.integers(0, 10**12),
    st.floats(0, 1e6, allow_nan=False).map(lambda number: round(number, 4)),
    texts,
    st.just(["."]),
    names.map(lambda name: ["ref", name]),
    names.map(lambda name: ["last", name]),
    names.map(lambda name: ["name", name]),
    st.tuples(st.booleans(), st.integers(1, 3), st.lists(names, max_size=2)).map(
        lambda parts: ["path", *parts]
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(BINARY), inner, inner).map(list),
        inner.map(lambda operand: ["neg", operand]),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, max_size=3)).map(
            lambda call: ["call", call[0], *call[1]]
        ),
        st.tuples(names, inner, names).map(lambda parts: ["lookup", *parts]),
    ),
    max_leaves=12,
)


@given(trees)
def test_an_expression_written_out_reads_back_the_same(tree: object) -> None:
    assert parse(unparse(tree)) == tree


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(source: str) -> None:
    found = parse(source)
    if isinstance(found, Fault):
        assert found.message.endswith(".")


@given(st.lists(st.sampled_from([*"()[],./.-+*='\"", "..", "${a}", "and", "if(", "1", "x", "instance('l')"])))
def test_any_pieces_of_expressions_are_read_or_refused_with_a_sentence(pieces: list[str]) -> None:
    found = parse(" ".join(pieces))
    if isinstance(found, Fault):
        assert found.message.endswith(".")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("1 + 2 * 3", ["+", 1, ["*", 2, 3]]),
        ("1 - 2 - 3", ["-", ["-", 1, 2], 3]),
        ("a-b", ["name", "a-b"]),
        ("a - b", ["-", ["name", "a"], ["name", "b"]]),
        ("-2 * 3", ["*", ["neg", 2], 3]),
        ("div div mod", ["div", ["name", "div"], ["name", "mod"]]),
        ("1 or 0 and 0", ["or", 1, ["and", 0, 0]]),
        ("${a}<5", ["<", ["ref", "a"], 5]),
        ("${ last-saved#a }", ["last", "a"]),
        ("position(../..)", ["call", "position", ["path", False, 2, []]]),
        ("current()/../a", ["path", True, 1, ["a"]]),
        (".>=.5", [">=", ["."], 0.5]),
    ],
)
def test_operators_bind_as_in_xpath_and_only_after_an_operand(source: str, tree: object) -> None:
    assert parse(source) == tree


def test_typographic_quotes_are_read_as_straight_ones_but_kept_inside_of_texts() -> None:
    assert parse("“a” = ‘b’") == ["=", "a", "b"]
    assert parse("'K’Brình'") == "K’Brình"
    assert parse("'a’") == "a"
    assert has_smart_quotes("${x} = ‘b’")
    assert not has_smart_quotes("${x} = 'K’Brình'")


@pytest.mark.parametrize(
    ("source", "position", "said"),
    [
        ("", 1, "empty"),
        ("1 +", 4, "ends too early"),
        ("(1", 3, ") is missing"),
        ("1)", 2, ") too many"),
        ("'abc", 1, "not closed"),
        ("${a", 1, "not closed"),
        ("${a b}", 1, "no reference"),
        ("1 2", 3, "An operator or a comma is missing"),
        ("a == b", 4, "="),
        ("a && b", 3, "&&"),
        ("a AND b", 3, "AND"),
        ("/data//x", 7, "path is not understood"),
        ("${a}/b", 1, "path"),
        ("a[1]", 2, "[…]"),
        ("instance('x')/root/item/label", 1, "item[condition]"),
        ("-" * 500 + "1", 151, "too deeply"),
        ("1+" * 400 + "1", 1, "too deeply"),
    ],
)
def test_a_fault_says_where_it_is(source: str, position: int, said: str) -> None:
    fault = parse(source)
    assert isinstance(fault, Fault)
    assert fault.position == position
    assert said in fault.message


def family() -> Outline:
    """age, sex; repeat member (m_age, repeat job (pay), group more (m_note)); list yn, column colour."""
    outline = Outline(columns={"yn": {"name", "label", "colour"}})

    def add(name: str, kind: str, parent: int, chain: tuple[int, ...], listed: str = "") -> int:
        return outline.add(Entry(name, kind, kind, parent, chain, len(outline.entries) + 2, listed))

    add("age", "value", -1, ())
    add("sex", "value", -1, (), "yn")
    member = add("member", "repeat", -1, ())
    add("m_age", "value", member, (member,))
    job = add("job", "repeat", member, (member,))
    add("pay", "value", job, (member, job))
    more = add("more", "group", member, (member,))
    add("m_note", "value", more, (member,))
    return outline


OUTSIDE = Place(0, ())
IN_MEMBER = Place(3, (2,))
IN_MORE = Place(7, (2,))


@pytest.mark.parametrize(
    ("source", "place", "expr"),
    [
        ("${age} < 5", OUTSIDE, ["<", ["r", 0], 5]),
        (". > 1", OUTSIDE, [">", ["."], 1]),
        ("${m_age} > ${age}", IN_MEMBER, [">", ["r", 3], ["r", 0]]),
        ("sum(${m_age})", OUTSIDE, ["sum", ["R", 3]]),
        ("sum(${pay})", IN_MEMBER, ["sum", ["R", 5]]),
        ("join(', ', ${m_age})", OUTSIDE, ["join", ", ", ["R", 3]]),
        ("count(${member})", OUTSIDE, ["count", ["R", 2]]),
        ("count(${member})", IN_MEMBER, ["count", ["R", 2]]),
        ("position(..)", IN_MEMBER, ["pos", 2]),
        ("position(../..)", IN_MORE, ["pos", 2]),
        ("../m_age", IN_MEMBER, ["r", 3]),
        ("../../m_age", IN_MORE, ["r", 3]),
        ("/data/member/more/m_note", IN_MEMBER, ["r", 7]),
        ("count(/data/member)", OUTSIDE, ["count", ["R", 2]]),
        ("indexed-repeat(/data/member/m_age, /data/member, 2)", OUTSIDE, ["ix", 3, 2, 2]),
        ("indexed-repeat(${m_age}, ${member}, 2)", OUTSIDE, ["ix", 3, 2, 2]),
        ("indexed-repeat(${pay}, ${member}, 1, ${job}, 2)", OUTSIDE, ["ix", 5, 2, 1, 4, 2]),
        ("pulldata('@subject', 'hh_code')", OUTSIDE, ["pull", "@subject", "hh_code"]),
        ("jr:choice-name(${sex}, '${sex}')", OUTSIDE, ["jr:choice-name", ["r", 1], 1]),
        ("instance('yn')/root/item[name = ${sex}]/colour", OUTSIDE, None),
        ("${last-saved#age}", OUTSIDE, ["last", 0]),
        ("once(random())", OUTSIDE, ["once", ["random"]]),
        ("true()", OUTSIDE, ["true"]),
    ],
)
def test_names_become_nodes_and_values_are_told_from_sets(source: str, place: Place, expr: object) -> None:
    found, faults = compile_expression(source, family(), place)
    assert not [fault for fault in faults if not fault.warning]
    assert found == (expr or ["lk", "yn", ["=", ["col", "name"], ["r", 1]], "colour"])


def test_a_bare_name_in_a_choice_filter_is_a_column() -> None:
    found, faults = compile_expression("colour = ${age}", family(), Place(1, (), "yn"))
    assert (found, faults) == (["=", ["col", "colour"], ["r", 0]], [])


@pytest.mark.parametrize(
    ("source", "place", "said", "suggested"),
    [
        ("${aeg} = 1", OUTSIDE, "${aeg} is not in the survey.", "Did you mean ${age}?"),
        ("${m_age} = 1", OUTSIDE, "one value in each row of member", "sum"),
        ("concat(${m_age}, 'x')", OUTSIDE, "one value in each row of member", "join"),
        ("${pay} > 1", IN_MEMBER, "one value in each row of job", "sum"),
        ("${member} > 1", OUTSIDE, "is a repeat", "count(${member})"),
        ("${more} > 1", IN_MEMBER, "is a group", ""),
        ("age > 1", OUTSIDE, "age is not understood", "Write ${age}."),
        ("yes = 1", OUTSIDE, "yes is not understood", "'yes'"),
        ("selectd(${sex}, 'a')", OUTSIDE, "selectd() is not a function.", "Did you mean selected()?"),
        ("duration()", OUTSIDE, "SurveyCTO", ""),
        ("if(1, 2)", OUTSIDE, "if() takes 3 arguments, not 2.", ""),
        ("round(1, 2, 3)", OUTSIDE, "round() takes 1 to 2 arguments, not 3.", ""),
        ("regex(., '(a')", OUTSIDE, "The pattern (a can't be used.", "A group is not closed."),
        (r"regex(., '(?<=a)b')", OUTSIDE, "can't be used", "Groups are"),
        ("format-date(today(), '%Q')", OUTSIDE, "%Q is not a date token.", "%Y"),
        ("position(..)", OUTSIDE, "outside of any repeat", ""),
        ("count-non-empty(${member})", OUTSIDE, "member is a repeat and has no value", "count(${member})"),
        ("join(', ', 'a', ${member})", OUTSIDE, "member is a repeat and has no value", "a question in it"),
        ("pulldata('@subjct', 'x')", OUTSIDE, "@subjct is not a source.", "'@subject'"),
        ("pulldata('@area', 'colour')", OUTSIDE, "@area has no field colour.", "setting"),
        (
            "pulldata('table', 'a', 'b', 'c')",
            OUTSIDE,
            "not attached",
            "thon form publish FORM.xlsx table.csv",
        ),
        ("jr:choice-name('a', '${age}')", OUTSIDE, "has no choices", ""),
        ("instance('yns')/root/item[name = 'a']/label", OUTSIDE, "There is no list yns", "Did you mean yn?"),
        ("colr = 1", Place(1, (), "yn"), "colr is no column", "Did you mean colour?"),
        ("age = 1", Place(1, (), "yn"), "age is no column", "Write ${age}."),
        ("../../../../x = 1", OUTSIDE, "leads nowhere", ""),
    ],
)
def test_what_can_not_be_evaluated_is_refused_by_name(
    source: str, place: Place, said: str, suggested: str
) -> None:
    found, faults = compile_expression(source, family(), place)
    assert found is None
    assert said in faults[0].message
    assert suggested in faults[0].suggestion


def test_all_faults_of_an_expression_are_told_at_once() -> None:
    _, faults = compile_expression("${a1} + ${a2} + nothing(1)", family(), OUTSIDE)
    assert len(faults) == 3


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("sum(${m_age})", IN_MEMBER, "one row only"),
        ("regex(., 'a')", OUTSIDE, "whole answer"),
        ("${age} = ‘1’", OUTSIDE, "Typographic quotes"),
        ("position(..)", IN_MORE, "counts the rows of member"),
    ],
)
def test_what_is_probably_not_meant_is_warned_of(source: str, place: Place, said: str) -> None:
    found, faults = compile_expression(source, family(), place)
    assert found is not None
    assert [said in fault.message and fault.warning for fault in faults] == [True]
