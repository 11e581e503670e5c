"""A deletion hides and an approval holds only what its author had been shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.paths import last_part, row_prefixes
from sync.heads import Heads

_NO_CONTENT = ("@status", "@env", "@same_as", "@area", "@comment")


def is_content(path: str) -> bool:
    """Whether a deletion or an approval of what is around this path has to have been shown it."""
    return last_part(path) not in _NO_CONTENT


def content_masks(heads: Heads) -> dict[str, tuple[int, int]]:
    """By prefix (`` is the record): the changes of its content heads, as (for deletion, for approval).

    For a deletion, heads `@deleted: true` are no content.
    """
    masks: dict[str, tuple[int, int]] = {"": (0, 0)}
    for path, mask in heads.masks.items():
        part = last_part(path)
        own = path.removesuffix("@deleted").rstrip("/") if part == "@deleted" else None
        counted = 0 if part in _NO_CONTENT else mask
        undone = counted
        if part == "@deleted":
            for index in heads.with_value(path, True):
                undone &= ~(1 << index)
        for prefix in ("", *row_prefixes(path)):
            deletion, approval = masks.get(prefix, (0, 0))
            if prefix == own:
                masks[prefix] = (deletion, approval)
            else:
                masks[prefix] = (deletion | undone, approval | counted)
    return masks


def is_covered(heads: Heads, by: Iterable[int], content: int) -> bool:
    """One of these heads has in its `seen` (or is) every change of the content."""
    return any(not content & ~heads.shown[index] for index in by)


class Deletions:
    """`hidden`: prefixes that are deleted (`` for the record); `uncovered`: prefixes of deletions that hide
    nothing, because nobody who deleted had been shown everything."""

    def __init__(self, heads: Heads, content: Mapping[str, tuple[int, int]]) -> None:
        self.hidden: list[str] = []
        self.uncovered: list[str] = []
        for path, mask in heads.masks.items():
            if last_part(path) != "@deleted":
                continue
            prefix = path.removesuffix("@deleted").rstrip("/")
            deleting = heads.with_value(path, True)
            if not deleting:
                continue
            if not is_covered(heads, deleting, content[prefix][0]):
                self.uncovered.append(prefix)
            elif len(deleting) == mask.bit_count():
                self.hidden.append(prefix)
        self._hiding = frozenset(self.hidden)
        self.hidden.sort()
        self.uncovered.sort()

    def hides(self, path: str) -> bool:
        """Whether a path stands in a hidden row."""
        return any(prefix in self._hiding for prefix in row_prefixes(path))


def is_changed_since_approval(heads: Heads, content: Mapping[str, tuple[int, int]]) -> bool:
    """There is an approval, and none covers."""
    approving = heads.with_value("@status", "approved")
    return bool(approving) and not is_covered(heads, approving, content[""][1])
