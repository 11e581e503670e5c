"""From a workbook to a Form, or to everything that is wrong with it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.compiler import compile_workbook
from schemas.form import (
    Acknowledge,
    Calculate,
    ChoiceQuestion,
    ChoicesQuestion,
    Meta,
    NumberQuestion,
    Repeat,
    TextQuestion,
    decode_form,
    encode_form,
)
from tests.workbooks import compiled, question, workbook

YES_NO = [
    {"list_name": "yn", "name": "yes", "label": "Yes"},
    {"list_name": "yn", "name": "no", "label": "No"},
]


def errors(*arguments: object, **settings: object) -> list[str]:
    return [problem.sentence() for problem in compiled(*arguments, **settings).errors]  # type: ignore[arg-type]


def warnings(*arguments: object, **settings: object) -> list[str]:
    return [problem.sentence() for problem in compiled(*arguments, **settings).warnings]  # type: ignore[arg-type]


# What is understood


def test_a_small_form_compiles_to_typed_nodes_that_survive_json() -> None:
    found = compiled(
        [
            question("start", "start"),
            question("text", "name", required="yes", conflict="supervisor", meaning="person_name"),
            question("select_one yn", "agrees", required="TRUE"),
            question("select_multiple yn", "several", choice_filter="name != ${agrees}"),
            question("integer", "age", default=5, constraint=". >= 0", relevant="${agrees} = 'yes'"),
            question("calculate", "next", calculation="${age} + 1"),
            question("acknowledge", "ok", readonly="no"),
        ],
        YES_NO,
        instance_name="${name}",
        one_per="name",
    )
    form = found.form
    assert form is not None
    assert found.problems == []
    assert [type(node) for node in form.nodes] == [
        Meta,
        TextQuestion,
        ChoiceQuestion,
        ChoicesQuestion,
        NumberQuestion,
        Calculate,
        Acknowledge,
    ]
    age = form.nodes[4]
    assert isinstance(age, NumberQuestion)
    assert (age.default, age.constraint, age.relevant) == (5, [">=", ["."], 0], ["=", ["r", 2], "yes"])
    assert form.nodes[3].choice_filter == ["!=", ["col", "name"], ["r", 2]]  # type: ignore[union-attr]
    assert form.order == [3, 4, 5]
    assert form.instance_name == ["r", 1]
    assert decode_form(encode_form(form)) == form


def test_equal_workbooks_give_equal_forms() -> None:
    data = workbook([question("text", "a"), question("note", "b")])
    assert compile_workbook(data, "x.xlsx") == compile_workbook(data, "x.xlsx")


def test_paths_leave_out_groups_and_keep_repeats() -> None:
    form = compiled(
        [
            question("begin group", "g"),
            question("begin_repeat", "member", repeat_count="3", carry="${here} = 1"),
            question("begin  group", "inner"),
            question("calculate", "here", calculation="position(../..)"),
            question("end group", ""),
            question("begin repeat", "job"),
            question("decimal", "pay"),
            question("end_repeat", ""),
            question("end_repeat", ""),
            question("end_group", ""),
        ]
    ).form
    assert form is not None
    assert [node.path for node in form.nodes] == [
        "g",
        "member",
        "member/inner",
        "member/here",
        "member/job",
        "member/job/pay",
    ]
    member = form.nodes[1]
    assert isinstance(member, Repeat)
    assert (member.count, member.carry) == (3, ["=", ["r", 3], 1])
    assert [node.repeat for node in form.nodes] == [-1, -1, 1, 1, 1, 4]
    assert [node.parent for node in form.nodes] == [-1, 0, 1, 2, 1, 4]


def test_a_name_twice_among_the_same_rows_is_stored_with_its_group() -> None:
    form = compiled(
        [
            question("begin group", "a"),
            question("text", "note"),
            question("end group", ""),
            question("begin group", "b"),
            question("text", "note"),
            question("text", "b"),
            question("end group", ""),
        ]
    ).form
    assert form is not None
    assert [node.path for node in form.nodes if isinstance(node, TextQuestion)] == ["a.note", "b.note", "b"]
    assert len({node.path for node in form.nodes}) == len(form.nodes)


def test_headers_and_types_are_understood_as_authors_write_them() -> None:
    form = compiled(
        [
            {"Type": "select one from yn", "NAME": "a", "label::English (en)": "A", "bind:relevant": "1 = 1"},
            {"Type": "dateTime", "NAME": "b", "label::English (en)": "B", "Read Only": "yes"},
            {"Type": "string", "NAME": "c", "label::English (en)": "C", "constraint message": "No"},
        ],
        [{"list name": "yn", "value": "yes", "label::English (en)": "Yes", "colour": "red"}],
    ).form
    assert form is not None
    assert [node.kind for node in form.nodes[1:]] == ["datetime", "text"]  # type: ignore[union-attr]
    assert form.nodes[0].relevant == ["=", 1, 1]
    assert form.nodes[1].readonly is True  # type: ignore[union-attr]
    assert form.lists["yn"][0].columns == {"colour": "red"}


def test_languages_have_codes_and_texts_show_values() -> None:
    form = compiled(
        [
            {
                "type": "text",
                "name": "who",
                "label::English (en)": "Who",
                "label::Tiếng Việt (vi)": "Ai",
            },
            {
                "type": "note",
                "name": "hello",
                "label::English (en)": "Hello ${who}!",
                "label::Tiếng Việt (vi)": "Chào ${who}",
            },
        ],
        default_language="Tiếng Việt (vi)",
    ).form
    assert form is not None
    assert (form.languages, form.default_language) == (["en", "vi"], "vi")
    assert form.language_names == {"en": "English", "vi": "Tiếng Việt"}
    assert form.nodes[1].label == {"en": ["Hello ", ["r", 0], "!"], "vi": ["Chào ", ["r", 0]]}


def test_a_calculation_is_ordered_after_what_it_reads() -> None:
    form = compiled(
        [
            question("calculate", "c", calculation="${b} + 1"),
            question("calculate", "b", calculation="${a} + 1"),
            question("integer", "a"),
        ]
    ).form
    assert form is not None
    assert form.order == [1, 0]


def test_a_question_may_look_at_itself_in_its_constraint_and_in_once() -> None:
    found = compiled(
        [
            question("integer", "a", constraint="${a} > 1 and ${b} > 0"),
            question("calculate", "b", calculation="once(if(${b} = '', ${a}, ${b}))"),
        ]
    )
    assert found.errors == []


def test_defaults_are_literals_or_expressions() -> None:
    form = compiled(
        [
            question("date", "day", default="today()"),
            question("date", "fixed", default="2026-01-02"),
            question("text", "hyphens", default="a-b (c)"),
            question("select_one yn", "choice", default="yes"),
            question("decimal", "number", default="1.5"),
        ],
        YES_NO,
    ).form
    assert form is not None
    defaults = [node.default for node in form.nodes]  # type: ignore[union-attr]
    assert defaults == [["today"], "2026-01-02", "a-b (c)", "yes", 1.5]


def test_external_choices_are_lists_like_any_other() -> None:
    found = compiled([question("select_one_external yn", "a", choice_filter="name != 'x'")], YES_NO)
    assert found.form is not None
    assert found.form.nodes[0].list == "yn"  # type: ignore[union-attr]


# What is refused, and how


def test_every_problem_is_told_at_once_with_sheet_row_and_column() -> None:
    found = compiled(
        [
            question("text", "hh_size"),
            question("integer", "b", relevant="${hh_sise} = 1"),
            question("selekt_one yn", "c"),
            question("select_one ny_list", "d"),
            question("text", "two words"),
            question("integer", "e", constraint=". > "),
        ],
        [{"list_name": "my_list", "name": "yes", "label": "Yes"}],
    )
    assert found.form is None
    assert [(p.sheet, p.row, p.column) for p in found.errors] == [
        ("survey", 3, "relevant"),
        ("survey", 4, "type"),
        ("survey", 5, "type"),
        ("survey", 6, "name"),
        ("survey", 7, "constraint"),
    ]
    sentences = [problem.sentence() for problem in found.errors]
    assert sentences[0].startswith("survey, row 3, relevant: ${hh_sise} is not in the survey.")
    assert "Did you mean ${hh_size}?" in sentences[0]
    assert "Did you mean my_list?" in sentences[2]
    assert "Write two_words." in sentences[3]


def test_the_rows_of_one_name_are_listed_without_a_word_between_them() -> None:
    group = [question("text", "a"), question("end_group", "")]
    twice = [[question("begin_group", "g"), *group], [question("begin_group", "h"), *group]]
    found = compiled([*twice[0], *twice[1], question("text", "b", relevant="${a} = 1")])
    assert [problem.message for problem in found.errors] == ["${a} could mean more than one: rows 3, 6."]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([question("begin group", "g"), question("text", "a")], "row 2, type: The group g is not closed."),
        ([question("text", "a"), question("end group", "")], "row 3, type: This end_group closes nothing."),
        (
            [question("begin group", "g"), question("text", "a"), question("end repeat", "")],
            "row 4, type: end_repeat stands where the group of row 2 is still open.",
        ),
        (
            [question("text", "a"), question("text", "a")],
            "row 3, name: The name a stands twice here (row 2).",
        ),
        ([question("text", "")], "row 2, name: The row has no name."),
        ([{"type": "", "name": "a", "label": "A"}], "row 2, type: The row has no type."),
        ([question("calculate", "a")], "row 2, calculation: A calculate row needs a calculation."),
        ([question("text", "a", conflict="newest")], "newest is not one of ask, latest"),
        ([question("text", "a", conflict="union")], "The rule union is for select_multiple questions."),
        ([question("text", "a", indicator="avg")], "avg is not one of share, mean, sum."),
        ([question("text", "a", meaning="persn_name")], "Did you mean person_name?"),
        ([question("text", "a", carry="maybe")], "maybe is neither yes nor no."),
        ([question("integer", "a", default="many")], "many is not a number."),
        ([question("date", "a", default="tomorrow")], "tomorrow is not a date like 2026-11-22."),
        ([question("select_one yn", "a", default="maybe")], "maybe is not in the list yn."),
        ([question("rank yn or_other", "a")], "or_other can't be ranked."),
        ([question("select_one_from_file a.csv", "a")], "a.csv is not attached."),
        ([question("select_one_from_file a.geojson", "a")], "a.geojson is not attached."),
        ([question("select_one", "a")], "The name of the list of choices is missing."),
        ([question("db:person", "a")], "CHT"),
        ([question("text", "a", trigger="${a}")], "trigger is not supported"),
        ([question("text", "a", label="Hi ${b}")], "${b} is not in the survey."),
    ],
)
def test_a_mistake_is_named(rows: list[dict[str, object]], said: str) -> None:
    assert any(said in sentence for sentence in errors(rows, YES_NO)), errors(rows, YES_NO)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ([{"list_name": "yn", "name": "yes", "label": "Y"}] * 2, "choices, row 3, name: yes stands twice"),
        ([{"list_name": "yn", "name": "a b", "label": "Y"}], "can't hold a space: a b. Write a_b."),
        ([{"list_name": "yn", "name": "", "label": "Y"}], "A choice of the list yn has no name."),
        ([{"list_name": "", "name": "a", "label": "Y"}], "This choice belongs to no list."),
        ([{"list": "yn", "name": "a", "label": "Y"}], "There is no column list_name."),
    ],
)
def test_a_mistake_in_the_choices_is_named(choices: list[dict[str, object]], said: str) -> None:
    found = errors([question("select_multiple yn", "a")], choices)
    assert any(said in sentence for sentence in found), found


def test_a_cycle_is_told_with_its_path() -> None:
    found = errors(
        [
            question("calculate", "a", calculation="${b} + 1"),
            question("calculate", "b", calculation="${c} + 1"),
            question("calculate", "c", calculation="${a} + 1"),
            question("calculate", "alone", calculation="${alone} + 1"),
            question("begin group", "g", relevant="${inside} = 1"),
            question("integer", "inside"),
            question("end group", ""),
        ]
    )
    assert len(found) == 3
    assert "These wait for each other: a → b → c → a." in found[0]
    assert "alone → alone" in found[1]
    assert "g → inside → g" in found[2]


def test_settings_are_checked() -> None:
    rows = [question("text", "a")]
    assert "one_per names subject" in errors(rows, one_per="subject")[0]
    assert "b is not a question." in errors(rows, one_per="b")[0]
    assert "all is not one of area, carry, own, none." in errors(rows, phones="all")[0]
    assert compiled(rows, one_per="subject round", subject_form="household").errors == []


def test_a_form_without_id_and_version_is_named_after_its_file_and_content() -> None:
    data = workbook([question("text", "a")], form_id="", version="")
    form = compile_workbook(data, "/tmp/my survey.xlsx").form
    assert form is not None
    assert form.id == "my_survey"
    assert re.fullmatch(r"[0-9a-f]{10}", form.version)


def test_what_is_probably_not_meant_is_warned_of() -> None:
    found = warnings(
        [
            question("text", "a", constraint="regex(., 'x+')", sensitivity="secret", relevent="1"),
            question("text", "b", relevant="${a} = ‘x’"),
            question("imei", "imei"),
        ],
        YES_NO,
    )
    for said in (
        "compared with the whole answer",
        "Typographic quotes",
        "No question uses the list yn.",
        "public exports leave it out",
        "relevent is not a column. Did you mean relevant?",
        "imei stays blank",
    ):
        assert any(said in sentence for sentence in found), (said, found)


def test_missing_translations_are_counted_once_for_each_column() -> None:
    survey = [
        {"type": "text", "name": name, "label::English (en)": name, "label::Tiếng Việt (vi)": vi}
        for name, vi in (("a", "A"), ("b", ""), ("c", ""))
    ]
    assert warnings(survey) == ["survey, row 3, label: 2 texts are missing in Tiếng Việt (vi): rows 3, 4."]


# Anything at all


cells = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(["yes", "${a}", "${b} + 1", "sum(${a})", "position(..)", ".", "select_one yn", "a", "b"]),
    st.integers(0, 9),
)
types = st.sampled_from(
    ["text", "integer", "begin group", "end group", "begin repeat", "end repeat", "calculate", "note", "date"]
)
columns = ["relevant", "constraint", "calculation", "default", "required", "repeat_count", "carry", "label"]
rows = st.lists(
    st.builds(
        lambda kind, name, more: question(kind, name) | more,
        types,
        st.sampled_from(["a", "b", "c", ""]),
        st.dictionaries(st.sampled_from(columns), cells, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(rows)
def test_any_rows_give_a_form_or_sentences(survey: list[dict[str, object]]) -> None:
    found = compiled(survey, YES_NO)
    assert (found.form is None) == bool(found.errors)
    assert all(problem.sheet for problem in found.problems)
    if found.form is not None:
        assert decode_form(encode_form(found.form)) == found.form
        assert len({node.path for node in found.form.nodes}) == len(found.form.nodes)
