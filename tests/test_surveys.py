"""The built-in questionnaires, and real forms where they are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.compiler import Compiled, compile_workbook
from schemas.form import (
    Asked,
    ChoiceQuestion,
    ChoicesQuestion,
    Form,
    Group,
    Note,
    Repeat,
    Valued,
    decode_form,
    encode_form,
)
from schemas.surveys import built_in
from schemas.xlsform import Workbook, read_workbook

SHARED = Path(__file__).parents[2] / "shared"
NAMES = ["hamlet", "household", "living_conditions", "request", "support"]


def form_of(name: str) -> Form:
    form = compile_workbook(built_in()[name], f"{name}.xlsx").form
    assert form is not None
    return form


def parts(expr: Any) -> Iterator[list[Any]]:
    if isinstance(expr, list):
        yield expr
        for part in expr:
            yield from parts(part)


def test_there_are_five_built_in_questionnaires() -> None:
    assert sorted(built_in()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_questionnaire_compiles_without_a_word(name: str) -> None:
    found = compile_workbook(built_in()[name], f"{name}.xlsx")
    assert found.problems == []
    assert found.form is not None
    assert found.form.id == name
    assert decode_form(encode_form(found.form)) == found.form


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_a_built_in_questionnaire_is_in_both_languages(name: str) -> None:
    form = form_of(name)
    assert (sorted(form.languages), form.default_language) == (["en", "vi"], "vi")
    texts = [text for node in form.nodes for text in (node.label, node.hint)]
    texts += [text for node in form.nodes if isinstance(node, Asked) for text in (node.constraint_message,)]
    texts += [choice.label for choices in form.lists.values() for choice in choices]
    assert [text for text in texts if text and set(text) != {"en", "vi"}] == []
    shown = [node.name for node in form.nodes if isinstance(node, Asked | Group | Note) and not node.label]
    assert shown == []


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_answer_is_always_explained(name: str) -> None:
    for node in form_of(name).nodes:
        if isinstance(node, Asked):
            assert (node.constraint is None) == (not node.constraint_message), node.name


@pytest.mark.parametrize("name", NAMES)
def test_every_code_that_is_compared_exists_in_its_list(name: str) -> None:
    form = form_of(name)
    for node in form.nodes:
        cells = [getattr(node, key, None) for key in ("relevant", "constraint", "calculation", "default")]
        for part in (part for cell in cells for part in parts(cell)):
            if part[0] not in ("=", "!=", "selected") or not isinstance(part[2], str) or not part[2]:
                continue
            asked = node if part[1] == ["."] else _question(form, part[1])
            if isinstance(asked, ChoiceQuestion | ChoicesQuestion):
                codes = [choice.name for choice in form.lists[asked.list]]
                assert part[2] in codes, (node.name, part)


def _question(form: Form, expr: Any) -> object:
    return form.nodes[expr[1]] if isinstance(expr, list) and expr[0] == "r" else None


def test_what_points_to_a_person_is_marked() -> None:
    for name, wanted in {
        "household": {"hh_code", "head_name", "phone", "gps", "remarks"},
        "living_conditions": {"m_name", "m_dob", "m_ethnic", "m_nutri", "gps", "photo_house", "visit_note"},
        "request": {"words", "answer", "reply_phone"},
        "support": {"evidence", "descr", "after_note"},
    }.items():
        marked = {n.name for n in form_of(name).nodes if isinstance(n, Valued) and n.sensitivity}
        assert wanted <= marked


def test_only_members_who_live_here_are_offered_again() -> None:
    form = form_of("living_conditions")
    member = next(node for node in form.nodes if node.name == "member")
    here = next(number for number, node in enumerate(form.nodes) if node.name == "m_here")
    assert isinstance(member, Repeat)
    assert member.carry == ["=", ["r", here], 1]


def test_the_yearly_interview_is_one_record_for_a_household_and_a_round() -> None:
    form = form_of("living_conditions")
    assert (form.subject_form, form.one_per, form.phones) == ("household", ["subject", "round"], "carry")
    meanings = {node.meaning for node in form.nodes if isinstance(node, Valued)}
    assert {"consent", "outcome", "next_visit", "poverty_class", "location"} <= meanings


def test_the_older_draft_compiles() -> None:
    path = SHARED / "questionnaire" / "living_conditions.xlsx"
    if not path.exists():
        pytest.skip("the older draft is not at hand: ../shared/questionnaire is missing")
    found = compile_workbook(path.read_bytes(), path.name)
    assert found.errors == []
    assert found.form is not None


REAL = sorted((SHARED / "xlsforms").glob("*.xls*")) if (SHARED / "xlsforms").exists() else []


@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.name if path else "none")
def test_a_real_form_compiles_or_says_where_it_fails(path: Path | None) -> None:
    if path is None:
        pytest.skip("real forms are not at hand: ../shared/xlsforms is missing")
    data = path.read_bytes()
    found = compile_workbook(data, path.name)
    _check_places(found, read_workbook(data, path.name))
    if found.form is not None:
        assert decode_form(encode_form(found.form)) == found.form


def _check_places(found: Compiled, book: Workbook | object) -> None:
    assert (found.form is None) == bool(found.errors)
    if not isinstance(book, Workbook):
        assert len(found.errors) == 1
        return
    titles = {sheet.name: {column.title for column in sheet.columns} for sheet in book.sheets.values()}
    for problem in found.errors:
        assert problem.sheet in titles
        assert problem.row > 0
        assert problem.column in titles[problem.sheet]
