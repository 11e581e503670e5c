"""`@same_as`: undirected edges, between records and between the rows of a repeat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def components(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every end of an edge to the smallest id that it is connected with."""
    smallest: dict[str, str] = {}

    def top(name: str) -> str:
        while smallest.setdefault(name, name) != name:
            smallest[name] = smallest[smallest[name]]
            name = smallest[name]
        return name

    for one, other in edges:
        low, high = sorted((top(one), top(other)))
        smallest[high] = low
    return {name: top(name) for name in list(smallest)}


def representative(edges: Mapping[str, Iterable[str]], deleted: Collection[str]) -> dict[str, str]:
    """Every tied record to its representative: the smallest id among the same that is not deleted.

    `edges`: record to the records of its `@same_as` heads. A record without ties, or among deleted ones only,
    has no entry. Order and cycles do not matter; without an edge the answer is as if it never was.
    """
    pairs = [(one, other) for one, others in edges.items() for other in others if one != other]
    group_of = components(pairs)
    kept: dict[str, str] = {}
    for name in sorted(group_of, reverse=True):
        if name not in deleted:
            kept[group_of[name]] = name
    return {name: kept[group] for name, group in group_of.items() if group in kept}
