"""The fold once more, slowly, sentence by sentence, sharing no code: an oracle for the laws."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sync.fold import Stored

FINISHED = ["returned", "draft", "submitted", "approved"]
Write = tuple[int, str, Any, str, list[str]]  # at, id, value, role, seen


def tagged(value: Any) -> Any:
    """Equal exactly where the JSON values are: 1 = 1.0, but true is no number."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, int | float):
        return ("number", float(value))
    if isinstance(value, list):
        return ("list", tuple(tagged(item) for item in value))
    return ("object", frozenset((key, tagged(item)) for key, item in value.items()))


def writes_of(stored: list[Stored], path: str) -> list[Write]:
    return sorted(
        (item.at, item.id, item.change.set[path], item.role, item.change.seen)
        for item in {item.id: item for item in stored}.values()
        if path in item.change.set
    )


def heads_of(stored: list[Stored], path: str) -> list[Write]:
    """Oldest first."""
    writes = writes_of(stored, path)
    return [write for write in writes if not any(write[1] in other[4] for other in writes)]


def paths_of(stored: list[Stored]) -> list[str]:
    return sorted({path for item in stored for path in item.change.set})


def rows_around(path: str) -> list[str]:
    if path[0] == "@":
        return []
    parts = path.split("/")
    return ["/".join(parts[: 2 * n]) for n in range(1, (len(parts) + 1) // 2)]


def name_of(path: str) -> str:
    parts = path.split("/")
    return parts[0] if path[0] == "@" else parts[-1]


def is_content(path: str, prefix: str) -> bool:
    if prefix and not path.startswith(prefix + "/"):
        return False
    if path == (prefix + "/@deleted" if prefix else "@deleted"):
        return False
    return name_of(path) not in ("@status", "@env", "@same_as", "@area", "@comment")


def covers(stored: list[Stored], head: Write, prefix: str, is_deletion: bool) -> bool:
    for path in paths_of(stored):
        if not is_content(path, prefix):
            continue
        for _, change, value, _, _ in heads_of(stored, path):
            if is_deletion and name_of(path) == "@deleted" and value is True:
                continue
            if change != head[1] and change not in head[4]:
                return False
    return True


def deletion(stored: list[Stored], prefix: str) -> str:
    """`none`, `hides` or `uncovered`; `mixed` where one covers but not every head is true."""
    heads = heads_of(stored, prefix + "/@deleted" if prefix else "@deleted")
    deleting = [head for head in heads if head[2] is True]
    if not deleting:
        return "none"
    if not any(covers(stored, head, prefix, True) for head in deleting):
        return "uncovered"
    return "hides" if len(deleting) == len(heads) else "mixed"


def rows_of(stored: list[Stored]) -> list[str]:
    return sorted({row for path in paths_of(stored) for row in rows_around(path)})


def hidden_rows(stored: list[Stored]) -> list[str]:
    return [row for row in rows_of(stored) if deletion(stored, row) == "hides"]


def is_hidden(path: str, hidden: list[str]) -> bool:
    return any(path.startswith(row + "/") for row in hidden)


def is_changed_since_approval(stored: list[Stored]) -> bool:
    approving = [head for head in heads_of(stored, "@status") if head[2] == "approved"]
    return bool(approving) and not any(covers(stored, head, "", False) for head in approving)


def moment(text: str) -> tuple[int, float] | None:
    """(1, seconds) of a date or instant, (2, seconds) of a time of day."""
    zone = 0
    clock = text[11:] if text[10:11] == "T" else text if text[2:3] == ":" else ""
    if clock.endswith("Z"):
        clock = clock[:-1]
    elif clock[-6:-5] in ("+", "-"):
        hours, minutes = clock[-5:].split(":")
        zone = (int(hours) * 60 + int(minutes)) * (1 if clock[-6] == "+" else -1)
        clock = clock[:-6]
    parts = [float(part) for part in clock.split(":")] if clock else [0.0]
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False)) - zone * 60
    if text[2:3] == ":":
        return 2, seconds
    try:
        # Python has no year 0; 400 years later every date falls on the same day.
        day = datetime.strptime(f"{int(text[:4]) + 400:04}{text[4:10]}", "%Y-%m-%d")
    except ValueError:
        return None
    return 1, (day - datetime(2370, 1, 1)) / timedelta(seconds=1) + seconds


def scale(value: Any) -> tuple[int, float] | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, value
    return moment(value) if isinstance(value, str) and value[:2].isdigit() and len(value) > 4 else None


def decided(rule: str, heads: list[Write]) -> tuple[Any, bool]:
    """The value shown and whether it is open."""
    values = [head[2] for head in heads]
    if len({tagged(value) for value in values}) == 1:
        return values[-1], False
    if rule == "latest":
        return values[-1], False
    if rule == "first":
        return values[0], False
    if rule in ("largest", "smallest"):
        placed = [(scale(value), value) for value in values]
        kinds = sorted({place[0] for place, _ in placed if place})
        if not kinds:
            return values[-1], False
        usable = [(place[1], value) for place, value in placed if place and place[0] == kinds[0]]
        best = (max if rule == "largest" else min)(amount for amount, _ in usable)
        return [value for amount, value in usable if amount == best][-1], False
    if rule == "union":
        lists = [v for v in values if isinstance(v, list) and all(isinstance(code, str) for code in v)]
        return (sorted(set().union(*lists)), False) if lists else (values[-1], False)
    if rule == "join":
        texts = [value for value in values if isinstance(value, str)]
        return (" | ".join(sorted(set(texts), key=texts.index)), False) if texts else (values[-1], False)
    if rule == "supervisor":
        ruling = [head[2] for head in heads if head[3] in ("supervisor", "admin")]
        return (ruling[-1], False) if ruling else (values[-1], True)
    return values[-1], True


def rule_for(path: str, rules: dict[str, str]) -> str:
    if name_of(path) in ("@env", "@comment", "@row", "@same_as"):
        return "latest"
    if name_of(path)[0] == "@":
        return "ask"
    return rules.get("/".join(path.split("/")[::2]), "ask")


def status_of(stored: list[Stored]) -> Any:
    known = [head[2] for head in heads_of(stored, "@status") if head[2] in FINISHED]
    return min(known, key=FINISHED.index) if known else None


def values_of(stored: list[Stored], rules: dict[str, str]) -> dict[str, Any]:
    """The visible values without the marks of rows and deletions."""
    hidden = hidden_rows(stored)
    values = {}
    for path in paths_of(stored):
        value, _ = decided(rule_for(path, rules), heads_of(stored, path))
        if path == "@status":
            value = status_of(stored)
        if value is not None and name_of(path) not in ("@deleted", "@row") and not is_hidden(path, hidden):
            values[path] = value
    return values


def open_paths(stored: list[Stored], rules: dict[str, str]) -> list[str]:
    hidden = hidden_rows(stored)
    return [
        path
        for path in paths_of(stored)
        if path != "@status"
        and decided(rule_for(path, rules), heads_of(stored, path))[1]
        and (not is_hidden(path, hidden) or name_of(path) == "@deleted")
    ]


def shown(item: Stored, stored: list[Stored], row: str) -> bool:
    """The author of a change had been shown a row, or wrote it."""
    return any(
        (other.id == item.id or other.id in item.change.seen)
        and any(path.startswith(row + "/") for path in other.change.set)
        for other in stored
    )


def made_apart(stored: list[Stored], one: str, other: str) -> bool:
    """Neither row's makers had been shown the other row."""

    def makers(row: str) -> list[Stored]:
        writing = [item for item in stored if any(path.startswith(row + "/") for path in item.change.set)]
        return [item for item in writing if not any(w.id in item.change.seen for w in writing)]

    return not any(shown(item, stored, other) for item in makers(one)) and not any(
        shown(item, stored, one) for item in makers(other)
    )
