"""What a form says about answers: values, relevance, violations, texts, choices. All of it is pure.

The twin of client_pwa/src/core/evaluate.ts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from schemas.answers import answer_from
from schemas.coerce import to_json, to_string
from schemas.engine import Context, Engine, Place
from schemas.form import Asked, Calculate, Choice, Expr, Form, Meta, Repeat, Text
from schemas.scopes import Scope

__all__ = ["Context", "Evaluation", "Violation", "evaluate"]


class Violation(Struct, frozen=True):
    """An answer that breaks its constraint, a required one that is missing, or a repeat (`rows`) with fewer
    rows than its repeat_count asks for."""

    path: str
    kind: Literal["constraint", "required", "rows"]
    node: int


class Evaluation(Engine):
    """Answers seen through a form. Paths are those of answers; a path's row need not exist yet."""

    def walk(self, around: int = -1, scope: Scope | None = None) -> Iterator[tuple[int, Scope]]:
        """Every node of every row, in the order of the sheet; a repeat before its rows."""
        scope = scope or self.root
        for number in self.inside[around]:
            yield number, scope
            if isinstance(self.form.nodes[number], Repeat):
                for row in self.rows_of(number, scope):
                    yield from self.walk(number, row)
            elif self.inside[number]:
                yield from self.walk(number, scope)

    def path(self, number: int, scope: Scope) -> str:
        return scope.prefix + self.leaves[number]

    @cached_property
    def values(self) -> dict[str, Any]:
        """Path to every relevant value that is not blank: answers, calculations, metadata."""
        found: dict[str, Any] = {}
        for number, scope in self.walk():
            if isinstance(self.form.nodes[number], Asked | Calculate | Meta):
                value = self.json_at(number, scope)
                if value is not None:
                    found[self.path(number, scope)] = value
        return found

    @cached_property
    def relevance(self) -> dict[str, bool]:
        """For every node of every row, groups and notes too."""
        return {self.path(number, scope): self.relevant(number, scope) for number, scope in self.walk()}

    @cached_property
    def violations(self) -> list[Violation]:
        """In the order of the sheet, row by row. Blanks break no constraint, the irrelevant nothing."""
        found: list[Violation] = []
        for number, scope in self.walk():
            node = self.form.nodes[number]
            if not isinstance(node, Asked | Repeat) or not self.relevant(number, scope):
                continue
            if isinstance(node, Repeat):
                if (self.wanted(number, scope) or 0) > len(self.made(number, scope)):
                    found.append(Violation(self.path(number, scope), "rows", number))
                continue
            if to_string(self.value(number, scope)) == "":
                if self.holds(node.required, Place(scope, number, "required")):
                    found.append(Violation(self.path(number, scope), "required", number))
            elif node.constraint is not None and not self.holds(
                node.constraint, Place(scope, number, "constraint")
            ):
                found.append(Violation(self.path(number, scope), "constraint", number))
        return found

    @property
    def instance_name(self) -> str:
        """What lists show for the record; blank where the form does not say."""
        return self.text_of(self.form.instance_name, Place(self.root, -1, "instance_name"))

    def is_relevant(self, path: str) -> bool:
        number = self.node_at(path)
        return number >= 0 and self.relevant(number, self.scope_at(path))

    def value_at(self, path: str) -> Any:
        """One value as in `values`, None for a blank."""
        number = self.node_at(path)
        return self.json_at(number, self.scope_at(path)) if number >= 0 else None

    def rows(self, repeat_path: str) -> list[str]:
        """Row ids in order (`member`, `a/r1/b`)."""
        number = self.node_at(repeat_path)
        if number < 0 or not isinstance(self.form.nodes[number], Repeat):
            return []
        return [row.row for row in self.rows_of(number, self.scope_at(repeat_path))]

    def wanted_rows(self, repeat_path: str) -> int | None:
        """How many rows its repeat_count asks for; None where it has none."""
        number = self.node_at(repeat_path)
        return self.wanted(number, self.scope_at(repeat_path)) if number >= 0 else None

    def rows_left_out(self, repeat_path: str) -> list[str]:
        """The ids of rows that are more than its repeat_count asks for, in order."""
        number = self.node_at(repeat_path)
        if number < 0 or not isinstance(self.form.nodes[number], Repeat):
            return []
        scope = self.scope_at(repeat_path)
        return self.made(number, scope)[len(self.rows_of(number, scope)) :]

    def text(self, text: Text, path: str = "", lang: str = "") -> str:
        """`text` at `path` in `lang` (the interview's if none), its `${…}` filled in."""
        return self.written(text, self.place(path, "text"), lang or self.context.lang)

    def choices(self, path: str) -> list[Choice]:
        """What the question offers there."""
        return self.options(self.node_at(path), self.scope_at(path))

    def expr(self, expression: Expr, path: str = "") -> Any:
        """Any expression as if it stood at `path` (a question or a row); None for a blank."""
        return to_json(self.evaluate(expression, self.place(path, "expression")))

    def is_true(self, expression: Expr, path: str = "") -> bool:
        return self.holds(expression, self.place(path, "expression"))

    def default(self, path: str) -> Any:
        """The answer that the question begins with, None for none."""
        place = self.place(path, "default")
        node = self.form.nodes[place.node] if place.node >= 0 else None
        if not isinstance(node, Asked) or node.default is None:
            return None
        return answer_from(node, self.evaluate(node.default, place), self.context.offset_min)

    def readonly(self, path: str) -> bool:
        place = self.place(path, "readonly")
        node = self.form.nodes[place.node] if place.node >= 0 else None
        return isinstance(node, Asked) and self.holds(node.readonly, place)

    def required(self, path: str) -> bool:
        place = self.place(path, "required")
        node = self.form.nodes[place.node] if place.node >= 0 else None
        return isinstance(node, Asked) and self.holds(node.required, place)

    def place(self, path: str, what: str) -> Place:
        # `member/r1` is a row, not a question: no node's own value.
        is_question = len(path.split("/")) % 2 == 1
        return Place(self.scope_at(path), self.node_at(path) if is_question else -1, what)


def evaluate(form: Form, answers: Mapping[str, Any], context: Context) -> Evaluation:
    """Never raises for answers of a wrong type or for rows and paths that the form does not know."""
    return Evaluation(form, answers, context)
