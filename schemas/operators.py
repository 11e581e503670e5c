"""What of an expression is more than a function of values: operators, references, sets, lookups, chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from schemas.chance import random_number, random_text, random_uuid
from schemas.choices import candidates, with_cell
from schemas.coerce import NAN, Value, compared, from_json, is_equal, to_boolean, to_number, to_string
from schemas.form import Asked, Choice, ChoiceQuestion, ChoicesQuestion
from schemas.functions import quotient, remainder

if TYPE_CHECKING:
    from schemas.engine import Engine, Place

Operator = Callable[["Engine", list[Any], "Place"], Value]


def arithmetic(apply: Callable[[float, float], float]) -> Operator:
    # Adding 0 turns -0 into 0.
    return lambda ev, e, place: apply(ev.number(e[1], place), ev.number(e[2], place)) + 0.0


def comparison(apply: Callable[[float, float], bool]) -> Operator:
    return lambda ev, e, place: apply(
        *compared(ev.evaluate(e[1], place), ev.evaluate(e[2], place), ev.context.offset_min)
    )


def equal(ev: Engine, e: list[Any], place: Place) -> bool:
    return is_equal(ev.evaluate(e[1], place), ev.evaluate(e[2], place), ev.context.offset_min)


def reference(ev: Engine, e: list[Any], place: Place) -> Value:
    return ev.value(e[1], place.scope.at_depth(len(ev.chains[e[1]])))


def own(ev: Engine, e: list[Any], place: Place) -> Value:
    """`.`: inside a node's own calculation what was answered there, elsewhere its value."""
    node = ev.form.nodes[place.node] if place.node >= 0 else None
    if place.what == "calculation":
        return from_json(ev.answer(place.node, place.scope)) if isinstance(node, Asked) else ""
    return ev.value(place.node, place.scope) if node else ""


def members(ev: Engine, arguments: list[Any], place: Place) -> Iterator[Value]:
    """The values of set arguments; a reference counts only where it is relevant."""
    for argument in arguments:
        kind = argument[0] if isinstance(argument, list) else ""
        if kind == "R":
            yield from (ev.value(argument[1], scope) for scope in ev.instances(argument[1], place))
        elif kind == "r":
            scope = place.scope.at_depth(len(ev.chains[argument[1]]))
            if ev.relevant(argument[1], scope):
                yield ev.value(argument[1], scope)
        else:
            yield ev.evaluate(argument, place)


def numbers(ev: Engine, e: list[Any], place: Place) -> list[float]:
    """Of the members that are not blank; what is no number is, what is infinite not."""
    found = (value for value in members(ev, e[1:], place) if not is_blank(value))
    return [to_number(value, ev.context.offset_min) for value in found]


def is_blank(value: Value) -> bool:
    return value == "" or (isinstance(value, float) and math.isnan(value))


def total(ev: Engine, e: list[Any], place: Place) -> float:
    """0 over no rows; blank over a repeat that is not relevant, as anything that is not."""
    sets = (part[1] for part in e[1:] if isinstance(part, list) and part[0] == "R")
    if not all(ev.applies(number, place) for number in sets):
        return NAN
    result = 0.0
    # One by one: Python's own sum is more exact than JavaScript's.
    for number in numbers(ev, e, place):
        result += number
    return result


def extreme(pick: Callable[[list[float]], float]) -> Operator:
    def apply(ev: Engine, e: list[Any], place: Place) -> float:
        found = numbers(ev, e, place)
        return NAN if not found or any(map(math.isnan, found)) else pick(found)

    return apply


def count(ev: Engine, e: list[Any], place: Place) -> float:
    return float(sum(1 for _ in members(ev, e[1:], place)))


def count_non_empty(ev: Engine, e: list[Any], place: Place) -> float:
    return float(sum(1 for value in members(ev, e[1:], place) if to_string(value) != ""))


def join(ev: Engine, e: list[Any], place: Place) -> str:
    return ev.text_of(e[1], place).join(to_string(value) for value in members(ev, e[2:], place))


def first_of_set(ev: Engine, e: list[Any], place: Place) -> Value:
    return next(members(ev, [e], place), "")


def position(ev: Engine, e: list[Any], place: Place) -> float:
    scope = place.scope
    while scope.parent and scope.repeat != e[1]:
        scope = scope.parent
    return float(scope.position)


def indexed_repeat(ev: Engine, e: list[Any], place: Place) -> Value:
    """1-based; a repeat that is not named is the one around the place of use; blank out of range."""
    indices = dict(zip(e[2::2], e[3::2], strict=False))
    scope = ev.root
    for repeat in ev.chains[e[1]]:
        if repeat not in indices:
            around = place.scope.at_depth(scope.depth + 1)
            if around.repeat != repeat or around.parent is not scope:
                return ""
            scope = around
            continue
        rows, at = ev.rows_of(repeat, scope), ev.number(indices[repeat], place)
        if not 1 <= at < len(rows) + 1:
            return ""
        scope = rows[int(at) - 1]
    return ev.value(e[1], scope)


def cell(ev: Engine, choice: Choice, column: str, place: Place) -> str:
    if column == "name":
        return choice.name
    if column == "label":
        return ev.written(choice.label, place, ev.context.lang)
    return choice.columns.get(column, "")


def column(ev: Engine, e: list[Any], place: Place) -> str:
    return cell(ev, place.choice, e[1], place) if place.choice else ""


def lookup(ev: Engine, e: list[Any], place: Place) -> str:
    """The first choice of which the condition is true."""
    choices = candidates(ev.form.lists.get(e[1], []), e[2], lambda part: ev.evaluate(part, place))
    found = next((choice for choice in choices if ev.passes(choice, e[2], place)), None)
    return cell(ev, found, e[3], place) if found else ""


def pull(ev: Engine, e: list[Any], place: Place) -> Value:
    """A field of a system source, or of the first row of an attached table whose key has that value."""
    if e[1].startswith("@"):
        return from_json(ev.context.sources.get(e[1], {}).get(ev.text_of(e[2], place)))
    out, key, wanted = (ev.text_of(part, place) for part in e[2:5])
    rows = ev.form.lists.get(e[1], [])
    near = rows if key == "label" else with_cell(rows, key, wanted)
    found = next((row for row in near if cell(ev, row, key, place) == wanted), None)
    return cell(ev, found, out, place) if found else ""


def choice_name(ev: Engine, e: list[Any], place: Place) -> str:
    """The label of a code in the language of the interview."""
    node, code = ev.form.nodes[e[2]], ev.text_of(e[1], place)
    choices = ev.form.lists.get(node.list, []) if isinstance(node, ChoiceQuestion | ChoicesQuestion) else []
    found = next(iter(with_cell(choices, "name", code)), None)
    return ev.written(found.label, place, ev.context.lang) if found else ""


def key_of_draw(ev: Engine, place: Place) -> str:
    place.draws += 1
    leaf = ev.leaves[place.node] if place.node >= 0 else ""
    return f"{ev.context.seed}|{place.scope.prefix}{leaf}|{place.what}|{place.draws}"


def uuid(ev: Engine, e: list[Any], place: Place) -> str:
    key = key_of_draw(ev, place)
    if len(e) < 2:
        return random_uuid(key)
    length = ev.number(e[1], place)
    return random_text(key, int(length)) if 0 < length <= 1000 else ""


def last_saved(ev: Engine, e: list[Any], place: Place) -> Value:
    return from_json(ev.context.last.get(ev.form.nodes[e[1]].path))


OPERATORS: dict[str, Operator] = {
    "r": reference,
    "R": first_of_set,
    ".": own,
    "pos": position,
    "ix": indexed_repeat,
    "col": column,
    "lk": lookup,
    "pull": pull,
    "jr:choice-name": choice_name,
    "last": last_saved,
    "once": lambda ev, e, place: ev.evaluate(e[1], place),
    "if": lambda ev, e, place: ev.evaluate(e[2] if ev.holds(e[1], place) else e[3], place),
    "and": lambda ev, e, place: all(ev.holds(part, place) for part in e[1:]),
    "or": lambda ev, e, place: any(ev.holds(part, place) for part in e[1:]),
    "=": equal,
    "!=": lambda ev, e, place: not equal(ev, e, place),
    "<": comparison(lambda left, right: left < right),
    "<=": comparison(lambda left, right: left <= right),
    ">": comparison(lambda left, right: left > right),
    ">=": comparison(lambda left, right: left >= right),
    "+": arithmetic(lambda left, right: left + right),
    "-": arithmetic(lambda left, right: left - right),
    "*": arithmetic(lambda left, right: left * right),
    "div": arithmetic(quotient),
    "mod": arithmetic(remainder),
    "neg": lambda ev, e, place: 0.0 - ev.number(e[1], place),
    "sum": total,
    "min": extreme(min),
    "max": extreme(max),
    "count": count,
    "count-non-empty": count_non_empty,
    "join": join,
    "today": lambda ev, e, place: ev.now().day(),
    "now": lambda ev, e, place: ev.now(),
    "random": lambda ev, e, place: random_number(key_of_draw(ev, place)),
    "uuid": uuid,
    "boolean": lambda ev, e, place: to_boolean(ev.evaluate(e[1], place)),
}
