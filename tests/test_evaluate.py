"""Expressions and forms mean what the guide says: the cases that both languages read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.canonical import canonical
from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import Form

VECTORS = json.loads((Path(__file__).parent / "vectors" / "evaluate.json").read_text(encoding="utf-8"))
FORMS = {name: msgspec.convert(form, Form) for name, form in VECTORS["forms"].items()}


def evaluated(case: dict[str, Any]) -> Evaluation:
    answers = case.get("answers", {})
    context = msgspec.convert(VECTORS["context"] | case.get("context", {}), Context)
    answers = VECTORS["answers"][answers] if isinstance(answers, str) else answers
    return evaluate(FORMS[case.get("form", "plain")], answers, context)


def observed(case: dict[str, Any]) -> dict[str, Any]:
    """What the case speaks of, as the evaluation gives it."""
    found = evaluated(case)
    seen: dict[str, Any] = {}
    if "gives" in case:
        seen["gives"] = found.expr(case["expr"], case.get("at", ""))
    if "values" in case:
        seen["values"] = found.values
    if "violations" in case:
        seen["violations"] = [[violation.path, violation.kind] for violation in found.violations]
    if "instance_name" in case:
        seen["instance_name"] = found.instance_name
    if "texts" in case:
        nodes = found.form.nodes
        seen["texts"] = [
            [node, path, lang, found.text(nodes[node].label, path, lang)]
            for node, path, lang, _ in case["texts"]
        ]
    asked = {
        "has": found.value_at,
        "relevance": found.relevance.get,
        "rows": found.rows,
        "wanted": found.wanted_rows,
        "left_out": found.rows_left_out,
        "choices": lambda path: [choice.name for choice in found.choices(path)],
        "defaults": found.default,
        "readonly": found.readonly,
        "required": found.required,
    }
    for what, ask in asked.items():
        if what in case:
            seen[what] = {path: ask(path) for path in case[what]}
    return seen


def name_of(case: dict[str, Any]) -> str:
    return (
        f"{case['about']} {json.dumps(case['expr'], ensure_ascii=False)}" if "expr" in case else case["about"]
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=name_of)
def test_what_the_guide_says(case: dict[str, Any]) -> None:
    seen = observed(case)
    assert seen
    assert canonical(seen) == canonical({key: case[key] for key in seen})


def test_what_is_relevant_is_said_of_every_node_of_every_row() -> None:
    case = {"form": "rep", "answers": "rows"}
    found = evaluated(case)
    assert set(found.values) < set(found.relevance)
    assert all(found.is_relevant(path) is value for path, value in found.relevance.items())


def test_chance_is_the_same_on_every_replica_and_another_for_every_seed_and_row() -> None:
    case = {"form": "rep", "answers": "rows"}
    draws = {evaluated(case).expr(["random"], f"a/{row}/x") for row in ("r1", "r2", "r1")}
    assert len(draws) == 2
    other = evaluated({**case, "context": {"seed": "another"}}).expr(["random"], "a/r1/x")
    assert other not in draws


def test_a_long_chain_of_calculations_is_no_deep_recursion() -> None:
    steps = 5000
    nodes = [{"k": "number", "name": "q0", "path": "q0"}]
    nodes += [
        {"k": "calculate", "name": f"q{at}", "path": f"q{at}", "calculation": ["+", ["r", at - 1], 1]}  # type: ignore[dict-item]
        for at in range(1, steps)
    ]
    form = msgspec.convert(
        {
            "id": "chain",
            "version": "1",
            "title": "",
            "languages": [""],
            "nodes": nodes,
            "order": list(range(steps)),
        },
        Form,
    )
    found = evaluate(form, {"q0": 1}, Context(now_ms=0))
    assert found.values[f"q{steps - 1}"] == steps
