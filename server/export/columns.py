"""Which columns each table has, and what each of them reads from a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from schemas.form import (
    Acknowledge,
    Calculate,
    Choice,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    FileQuestion,
    Form,
    GeoQuestion,
    Meta,
    NumberQuestion,
    Repeat,
    Text,
    Valued,
)
from server.export.cells import Cell, scalar, trace
from server.withheld import withheld

Profile = Literal["public", "identified"]
FieldType = Literal["string", "number", "integer", "boolean", "date", "time", "datetime", "any"]

GEOPOINT_PARTS = ("latitude", "longitude", "altitude", "accuracy")


class Column(Struct, frozen=True, kw_only=True):
    """One column: its header, what it says in a codebook, and how it reads a record's value at `path`."""

    header: str
    path: str
    node: Valued | None
    type: FieldType
    read: Callable[[Any], Cell]
    option: Choice | None = None
    part: str = ""
    title: str = ""


class Table(Struct, frozen=True, kw_only=True):
    """One file: the records of a form, or the rows of one repeat (`repeat`: its row-less path)."""

    name: str
    repeat: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    parent: str = ""  # the table that `keys` but the last point into

    def headers(self) -> list[str]:
        return [*self.keys, *(column.header for column in self.columns)]


def tables(forms: Sequence[Form], profile: Profile, labels: str, system: Sequence[Column]) -> list[Table]:
    """The tables of a form: `forms` are its versions in use, newest first. Columns of the newest stand in
    sheet order; what only an older version asked follows at the end. `public` leaves out what is withheld."""
    newest = forms[0]
    repeats = _repeat_paths(forms)
    names = {"": newest.id, **{path: f"{newest.id}-{path.replace('/', '-')}" for path in repeats}}
    made = []
    for path, name in names.items():
        keys = _keys(path)
        taken = {*keys, *(column.header for column in system if not path)}
        own = list(_columns(forms, path, profile, labels, taken))
        made.append(
            Table(
                name=name,
                repeat=path,
                keys=keys,
                columns=(*(system if not path else ()), *own),
                parent=names[path.rpartition("/")[0]] if path else "",
            )
        )
    return made


def _repeat_paths(forms: Sequence[Form]) -> list[str]:
    """Row-less paths of all repeats, in sheet order."""
    paths: dict[str, None] = {}
    for form in forms:
        for node in form.nodes:
            if isinstance(node, Repeat) and node.path not in forms[0].renames:
                paths.setdefault(node.path)
    return list(paths)


def _keys(repeat: str) -> tuple[str, ...]:
    if not repeat:
        return ("record",)
    return ("record", "parent_row", "row") if "/" in repeat else ("record", "row")


def _columns(
    forms: Sequence[Form], repeat: str, profile: Profile, labels: str, taken: set[str]
) -> Iterator[Column]:
    left_out = withheld(forms) if profile == "public" else set()
    # What was renamed stands under its new name.
    seen = set(forms[0].renames)
    for form in forms:
        for node in form.nodes:
            if not isinstance(node, Valued) or node.path in seen or _repeat_of(form, node) != repeat:
                continue
            seen.add(node.path)
            if node.path in left_out:
                continue
            for column in _columns_of(forms, node, labels):
                header = column.header
                while header in taken:
                    header += "_"
                taken.add(header)
                yield structs.replace(column, header=header)


def _repeat_of(form: Form, node: Valued) -> str:
    return form.nodes[node.repeat].path if node.repeat >= 0 else ""


def _columns_of(forms: Sequence[Form], node: Valued, labels: str) -> Iterator[Column]:
    header = node.path.rpartition("/")[2]

    def column(suffix: str, kind: FieldType, read: Callable[[Any], Cell], **more: Any) -> Column:
        return Column(header=header + suffix, path=node.path, node=node, type=kind, read=read, **more)

    match node:
        case ChoicesQuestion():
            for choice in _choices(forms, node.path):
                yield column(f"/{choice.name}", "integer", _chosen(choice.name, node.rank), option=choice)
        case ChoiceQuestion():
            yield column("", "string", _labelled(_choices(forms, node.path), labels))
        case GeoQuestion(kind="geopoint"):
            for place, part in enumerate(GEOPOINT_PARTS):
                yield column(f"/{part}", "number", _at(place), part=part)
        case GeoQuestion():
            yield column("", "string", trace)
        case FileQuestion():
            yield column("", "string", _key("name"))
            yield column("/sha256", "string", _key("sha256"), part="sha256")
        case Acknowledge():
            yield column("", "integer", scalar)
        case NumberQuestion():
            yield column("", "integer" if node.kind == "integer" else "number", scalar)
        case DateQuestion():
            yield column("", node.kind, scalar)
        case Calculate() | Meta():
            yield column("", "any", scalar)
        case _:
            yield column("", "string", scalar)


def _choices(forms: Sequence[Form], path: str) -> list[Choice]:
    """The options of a question in all versions, the newest version's first and with its labels."""
    found: dict[str, Choice] = {}
    for form in forms:
        for node in form.nodes:
            if isinstance(node, ChoiceQuestion | ChoicesQuestion) and path in (
                node.path,
                forms[0].renames.get(node.path),
            ):
                renamed = forms[0].recodes.get(_list_at(forms[0], path), {})
                for choice in form.lists.get(node.list, []):
                    if choice.name not in renamed:
                        found.setdefault(choice.name, choice)
    return list(found.values())


def _list_at(form: Form, path: str) -> str:
    lists = (getattr(node, "list", "") for node in form.nodes if node.path == path)
    return next(lists, "")


def _chosen(code: str, rank: bool) -> Callable[[Any], Cell]:
    def read(value: Any) -> Cell:
        if not isinstance(value, list):
            return None
        if rank:
            return value.index(code) + 1 if code in value else None
        return int(code in value)

    return read


def _labelled(choices: list[Choice], labels: str) -> Callable[[Any], Cell]:
    if labels == "codes":
        return scalar
    by_code = {choice.name: plain(choice.label, labels) or choice.name for choice in choices}
    return lambda value: by_code.get(str(value), str(value))


def _at(place: int) -> Callable[[Any], Cell]:
    return lambda value: scalar(value[place]) if isinstance(value, list) and place < len(value) else None


def _key(key: str) -> Callable[[Any], Cell]:
    return lambda value: scalar(value.get(key)) if isinstance(value, dict) else None


def plain(text: Text, language: str) -> str:
    """A label without evaluation: `${name}` stays visible as a gap. Falls back to any language there is."""
    found = text.get(language) or next((part for part in text.values() if part), "")
    if isinstance(found, str):
        return found
    return "".join(part if isinstance(part, str) else "…" for part in found)
