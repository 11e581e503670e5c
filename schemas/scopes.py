"""Where an expression stands: the record itself, or one row of a repeat, with what was worked out there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.form import Form


class Scope:
    """`prefix` begins the paths of its answers (`member/r1/`); `position` is 1 for the first row.

    `values`, `results` (of calculations) and `relevant` hold by node number what is worked out.
    """

    __slots__ = (
        "depth",
        "parent",
        "position",
        "prefix",
        "relevant",
        "repeat",
        "results",
        "row",
        "values",
    )

    def __init__(self, parent: Scope | None, repeat: int, leaf: str, row: str, position: int) -> None:
        self.parent = parent
        self.repeat = repeat
        self.row = row
        self.position = position
        self.depth: int = parent.depth + 1 if parent else 0
        self.prefix: str = f"{parent.prefix}{leaf}/{row}/" if parent else ""
        self.values: dict[int, Any] = {}
        self.results: dict[int, Any] = {}
        self.relevant: dict[int, bool] = {}

    def at_depth(self, depth: int) -> Scope:
        scope = self
        while scope.depth > depth and scope.parent:
            scope = scope.parent
        return scope


def chains(form: Form) -> list[tuple[int, ...]]:
    """For every node the repeats around it, outermost first."""
    found: list[tuple[int, ...]] = []
    for node in form.nodes:
        found.append((*found[node.repeat], node.repeat) if node.repeat >= 0 else ())
    return found


def leaf(path: str) -> str:
    return path.rpartition("/")[2]


def children(form: Form) -> list[list[int]]:
    """For every node the nodes directly inside it, in order; the last list holds those inside none."""
    inside: list[list[int]] = [[] for _ in range(len(form.nodes) + 1)]
    for number, node in enumerate(form.nodes):
        inside[node.parent].append(number)
    return inside


def row_ids(answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Repeat path with the rows above it (`member`, `a/r1/b`) to its row ids in order; no deleted ones."""
    found: dict[str, set[str]] = {}
    gone: set[str] = set()
    for path, value in answers.items():
        if value is None:
            continue
        segments = path.split("/")
        name = segments[-1]
        if name == "@deleted" and value is True:
            gone.add(path.removesuffix("/@deleted"))
        if name.startswith("@") and not (name == "@row" and value is True):
            continue
        for at in range(1, len(segments) - 1, 2):
            found.setdefault("/".join(segments[:at]), set()).add(segments[at])
    return {
        repeat: sorted(row for row in rows if f"{repeat}/{row}" not in gone) for repeat, rows in found.items()
    }
