"""What each who wrote had been shown, and what there is to decide because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from schemas.canonical import same
from schemas.paths import last_part
from sync.covers import is_content
from sync.fold import Head, Record, Stored, fold

_DECIDE = ("supervisor", "admin")


class Writer(Struct, frozen=True, kw_only=True):
    """Who wrote a change, on which device, and when (`at`, ms)."""

    id: str
    author: str
    author_name: str
    device: str
    device_label: str
    at: int
    role: str


class DeskHead(Writer, frozen=True, kw_only=True):
    """One of the values in conflict. `had_seen`: the value that its author had been shown, and `seen_from`
    who had written that; `had_seen_any`: whether there was one. `put_back`: whose value it was, where taking
    back a decision wrote it again."""

    value: Any
    had_seen: Any = None
    had_seen_any: bool = False
    seen_from: Writer | None = None
    put_back: Writer | None = None


class Unseen(Writer, frozen=True, kw_only=True):
    """What an approval or a deletion had not been shown: a value, and what stood there instead."""

    path: str
    value: Any
    before: Any = None


class Since(Struct, frozen=True, kw_only=True):
    """Why a record or row is flagged. `flag`: `changed_since_approval` or `edited_after_delete`; `prefix`: of
    the row, '' for the record; `by`: who approved or deleted last; `unseen`: what came beside, oldest
    first."""

    flag: str
    prefix: str
    by: Writer
    unseen: list[Unseen]


class ApartRow(Struct, frozen=True, kw_only=True):
    """A row made apart from another. `known_to`: the authors who wrote in it or had been shown it."""

    prefix: str
    made_by: Writer
    known_to: list[str]


class Told:
    """The changes of one record with what each author had been shown, folded once for each change."""

    def __init__(
        self,
        folded: Record,
        stored: Iterable[Stored],
        rules: Mapping[str, str],
        names: Mapping[str, str],
        labels: Mapping[str, str],
    ) -> None:
        self._folded = folded
        self._stored = list(stored)
        self._by_id = {item.id: item for item in self._stored}
        self._rules, self._names, self._labels = rules, names, labels
        self._shown: dict[str, Record] = {}

    def shown_to(self, change: str) -> Record:
        """The record as the author of this change had been shown it."""
        if change not in self._shown:
            seen = set(self._by_id[change].change.seen) - {change}
            present = [item for item in self._stored if item.id in seen]
            self._shown[change] = fold(self._folded.record, present, self._rules)
        return self._shown[change]

    def _facts(self, change: str) -> dict[str, Any]:
        item = self._by_id[change]
        author, device = item.change.author, item.change.device
        return {
            "id": change,
            "author": author,
            "author_name": self._names.get(author, author),
            "device": device,
            "device_label": self._labels.get(device, ""),
            "at": item.at,
            "role": item.role,
        }

    def writer(self, change: str) -> Writer:
        return Writer(**self._facts(change))

    def head(self, path: str, head: Head) -> DeskHead:
        before = self.shown_to(head.id)
        value = before.values.get(path)
        heads = before.heads.get(path, [])
        told = next((each for each in heads if same(each.value, value)), heads[0] if heads else None)
        return DeskHead(
            **self._facts(head.id),
            value=head.value,
            had_seen=value,
            had_seen_any=path in before.values,
            seen_from=self.writer(told.id) if told and path in before.values else None,
            put_back=self.put_back(path, head),
        )

    def put_back(self, path: str, head: Head) -> Writer | None:
        """Whose value this was, where a supervisor took back a decision: the former values were then written
        again at once, each by a change that had been shown all but the others."""
        change = self._by_id[head.id].change
        twins = (
            self._by_id[each.id].change for each in self._folded.heads.get(path, []) if each.id != head.id
        )
        seen = set(change.seen)
        if head.role not in _DECIDE or not any(
            each.author == change.author and set(each.seen) == seen for each in twins
        ):
            return None
        former = self.shown_to(head.id).heads.get(path, [])
        decisions = [each for each in former if each.role in _DECIDE]
        answers = [each for each in former if each.role not in _DECIDE]
        answers += [each for decision in decisions for each in self.shown_to(decision.id).heads.get(path, [])]
        found = next((each for each in answers if same(each.value, head.value)), None)
        return self.writer(found.id) if found else None

    def conflicts(self, hides: Callable[[str], bool]) -> dict[str, list[DeskHead]]:
        """Open paths with every head, newest first."""
        return {
            path: [self.head(path, head) for head in heads]
            for path, heads in self._folded.conflicts.items()
            if not hides(path)
        }

    def since(self, hides: Callable[[str], bool]) -> list[Since]:
        """What approvals and deletions that don't cover had not been shown."""
        places = self._folded.places
        return [
            self._since(flag, prefix, hides)
            for flag in ("changed_since_approval", "edited_after_delete")
            for prefix in places.get(flag, [])
        ]

    def _since(self, flag: str, prefix: str, hides: Callable[[str], bool]) -> Since:
        is_deletion = flag == "edited_after_delete"
        path, value = (_deletion(prefix), True) if is_deletion else ("@status", "approved")
        by = next(head for head in self._folded.heads[path] if same(head.value, value))
        known = {by.id, *self._by_id[by.id].change.seen}
        then = self.shown_to(by.id).values
        unseen = [
            Unseen(**self._facts(head.id), path=written, value=head.value, before=then.get(written))
            for written, heads in self._folded.heads.items()
            if _counts(written, prefix) and not hides(written)
            for head in heads
            if head.id not in known
            and not (is_deletion and head.value is True and last_part(written) == "@deleted")
        ]
        unseen.sort(key=lambda each: (each.at, each.path))
        return Since(flag=flag, prefix=prefix, by=self.writer(by.id), unseen=unseen)

    def apart(self) -> list[ApartRow]:
        """The rows to compare, with those who knew of each."""
        rows = []
        for prefix in self._folded.places.get("rows_to_compare", []):
            under = f"{prefix}/"
            made = [item for item in self._stored if any(path.startswith(under) for path in item.change.set)]
            ids = {item.id for item in made}
            knew = {
                item.change.author
                for item in self._stored
                if item.id in ids or not ids.isdisjoint(item.change.seen)
            }
            first = min(made, key=lambda item: (item.at, item.id))
            rows.append(ApartRow(prefix=prefix, made_by=self.writer(first.id), known_to=sorted(knew)))
        return rows


def _deletion(prefix: str) -> str:
    return f"{prefix}/@deleted" if prefix else "@deleted"


def _counts(path: str, prefix: str) -> bool:
    """Whether a deletion or an approval of this prefix has to have been shown this path."""
    is_under = not prefix or path.startswith(f"{prefix}/")
    return is_under and path != _deletion(prefix) and is_content(path)
