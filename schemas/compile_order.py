"""In which order a form is evaluated, and the cycles that make it impossible."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from schemas.form import Asked, Calculate, ChoiceQuestion, ChoicesQuestion, Expr, Node, Repeat


def reads(expr: Expr, own: int) -> Iterator[int]:
    """The nodes whose values an expression reads, but for the own node in `once(…)` and `last-saved`."""
    if not isinstance(expr, list):
        return
    kind = expr[0]
    if kind in ("r", "R", "pos"):
        yield expr[1]
    elif kind == ".":
        yield own
    elif kind == "ix":
        yield expr[1]
        for repeat, index in zip(expr[2::2], expr[3::2], strict=True):
            yield repeat
            yield from reads(index, own)
    elif kind in ("last", "col"):
        return
    elif kind == "lk":
        yield from reads(expr[2], own)
    elif kind == "jr:choice-name":
        yield from reads(expr[1], own)
    elif kind == "once":
        yield from (number for number in reads(expr[1], own) if number != own)
    else:
        for part in expr[1:]:
            yield from reads(part, own)


def _all_expressions(node: Node) -> Iterator[Expr]:
    """Those that decide a node's value or presence; constraints and the like only look at the result."""
    yield node.relevant
    if isinstance(node, Repeat):
        yield node.count
    elif isinstance(node, Calculate | Asked):
        yield node.calculation


def _has_expression(node: Node) -> bool:
    parts: list[Expr] = [*_all_expressions(node)]
    if isinstance(node, Asked):
        parts += [node.required, node.readonly, node.constraint, node.default]
    if isinstance(node, ChoiceQuestion | ChoicesQuestion):
        parts.append(node.choice_filter)
    return any(isinstance(part, list) for part in parts) or isinstance(node, Calculate)


def order_nodes(nodes: list[Node]) -> tuple[list[int], list[list[int]]]:
    """The nodes with an expression, each after those that it reads; and the cycles, as paths of nodes."""
    needs = [_needs(number, node) for number, node in enumerate(nodes)]
    readers: list[list[int]] = [[] for _ in nodes]
    for number, needed in enumerate(needs):
        for other in needed:
            readers[other].append(number)
    waiting = [len(needed) for needed in needs]
    ready = [number for number, count in enumerate(waiting) if not count]
    order = []
    while ready:
        number = heapq.heappop(ready)
        order.append(number)
        for reader in readers[number]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    left = {number for number, count in enumerate(waiting) if count}
    return [number for number in order if _has_expression(nodes[number])], _cycles(left, needs)


def _needs(number: int, node: Node) -> set[int]:
    needed = {other for expr in _all_expressions(node) for other in reads(expr, number)}
    # Inside of a group or repeat that is not relevant, everything is blank.
    return needed | {parent for parent in (node.parent,) if parent >= 0}


def _cycles(left: set[int], needs: list[set[int]]) -> list[list[int]]:
    """One cycle for each knot of nodes that wait for each other."""
    cycles: list[list[int]] = []
    known: set[int] = set()
    for start in sorted(left):
        trail: list[int] = []
        at = start
        while at not in known and at not in trail:
            trail.append(at)
            onward = sorted(needs[at] & left)
            if not onward:
                break
            at = onward[0]
        else:
            if at in trail:
                cycles.append([*trail[trail.index(at) :], at])
        known.update(trail)
    return cycles
