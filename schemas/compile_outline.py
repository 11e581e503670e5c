"""The outline of a form: which names there are and where, known before any expression is looked at."""

from __future__ import annotations

from msgspec import Struct, field

NOWHERE = -1


class Entry(Struct, frozen=True):
    """One row that became a node. `chain`: the repeats around it, outermost first, without itself."""

    name: str
    kind: str  # group, repeat, note, value
    type: str
    parent: int
    chain: tuple[int, ...]
    row: int
    list: str = ""


class Outline(Struct):
    """`columns`: of each choice list, the columns that expressions may read; `codes`: its choices, where they
    are known before anything is compiled."""

    entries: list[Entry] = field(default_factory=list)
    columns: dict[str, set[str]] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)

    def add(self, entry: Entry) -> int:
        number = len(self.entries)
        self.entries.append(entry)
        self.by_name.setdefault(entry.name, []).append(number)
        return number

    def child(self, parent: int, name: str) -> int | None:
        """The child of a group, repeat or (NOWHERE) of the form with this name."""
        for number in self.by_name.get(name, []):
            if self.entries[number].parent == parent:
                return number
        return None

    def inner_chain(self, number: int) -> tuple[int, ...]:
        """The repeats around what stands inside of a node."""
        if number == NOWHERE:
            return ()
        entry = self.entries[number]
        return (*entry.chain, number) if entry.kind == "repeat" else entry.chain


class Place(Struct, frozen=True):
    """Where an expression stands: its node, the repeats whose rows it sees, the list that it filters."""

    node: int = NOWHERE
    chain: tuple[int, ...] = ()
    list: str = ""


def shared_chain(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The repeats that both stand in."""
    common = [left for left, right in zip(one, other, strict=False) if left == right]
    return tuple(common)
