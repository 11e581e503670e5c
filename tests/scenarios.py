"""Interviews with the values that an independent engine worked out, as answers, context and expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.coerce import from_json, to_string
from schemas.dates import MS_A_DAY, parse_day
from schemas.evaluate import Context, Evaluation, evaluate
from schemas.form import Form

SCENARIOS = Path(__file__).parent / "vectors" / "scenarios"
REPEATS = {"members": "member", "crops": "crop"}


def read_scenario(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def answers_of(scenario: dict[str, Any]) -> dict[str, Any]:
    """Head and tail at the top, one row a list of members and crops."""
    answers = dict([*scenario["head"], *scenario["tail"]])
    for key, repeat in REPEATS.items():
        for at, row in enumerate(scenario.get(key, [])):
            answers[f"{repeat}/r{at:02}/@row"] = True
            answers |= {f"{repeat}/r{at:02}/{name}": value for name, value in row}
    return answers


def context_of(scenario: dict[str, Any]) -> Context:
    """Noon in Viet Nam on the scenario's day."""
    day = parse_day(scenario["today"])
    assert day is not None
    sources = scenario.get("sources", {})
    return Context(
        now_ms=day.days * MS_A_DAY + MS_A_DAY // 2 - 7 * 3_600_000, offset_min=420, sources=sources
    )


def interview(form: Form, scenario: dict[str, Any], answers: dict[str, Any]) -> Evaluation:
    """As if a form was opened, its defaults taken, then answered."""
    context = context_of(scenario)
    opened = evaluate(form, answers, context)
    defaults = {path: opened.default(path) for path in opened.relevance if path not in answers}
    return evaluate(form, defaults | answers, context)


def worked_out(form: Form, evaluation: Evaluation, name: str) -> list[str]:
    """The node's values in order, one a row of its repeat; blank where there is none."""
    node = next(node for node in form.nodes if node.name == name)
    if node.repeat < 0:
        paths = [node.path]
    else:
        repeat = form.nodes[node.repeat].path
        leaf = node.path.rpartition("/")[2]
        paths = [f"{repeat}/{row}/{leaf}" for row in evaluation.rows(repeat)]
    return [as_text(evaluation.values.get(path)) for path in paths]


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else to_string(from_json(value))
