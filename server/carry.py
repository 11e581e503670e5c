"""What a phone is given of past rounds where the form's `phones` setting is `carry`."""

from __future__ import annotations

from schemas.canonical import JSON
from schemas.evaluate import Evaluation
from schemas.form import Asked, Form, Repeat
from schemas.paths import row_prefixes, without_rows


def carried_answers(form: Form, evaluation: Evaluation, shown: dict[str, JSON]) -> dict[str, JSON]:
    """The answers marked `carry`, in the rows that their repeat's `carry` offers again. A kept row without
    any such answer is there as `…/row/@row`."""
    numbers = form.by_path()
    kept_rows = _kept_rows(form, evaluation)
    carried: dict[str, JSON] = {}
    for path, value in shown.items():
        number = numbers.get(without_rows(path))
        node = None if number is None else form.nodes[number]
        is_kept = all(row in kept_rows for row in row_prefixes(path))
        if isinstance(node, Asked) and node.carry and is_kept:
            carried[path] = value
    named = {row for path in carried for row in row_prefixes(path)}
    return carried | {f"{row}/@row": True for row in kept_rows if row not in named}


def _kept_rows(form: Form, evaluation: Evaluation) -> set[str]:
    kept: set[str] = set()
    # Parents stand before their children, so a row above is decided first.
    for node in form.nodes:
        if not isinstance(node, Repeat) or node.carry is None or node.carry is False:
            continue
        name = node.path.rpartition("/")[2]
        above = [""] if node.repeat < 0 else [f"{row}/" for row in kept if _is_row_of(form, row, node.repeat)]
        for prefix in above:
            repeat_path = prefix + name
            if not evaluation.is_relevant(repeat_path):
                continue
            for row in evaluation.rows(repeat_path):
                place = f"{repeat_path}/{row}"
                if node.carry is True or evaluation.is_true(node.carry, place):
                    kept.add(place)
    return kept


def _is_row_of(form: Form, row: str, repeat: int) -> bool:
    return "/".join(row.split("/")[::2]) == form.nodes[repeat].path
