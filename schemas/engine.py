"""Works out values, relevance and expressions of a form over answers, once per node and row.

`schemas.evaluate` says what it is asked for. The twin of client_pwa/src/core/engine.ts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from schemas.answers import answer_from, value_of
from schemas.chance import draw
from schemas.choices import candidates
from schemas.coerce import Value, from_json, to_boolean, to_json, to_number, to_string
from schemas.dates import Moment, parse_moment
from schemas.form import (
    Asked,
    Calculate,
    Choice,
    ChoiceQuestion,
    ChoicesQuestion,
    Expr,
    Form,
    Meta,
    Repeat,
    Text,
    Valued,
)
from schemas.functions import FUNCTIONS, Call
from schemas.grouping import grouped
from schemas.operators import OPERATORS
from schemas.scopes import Scope, chains, children, leaf, row_ids

# What a repeat_count asks for beyond this is a slip of the finger.
MOST_ROWS = 10_000


class Context(Struct, frozen=True, kw_only=True):
    """What an interview is evaluated with, from its `@env`: the same on every replica.

    `sources`: what `pulldata('@subject', …)` and its kind read. `last`: last-saved values.
    """

    now_ms: int
    offset_min: int = 0
    seed: str | int = ""
    lang: str = ""
    sources: dict[str, dict[str, Any]] = {}
    meta: dict[str, Any] = {}
    last: dict[str, Any] = {}


class Place:
    """Where an expression is evaluated: a row, the node whose value `.` is, the choice a filter looks at."""

    __slots__ = ("choice", "draws", "node", "scope", "what")

    def __init__(self, scope: Scope, node: int = -1, what: str = "", choice: Choice | None = None) -> None:
        self.scope = scope
        self.node = node
        self.what = what
        self.choice = choice
        self.draws = 0


class Engine:
    """Answers seen through a form. Paths are those of answers; a path's row need not exist yet."""

    def __init__(self, form: Form, answers: Mapping[str, Any], context: Context) -> None:
        self.form = form
        self.answers = answers
        self.context = context
        self.chains = chains(form)
        self.leaves = [leaf(node.path) for node in form.nodes]
        self.inside = children(form)
        self.numbers = {node.path: number for number, node in enumerate(form.nodes)}
        self.row_ids = row_ids(answers)
        self.root = Scope(None, -1, "", "", 0)
        # Not kept by the scopes themselves: rows know what they stand in, and what knows each other stays in
        # memory until somebody looks for it.
        self._rows: dict[tuple[int, Scope], list[Scope]] = {}
        # In the compiler's order each expression finds what it reads already there: no deep recursion.
        for number in form.order:
            for scope in self.scopes_of(number, self.root):
                self.relevant(number, scope)
                self.value(number, scope)

    # Rows

    def rows_of(self, repeat: int, scope: Scope) -> list[Scope]:
        """The rows of `repeat` in `scope`; with a repeat_count only the first so many."""
        key = repeat, scope
        if key in self._rows:
            return self._rows[key]
        name = self.leaves[repeat]
        made = [Scope(scope, repeat, name, row, at) for at, row in enumerate(self.made(repeat, scope), 1)]
        # Before the count is read: a count that looks at its own rows finds them.
        self._rows[key] = made
        self._rows[key] = made[: self.wanted(repeat, scope)]
        return self._rows[key]

    def made(self, repeat: int, scope: Scope) -> list[str]:
        """The ids of its rows in `scope`, whatever its repeat_count says."""
        return self.row_ids.get(scope.prefix + self.leaves[repeat], [])

    def wanted(self, repeat: int, scope: Scope) -> int | None:
        """How many rows its repeat_count asks for, at most MOST_ROWS; None where it has none."""
        node = self.form.nodes[repeat]
        if not isinstance(node, Repeat) or node.count is None:
            return None
        count = self.number(node.count, Place(scope, repeat, "count"))
        return 0 if math.isnan(count) else int(max(0, min(count, MOST_ROWS)))

    def scopes_of(self, number: int, within: Scope) -> list[Scope]:
        """Every scope inside `within` where the node stands."""
        found = [within]
        for repeat in self.chains[number][within.depth :]:
            found = [row for scope in found for row in self.rows_of(repeat, scope)]
        return found

    def scope_at(self, path: str) -> Scope:
        """The scope of a path or of a row (`member/r1`); a row that does not exist yet comes last."""
        segments = path.split("/")
        scope = self.root
        for at in range(0, len(segments) - 1, 2):
            repeat = self.numbers.get("/".join(segments[0 : at + 1 : 2]), -1)
            if repeat < 0:
                break
            rows = self.rows_of(repeat, scope)
            found = next((row for row in rows if row.row == segments[at + 1]), None)
            scope = found or Scope(scope, repeat, segments[at], segments[at + 1], len(rows) + 1)
        return scope

    def node_at(self, path: str) -> int:
        """The node of a path with row ids; -1 for none."""
        return self.numbers.get("/".join(path.split("/")[::2]), -1)

    # Values

    def relevant(self, number: int, scope: Scope) -> bool:
        """Of the node and everything around it."""
        known = scope.relevant.get(number)
        if known is not None:
            return known
        scope.relevant[number] = True
        node = self.form.nodes[number]
        result = True
        if node.parent >= 0:
            around = scope.at_depth(len(self.chains[node.parent]))
            result = self.relevant(node.parent, around)
        if result and node.relevant is not None:
            result = self.holds(node.relevant, Place(scope, number, "relevant"))
        scope.relevant[number] = result
        return result

    def value(self, number: int, scope: Scope) -> Value:
        """The node's value as expressions read it: blank where it is not relevant."""
        known = scope.values.get(number)
        if known is not None:
            return known  # type: ignore[no-any-return]
        scope.values[number] = ""
        result = self.worked_out(number, scope) if self.relevant(number, scope) else ""
        scope.values[number] = result
        return result

    def worked_out(self, number: int, scope: Scope) -> Value:
        node, offset_min = self.form.nodes[number], self.context.offset_min
        if isinstance(node, Calculate):
            # As in ODK a calculation is read as text, so that `${flag} = 'true'` means what it says.
            return to_string(self.calculated(number, scope))
        if isinstance(node, Meta):
            return self.metadata(node)
        if not isinstance(node, Asked):
            return ""
        if self.is_calculated(number, scope):
            return value_of(node, answer_from(node, self.calculated(number, scope), offset_min), offset_min)
        return value_of(node, self.answer(number, scope), offset_min)

    def calculated(self, number: int, scope: Scope) -> Value:
        """The result of the node's calculation, with its own type."""
        known = scope.results.get(number)
        if known is None:
            node = self.form.nodes[number]
            calculation = node.calculation if isinstance(node, Calculate | Asked) else ""
            known = self.evaluate(calculation, Place(scope, number, "calculation"))
            scope.results[number] = known
        return known

    def is_calculated(self, number: int, scope: Scope) -> bool:
        """A question with a calculation holds it until a person answers, and always where it is read only."""
        node = self.form.nodes[number]
        if not isinstance(node, Asked) or node.calculation is None:
            return False
        return self.answer(number, scope) is None or self.holds(
            node.readonly, Place(scope, number, "readonly")
        )

    def answer(self, number: int, scope: Scope) -> Any:
        given = self.answers.get(scope.prefix + self.leaves[number])
        return None if given in ("", []) else given

    def metadata(self, node: Meta) -> Value:
        context = self.context
        if node.kind == "today":
            return self.now().day()
        given = context.meta.get(node.kind)
        if given is None:
            return self.now() if node.kind == "start" else ""
        if node.kind in ("start", "end") and isinstance(given, str):
            found = parse_moment(given, context.offset_min)
            return Moment(found.ms, context.offset_min) if found else given
        return from_json(given)

    def now(self) -> Moment:
        return Moment(self.context.now_ms, self.context.offset_min)

    def json_at(self, number: int, scope: Scope) -> Any:
        """The node's value as stored and exported; None where it is blank or not relevant."""
        if not self.relevant(number, scope):
            return None
        node = self.form.nodes[number]
        value = self.value(number, scope)
        if isinstance(node, Calculate):
            return to_json(self.calculated(number, scope))
        if isinstance(node, Meta):
            return to_json(value)
        if isinstance(node, Asked) and self.is_calculated(number, scope):
            return answer_from(node, self.calculated(number, scope), self.context.offset_min)
        return None if to_string(value) == "" else self.answer(number, scope)

    # Expressions

    def evaluate(self, expression: Expr, place: Place) -> Value:
        if isinstance(expression, list):
            operator = OPERATORS.get(expression[0])
            if operator:
                return operator(self, expression, place)
            function = FUNCTIONS.get(expression[0])
            if function is None:
                # A form newer than this app: blank, rather than an interview that stops.
                return ""
            arguments = [self.evaluate(argument, place) for argument in expression[1:]]
            return function(Call(arguments, self.context.offset_min, self.context.lang))
        if isinstance(expression, int) and not isinstance(expression, bool):
            return float(expression)
        return "" if expression is None else expression

    def number(self, expression: Expr, place: Place) -> float:
        return to_number(self.evaluate(expression, place), self.context.offset_min)

    def text_of(self, expression: Expr, place: Place) -> str:
        return to_string(self.evaluate(expression, place))

    def holds(self, expression: Expr, place: Place) -> bool:
        return to_boolean(self.evaluate(expression, place))

    def shared(self, number: int, place: Place) -> Scope:
        """The deepest row that the place and the node have in common."""
        chain = self.chains[number]
        scope = place.scope.at_depth(len(chain))
        while scope.parent and scope.repeat != chain[scope.depth - 1]:
            scope = scope.parent
        return scope

    def applies(self, number: int, place: Place) -> bool:
        """Whether the repeat that makes the node a set is relevant, with rows or without."""
        scope = self.shared(number, place)
        return self.relevant((*self.chains[number], number)[scope.depth], scope)

    def instances(self, number: int, place: Place) -> list[Scope]:
        """The scopes of a set: within the deepest row that place and node share; only what is relevant."""
        found = self.scopes_of(number, self.shared(number, place))
        if isinstance(self.form.nodes[number], Repeat):
            return [row for at in found if self.relevant(number, at) for row in self.rows_of(number, at)]
        return [at for at in found if self.relevant(number, at)]

    def written(self, text: Text, place: Place, lang: str) -> str:
        """A text in `lang`, else in the form's language, else in any, with its expressions filled in."""
        order = (lang, self.form.default_language, "", *text)
        code = next((code for code in order if text.get(code)), "")
        parts = text.get(code, "")
        if isinstance(parts, str):
            return parts
        return "".join(part if isinstance(part, str) else self.shown(part, place, code) for part in parts)

    def shown(self, expression: Expr, place: Place, lang: str) -> str:
        """A value in a text; a number that is no year is grouped."""
        if isinstance(expression, list) and expression[0] == "r":
            node = self.form.nodes[expression[1]]
            scope = place.scope.at_depth(len(self.chains[expression[1]]))
            if isinstance(node, Valued) and node.unit != "year" and self.relevant(expression[1], scope):
                is_calculated = isinstance(node, Calculate)
                value = (self.calculated if is_calculated else self.value)(expression[1], scope)
                if isinstance(value, float):
                    return grouped(value, lang)
        return self.text_of(expression, place)

    def options(self, number: int, scope: Scope) -> list[Choice]:
        """The choices that the question's filter leaves, in the order of the list, or shuffled."""
        node = self.form.nodes[number]
        if not isinstance(node, ChoiceQuestion | ChoicesQuestion):
            return []
        choices = self.form.lists.get(node.list, [])
        if node.choice_filter is not None:
            place = Place(scope, number, "choice_filter")
            near = candidates(choices, node.choice_filter, lambda part: self.evaluate(part, place))
            choices = [choice for choice in near if self.passes(choice, node.choice_filter, place)]
        if node.shuffle is None:
            return choices
        key = f"{self.context.seed}|{scope.prefix}{self.leaves[number]}"
        if node.shuffle is not True:
            key = self.text_of(node.shuffle, Place(scope, number, "shuffle"))
        return sorted(choices, key=lambda choice: draw(f"{key}|{choice.name}"))

    def passes(self, choice: Choice, condition: Expr, place: Place) -> bool:
        """Whether a condition about a choice's columns holds."""
        around, place.choice = place.choice, choice
        try:
            return self.holds(condition, place)
        finally:
            place.choice = around
