"""Expressions of other engines' tests, each beside what those engines answer: ours answers the same in both
languages, or stands in `xpath_deviations.json` under a deviation that docs/expressions.md explains."""

from __future__ import annotations

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from schemas.compile_expression import compile_expression
from schemas.evaluate import Context, evaluate
from schemas.form import encode_form
from tests.evaluating import twins_of
from tests.xpath_document import XmlDocument

ROOT = Path(__file__).parents[1]
CASES = ROOT.parent / "shared" / "xpath_cases.json"
DEVIATIONS = Path(__file__).parent / "xpath_deviations.json"
# When the cases were recorded: some of them ask for today.
RECORDED = datetime.datetime(2026, 11, 21, 19, 0, tzinfo=datetime.UTC)
OFFSETS_MIN = {"America/Phoenix": -420, "UTC": 0}
REFUSED = "refused"

pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"{CASES.name} is not beside the project")


@cache
def documents() -> list[str]:
    return list(json.loads(CASES.read_text("utf-8"))["docs"])


@cache
def document(number: int) -> XmlDocument:
    return XmlDocument(documents()[number])


def in_subset() -> list[dict[str, Any]]:
    return [case for case in json.loads(CASES.read_text("utf-8"))["cases"] if case["subset"]]


def context(zone: str) -> Context:
    return Context(now_ms=int(RECORDED.timestamp() * 1000), offset_min=OFFSETS_MIN[zone])


def as_asked(expression: Any, type_name: str) -> Any:
    """The expression as a text of the type that the case asks for, so that one comparison serves all."""
    if type_name == "number":
        number = ["number", expression]
        lowest = ["if", ["<", number, -1e308], "-Infinity", ["string", number]]
        return ["if", [">", number, 1e308], "Infinity", lowest]
    return ["string", ["boolean", expression]] if type_name == "boolean" else ["string", expression]


def is_as_expected(case: dict[str, Any], got: str) -> bool:
    wanted = case["strings"][0] if case["type"] == "nodeset" and case["strings"] else case.get("value")
    if case["type"] == "boolean":
        return got == ("true" if wanted else "false")
    if case["type"] != "number":
        return got == (wanted or "")
    if isinstance(wanted, str):
        # What is no number is blank, and there is one zero.
        return got == {"NaN": "", "-0": "0"}.get(wanted, wanted)
    return got not in ("", "Infinity", "-Infinity") and abs(float(got) - wanted) <= 1e-9 * max(1, abs(wanted))


def answered(cases: list[dict[str, Any]]) -> dict[str, str]:
    """Case to what ours answers in Python, or `refused`; TypeScript answers the same."""
    answers: dict[str, str] = {}
    together: dict[tuple[int, str], list[tuple[str, Any, str]]] = {}
    for case in cases:
        made = document(case["doc"])
        place, path = made.spot(case["ctx"])
        expression, faults = compile_expression(made.expression(case["expr"]), made.outline, place)
        if any(not fault.warning for fault in faults):
            answers[case["id"]] = REFUSED
            continue
        asked = (case["id"], as_asked(expression, case["type"]), path)
        together.setdefault((case["doc"], case["tz"]), []).append(asked)
    for (number, zone), asked in together.items():
        found = evaluate(document(number).form, document(number).answers, context(zone))
        answers.update((name, found.expr(expression, path) or "") for name, expression, path in asked)
    assert in_typescript(together) == {name: text for name, text in answers.items() if text != REFUSED}
    return answers


def in_typescript(together: dict[tuple[int, str], list[tuple[str, Any, str]]]) -> dict[str, str]:
    batches = [
        {
            "form": json.loads(encode_form(document(number).form)),
            "answers": document(number).answers,
            "context": {"now_ms": context(zone).now_ms, "offset_min": context(zone).offset_min},
            "expressions": [[expression, path] for _, expression, path in asked],
        }
        for (number, zone), asked in together.items()
    ]
    texts = (text for answer in twins_of(batches) for text in json.loads(answer))
    names = (name for asked in together.values() for name, _, _ in asked)
    return {name: text or "" for name, text in zip(names, texts, strict=True)}


def test_every_case_is_answered_alike_in_both_languages_or_a_listed_deviation() -> None:
    cases = in_subset()
    answers = answered(cases)
    deviating = set()
    for case in cases:
        got = answers[case["id"]]
        is_alike = got == REFUSED if case["type"] == "error" else got != REFUSED and is_as_expected(case, got)
        if not is_alike:
            deviating.add(case["id"])
    listed = json.loads(DEVIATIONS.read_text("utf-8"))
    named = [case for ids in listed.values() for case in ids]
    assert len(cases) >= 1400
    assert len(named) == len(set(named))
    assert deviating == set(named)


def test_every_listed_deviation_is_explained_in_the_guide() -> None:
    guide = (ROOT / "docs" / "expressions.md").read_text("utf-8")
    for deviation in json.loads(DEVIATIONS.read_text("utf-8")):
        assert f"`{deviation}`" in guide
