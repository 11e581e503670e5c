"""Which disagreements with the independent engine are deviations that docs/expressions.md lists."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from schemas.form import AnyNode, Form

_CHANCE = {"random", "uuid", "today", "now"}


def heads_and_reads(part: Any) -> tuple[set[str], set[int]]:
    """The operators of an expression, and the nodes that it reads."""
    if isinstance(part, Struct):
        part = [getattr(part, name) for name in part.__struct_fields__ if name not in ("label", "hint")]
    if isinstance(part, dict):
        part = list(part.values())
    if not isinstance(part, list):
        return set(), set()
    heads = {part[0]} if part and isinstance(part[0], str) else set()
    reads = {part[1]} if part[:1] in (["r"], ["R"], ["ix"]) else set()
    for inner in part:
        more_heads, more_reads = heads_and_reads(inner)
        heads, reads = heads | more_heads, reads | more_reads
    return heads, reads


def behind(form: Form, node: AnyNode) -> set[str]:
    """The operators of everything that a node depends on."""
    found: set[str] = set()
    known: set[int] = set()
    waiting = [form.nodes.index(node)]
    while waiting:
        number = waiting.pop()
        if number < 0 or number in known:
            continue
        known.add(number)
        heads, reads = heads_and_reads(form.nodes[number])
        found |= heads
        waiting += [form.nodes[number].parent, *reads]
    return found


def deviation(form: Form, node: AnyNode, what: str, ours: Any, theirs: Any) -> str:
    """The name of what explains it; blank for none."""
    heads = behind(form, node)
    if heads & {"R", "ix"}:
        return "rows-start-empty"
    if heads & _CHANCE:
        return "drawn or read from the clock"
    if what == "calculation" and ours is None and theirs in ("NaN", "Infinity", "-Infinity"):
        return "no-number-is-blank"
    return ""
