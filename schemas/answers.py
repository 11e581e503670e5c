"""Between an answer as it is stored (JSON) and the value that expressions see, by type of question."""

from __future__ import annotations

import math
from typing import Any

from schemas.coerce import (
    Value,
    codes,
    from_json,
    text_number,
    to_boolean,
    to_date,
    to_json,
    to_number,
    to_string,
)
from schemas.dates import MS_A_DAY, Day, Moment, clock_text, moment_text, parse_time
from schemas.form import (
    Acknowledge,
    Asked,
    ChoicesQuestion,
    DateQuestion,
    FileQuestion,
    GeoQuestion,
    NumberQuestion,
)


def value_of(node: Asked, answer: Any, offset_min: int) -> Value:
    """A date question's text is a date, the rest as `from_json` says."""
    value = from_json(answer)
    if isinstance(node, DateQuestion) and node.kind != "time" and isinstance(value, str) and value:
        found = to_date(value, offset_min)
        if found is None:
            return value
        if node.kind == "date":
            return found if isinstance(found, Day) else found.day()
        return found
    if isinstance(node, NumberQuestion) and isinstance(value, str) and value:
        # Two apps, or two versions of a form, may disagree on the type of one question.
        number = text_number(value, offset_min)
        return value if math.isnan(number) else number
    return value


def answer_from(node: Asked, value: Value, offset_min: int) -> Any:
    """What a calculation or default puts into the question; None where it is blank or makes no sense."""
    text = to_string(value)
    if text == "":
        return None
    if isinstance(node, NumberQuestion):
        return to_json(to_number(value, offset_min))
    if isinstance(node, ChoicesQuestion):
        chosen = list(dict.fromkeys(codes(value)))
        return chosen if node.rank else sorted(chosen)
    if isinstance(node, Acknowledge):
        return True if to_boolean(value) and text != "false" else None
    if isinstance(node, DateQuestion):
        return date_answer(node, value, offset_min)
    if isinstance(node, GeoQuestion):
        points = [[text_number(part, offset_min) for part in codes(point)] for point in text.split(";")]
        if any(len(point) < 2 or any(map(math.isnan, point)) for point in points):
            return None
        plain = [[to_json(part) for part in (*point, 0.0, 0.0)[: max(4, len(point))]] for point in points]
        return plain[0] if node.kind == "geopoint" else plain
    return None if isinstance(node, FileQuestion) else text


def date_answer(node: DateQuestion, value: Value, offset_min: int) -> str | None:
    if node.kind == "time":
        text = to_string(value)
        if parse_time(text) is not None:
            return text
        found = to_date(value, offset_min)
        if found is None or isinstance(found, Day):
            return None
        return clock_text(found.local_ms() % MS_A_DAY) + moment_text(found)[-6:]
    found = to_date(value, offset_min)
    if found is None:
        return None
    if node.kind == "date":
        return to_string(found if isinstance(found, Day) else found.day())
    if isinstance(found, Day):
        found = Moment(found.days * MS_A_DAY - offset_min * 60_000, offset_min)
    return to_string(found)
