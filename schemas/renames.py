"""Answers under the names that questions and choices had in an earlier version of their form.

The twin of client_pwa/src/core/renames.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.form import ChoiceQuestion, ChoicesQuestion, Form
from schemas.paths import without_rows


def with_new_names(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values under the form's own names and codes. An answer stays under its old name where there
    is one under the new name too, or under an older name that stands first in `renames`."""
    if not form.renames and not form.recodes:
        return dict(values)
    moved = _moved(form, values)
    gone = {path.removesuffix("/@deleted") for path in values if path.endswith("/@deleted")}
    recoded = _recoded(form)
    found: dict[str, Any] = {}
    for path, value in values.items():
        new = moved.get(path, path)
        # A row that was deleted under its new name hides what stands in it under the old one.
        if new != path and any(new.startswith(f"{row}/") for row in gone):
            continue
        codes = recoded.get(without_rows(new))
        found[new] = _with_new_codes(value, *codes) if codes else value
    return dict(sorted(found.items()))


def with_old_names(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, and again under the old names of their questions: for those who ask by such a name."""
    olds = {old: values[new] for old, new in form.renames.items() if new in values}
    return {**olds, **values}


def _moved(form: Form, values: Mapping[str, Any]) -> dict[str, str]:
    """Path as written to path as named now."""
    ranks = {old: rank for rank, old in enumerate(form.renames)}
    first: dict[str, tuple[int, str]] = {}
    for path in values:
        old = without_rows(path).removesuffix("/@row")
        new = form.renames.get(old)
        if new is None or path.endswith("/@deleted") or _named(path, new) in values:
            continue
        candidate = (ranks[old], path)
        first[_named(path, new)] = min(candidate, first.get(_named(path, new), candidate))
    return {path: new for new, (_, path) in first.items()}


def _named(path: str, new: str) -> str:
    """`member/r1/age`, `person/years` -> `person/r1/years`."""
    parts = path.split("/")
    parts[: 2 * new.count("/") + 1 : 2] = new.split("/")
    return "/".join(parts)


def _recoded(form: Form) -> dict[str, tuple[dict[str, str], bool]]:
    """Row-less path to the old codes of its choices, and whether their order means something."""
    if not form.recodes:
        return {}
    return {
        node.path: (form.recodes[node.list], isinstance(node, ChoicesQuestion) and node.rank)
        for node in form.nodes
        if isinstance(node, ChoiceQuestion | ChoicesQuestion) and node.list in form.recodes
    }


def _with_new_codes(value: Any, codes: Mapping[str, str], is_ranked: bool) -> Any:
    if isinstance(value, str):
        return codes.get(value, value)
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        return value
    renamed = list(dict.fromkeys(codes.get(code, code) for code in value))
    return renamed if is_ranked else sorted(renamed)
