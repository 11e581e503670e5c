"""Lists that are more than rows of the choices sheet: `or_other`, and attached files."""

from __future__ import annotations

import json

import pytest

from schemas.compiler import Compiled, compile_workbook
from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import ChoiceQuestion, Form, TextQuestion
from tests.workbooks import compiled, question, workbook

CROPS = [
    {"list_name": "crop", "name": "rice", "label::English (en)": "Rice", "label::Tiếng Việt (vi)": "Lúa"},
    {"list_name": "crop", "name": "maize", "label::English (en)": "Maize", "label::Tiếng Việt (vi)": "Ngô"},
]
TOWNS = """name;label::English (en);label::Tiếng Việt (vi);district;people
dl;Da Lat;Đà Lạt;north;1200
bl;Bao Loc;Bảo Lộc;south;800
dt;Di Linh;Di Linh;south;
"""


def asked(type_: str, name: str, **cells: object) -> dict[str, object]:
    labels = {"label::English (en)": name, "label::Tiếng Việt (vi)": name}
    return {"type": type_, "name": name} | labels | cells


def form_of(found: Compiled) -> Form:
    assert found.form is not None, [problem.sentence() for problem in found.errors]
    return found.form


def with_towns(*rows: dict[str, object], file: str = "towns.csv", text: str = TOWNS) -> Compiled:
    return compile_workbook(workbook(rows), "small.xlsx", {file: text.encode()})


def opened(form: Form, lang: str = "", **answers: object) -> Evaluation:
    return evaluate(form, answers, Context(now_ms=0, lang=lang))


def test_or_other_offers_one_choice_more_and_asks_what_it_is() -> None:
    found = compiled(
        [asked("select_one crop or_other", "grown"), asked("select_multiple crop", "eaten")], CROPS
    )
    form = form_of(found)
    assert found.warnings == []
    filled = opened(form, "vi", grown="other")
    assert [choice.name for choice in filled.choices("grown")] == ["rice", "maize", "other"]
    assert [choice.name for choice in filled.choices("eaten")] == ["rice", "maize"]
    assert filled.text(filled.choices("grown")[2].label) == "Khác"
    specified = form.nodes[1]
    assert isinstance(specified, TextQuestion)
    assert (specified.path, specified.label["vi"]) == ("grown_other", "Ghi rõ")
    assert filled.is_relevant("grown_other")
    assert not opened(form, grown="rice").is_relevant("grown_other")


def test_or_other_passes_every_filter_and_stands_beside_a_question_of_the_same_name_elsewhere() -> None:
    rows = [
        asked("text", "wanted"),
        asked("begin group", "first"),
        asked("select_multiple crop or_other", "grown", choice_filter="name = ${wanted}"),
        asked("end group", ""),
        asked("begin group", "second"),
        asked("select_one crop or_other", "grown"),
        asked("end group", ""),
    ]
    form = form_of(compiled(rows, CROPS))
    filled = opened(form, wanted="maize", **{"first.grown": ["other"]})
    assert [choice.name for choice in filled.choices("first.grown")] == ["maize", "other"]
    assert filled.is_relevant("first.grown_other") and not filled.is_relevant("second.grown_other")


def test_a_question_that_the_author_has_for_the_other_is_left_as_it_is() -> None:
    rows = [asked("select_one crop or_other", "grown"), asked("note", "grown_other")]
    assert [node.name for node in form_of(compiled(rows, CROPS)).nodes] == ["grown", "grown_other"]


def test_choices_come_from_an_attached_file_filtered_by_its_columns() -> None:
    form = form_of(
        with_towns(
            asked("text", "where"),
            asked("select_one_from_file towns.csv", "town", choice_filter="district = ${where}"),
        )
    )
    filled = opened(form, "vi", where="south")
    assert [filled.text(choice.label) for choice in filled.choices("town")] == ["Bảo Lộc", "Di Linh"]
    assert isinstance(form.nodes[1], ChoiceQuestion) and form.nodes[1].list == "towns"


def test_parameters_name_the_columns_of_code_and_label() -> None:
    text = "code,title\n1,One\n2,Two\n"
    rows = [asked("select_multiple_from_file n.csv", "n", parameters="value=code label=title")]
    filled = opened(form_of(with_towns(*rows, file="n.csv", text=text)), "en")
    assert [(choice.name, filled.text(choice.label)) for choice in filled.choices("n")] == [
        ("1", "One"),
        ("2", "Two"),
    ]


def test_choices_come_from_the_places_of_a_map() -> None:
    map_ = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [108.44, 11.94]},
                "properties": {"id": "dl", "title": "Đà Lạt", "district": "north"},
            }
        ],
    }
    rows = [asked("select_one_from_file towns.geojson", "town", choice_filter="district = 'north'")]
    form = form_of(with_towns(*rows, file="towns.geojson", text=json.dumps(map_)))
    (town,) = opened(form).choices("town")
    assert (town.name, opened(form).text(town.label)) == ("dl", "Đà Lạt")
    assert town.columns["geometry"] == "11.94 108.44 0 0"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("pulldata('towns', 'people', 'name', ${town})", "800"),
        ("pulldata('towns.csv', 'name', 'district', 'south')", "bl"),
        ("pulldata('towns', 'people', 'name', 'dt')", None),
        ("instance('towns')/root/item[name = ${town}]/district", "south"),
        ("count-selected(instance('towns')/root/item[people > 1000]/name)", 1),
    ],
)
def test_expressions_look_up_in_an_attached_file(expression: str, value: object) -> None:
    form = form_of(with_towns(asked("text", "town"), asked("calculate", "found", calculation=expression)))
    assert opened(form, town="bl").value_at("found") == value


@pytest.mark.parametrize(
    ("type_", "cells", "said"),
    [
        ("select_one_from_file town.csv", {}, "town.csv is not attached. Did you mean towns.csv?"),
        ("select_one_from_file towns.csv", {"parameters": "value=id"}, "towns.csv has no column id."),
        ("select_one_from_file towns.csv", {"choice_filter": "distrikt = 1"}, "Did you mean district?"),
        ("calculate", {"calculation": "pulldata('towns', 'peple', 'name', 1)"}, "Did you mean people?"),
        ("calculate", {"calculation": "pulldata('twns', 'x', 'name', 1)"}, "twns.csv is not attached."),
        ("select_one_from_file ${a}", {}, "Choices from the rows of a repeat are not supported."),
    ],
)
def test_a_mistake_about_an_attached_file_is_named(type_: str, cells: dict[str, object], said: str) -> None:
    sentences = [problem.sentence() for problem in with_towns(asked(type_, "a", **cells)).errors]
    assert any(said in sentence for sentence in sentences), sentences


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "towns.csv is empty."),
        ("a,a\n1,2\n", "towns.csv: the column a stands twice."),
        ('a,b\n"1,2\n', "towns.csv is not a CSV file"),
        ("a\n" + "1\n" * 20_001, "towns.csv has more than 20000 rows."),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(text: str, said: str) -> None:
    found = with_towns(question("select_one_from_file towns.csv", "a"), text=text)
    assert any(said in problem.sentence() for problem in found.errors), found.errors


def test_choices_show_what_stands_in_the_row_of_the_question() -> None:
    choices = [{"list_name": "kin", "name": "child", "label": "Child of ${person}"}]
    rows = [
        question("begin repeat", "member"),
        question("text", "person"),
        question("select_one kin", "is"),
        question("end repeat", ""),
    ]
    filled = opened(form_of(compiled(rows, choices)), **{"member/r1/person": "Ka Brêu"})
    (child,) = filled.choices("member/r1/is")
    assert filled.text(child.label, "member/r1/is") == "Child of Ka Brêu"
    outside = compiled([*rows, question("select_one kin", "whose")], choices)
    assert "has one value in each row of member" in outside.errors[0].message


def test_the_label_of_a_looked_up_choice_is_written_as_odk_does() -> None:
    looked_up = "jr:itext(instance('crop')/root/item[name = ${grown}]/itextId)"
    rows = [asked("select_one crop", "grown"), asked("calculate", "said", calculation=looked_up)]
    assert opened(form_of(compiled(rows, CROPS)), "vi", grown="rice").value_at("said") == "Lúa"


def test_hidden_values_of_old_forms_are_hidden_texts() -> None:
    types = ("hidden string", "hidden int", "hidden geopoint")
    form = form_of(compiled([asked(type_, f"h{at}") for at, type_ in enumerate(types)]))
    assert [node.kind for node in form.nodes if isinstance(node, TextQuestion)] == ["hidden"] * 3


def test_choices_are_shuffled_by_the_record_or_by_a_seed() -> None:
    crops = [{"list_name": "crop", "name": f"c{at}", "label": f"C{at}"} for at in range(8)]
    rows = [
        asked("text", "key"),
        asked("select_one crop", "own", parameters="randomize=true"),
        asked("select_one crop", "first", parameters="randomize = true; seed = ${key}"),
        asked("select_multiple crop", "second", parameters="randomize=true seed=42"),
        asked("select_one crop", "plain", parameters="randomize=false"),
    ]
    form = form_of(compiled(rows, crops))
    orders = {
        path: [choice.name for choice in opened(form, key="42").choices(path)]
        for path in ("own", "first", "second", "plain")
    }
    assert orders["first"] == orders["second"] != orders["own"]
    assert orders["plain"] == sorted(orders["own"]) == sorted(orders["first"]) != orders["own"]
    refused = compiled([asked("select_one crop", "a", parameters="randomize=true seed=${nobody}")], crops)
    assert "${nobody} is not in the survey" in refused.errors[0].sentence()
