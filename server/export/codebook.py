"""What each column means: a codebook for people, a data package for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec

from schemas.form import Calculate, Choice, ChoiceQuestion, ChoicesQuestion, Form, Meta
from server.export.cells import ESCAPE_RULE, Cell
from server.export.columns import Column, Profile, Table, plain

KEY_TITLES = {
    "record": "key of the record",
    "row": "key of the row within its record",
    "parent_row": "row of the repeat around this one",
}


_LEFT_OUT = "columns marked sensitive in the form, and calculations that give them back,"


def codebook_headers(languages: Sequence[str]) -> list[str]:
    return [
        "form",
        "table",
        "column",
        "name",
        "path",
        "type",
        *(f"label_{language or 'default'}" for language in languages),
        "list",
        "options",
        "unit",
        "sensitivity",
        "indicator",
        "calculation",
    ]


def codebook_lines(
    form: Form, tables: Sequence[Table], languages: Sequence[str], labels: str
) -> Iterator[list[Cell]]:
    """One line per column of every table, keys included, in the order of the files."""
    for table in tables:
        for key in table.keys:
            label = [KEY_TITLES[key]] * len(languages)
            yield [form.id, table.name, key, key, "", "key", *label, "", "", "", "", "", "no"]
        for column in table.columns:
            yield _line(form, table, column, languages, labels)


def _line(form: Form, table: Table, column: Column, languages: Sequence[str], labels: str) -> list[Cell]:
    node = column.node
    if node is None:
        label: list[Cell] = [column.title] * len(languages)
        return [
            form.id,
            table.name,
            column.header,
            column.header,
            "",
            "system",
            *label,
            "",
            "",
            "",
            "",
            "",
            "no",
        ]
    choice = node if isinstance(node, ChoiceQuestion | ChoicesQuestion) else None
    return [
        form.id,
        table.name,
        column.header,
        node.name,
        node.path,
        type_name(node),
        *(_label(column, language) for language in languages),
        choice.list if choice else "",
        _options(form.lists.get(choice.list, []), labels) if choice and not column.option else "",
        node.unit,
        node.sensitivity,
        node.indicator,
        "yes" if isinstance(node, Calculate) else "no",
    ]


def type_name(node: Any) -> str:
    """The type as XLSForm calls it."""
    if isinstance(node, Meta) or hasattr(node, "kind"):
        return str(node.kind)
    return str(node.__struct_config__.tag)


def _label(column: Column, language: str) -> str:
    assert column.node is not None
    label = plain(column.node.label, language)
    if column.option:
        return f"{label}: {plain(column.option.label, language) or column.option.name}"
    return f"{label} ({column.part})" if column.part else label


def _options(choices: list[Choice], labels: str) -> str:
    # Where cells hold codes the labels are in whatever language comes first.
    return " | ".join(f"{choice.name} = {plain(choice.label, labels)}" for choice in choices)


class Described(Protocol):
    """A form and its tables."""

    @property
    def form(self) -> Form: ...
    @property
    def tables(self) -> list[Table]: ...


def data_package(
    parts: Sequence[Described], *, profile: Profile, labels: str, bom: bool, created: str
) -> bytes:
    """`datapackage.json` (Frictionless Data Package) with keys, types and how text is escaped."""
    encoding = "utf-8-sig" if bom else "utf-8"
    names = [part.form.id.lower() for part in parts]
    languages = list(dict.fromkeys(language for part in parts for language in part.form.languages))
    described = {
        "profile": "tabular-data-package",
        "name": "-".join(names),
        "title": ", ".join(part.form.title for part in parts),
        "version": ", ".join(part.form.version for part in parts),
        "created": created,
        "description": (
            f"Export profile `{profile}`"
            + (f": {_LEFT_OUT} are left out. " if profile == "public" else ". ")
            + "A blank cell was not asked, does not apply or was not answered. "
            + ESCAPE_RULE
        ),
        "resources": [
            *(_resource(table, labels, encoding) for part in parts for table in part.tables),
            _codebook_resource(languages, encoding),
        ],
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1)


def _resource(table: Table, labels: str, encoding: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            *({"name": key, "type": "string", "title": KEY_TITLES[key]} for key in table.keys),
            *(_field(column, labels) for column in table.columns),
        ],
        "missingValues": [""],
        "primaryKey": ["record", "row"] if table.repeat else ["record"],
    }
    if table.parent:
        nested = "parent_row" in table.keys
        schema["foreignKeys"] = [
            {
                "fields": ["record", "parent_row"] if nested else ["record"],
                "reference": {
                    "resource": table.parent.lower(),
                    "fields": ["record", "row"] if nested else ["record"],
                },
            }
        ]
    return _described(table.name, schema, encoding)


def _described(name: str, schema: dict[str, Any], encoding: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name.lower(),
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": encoding,
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n"},
        "schema": schema,
    }


def _codebook_resource(languages: Sequence[str], encoding: str) -> dict[str, Any]:
    fields = [{"name": header, "type": "string"} for header in codebook_headers(languages)]
    return _described("codebook", {"fields": fields, "missingValues": [""]}, encoding)


def _field(column: Column, labels: str) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.header, "type": column.type, "title": column.title}
    node = column.node
    if node is not None:
        field["title"] = _label(column, labels)
        if node.unit:
            field["unit"] = node.unit
    if column.type == "datetime":
        field["format"] = "any"
    return field
