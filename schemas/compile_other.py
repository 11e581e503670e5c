"""`or_other`: a further choice, and a question that asks what it is."""

from __future__ import annotations

from schemas.columns import language_code
from schemas.compile_choices import RawList
from schemas.compile_types import OTHER, RowType, read_type
from schemas.form import Expr
from schemas.xlsform import Key, Row, Sheet

CODE = "other"
_OTHER = {"en": "Other", "vi": "Khác", "fr": "Autre", "es": "Otro", "pt": "Outro", "sw": "Nyingine"}
_SPECIFY = {
    "en": "Please specify",
    "vi": "Ghi rõ",
    "fr": "Précisez",
    "es": "Especifique",
    "pt": "Especifique",
    "sw": "Taja",
}


def add_other_lists(survey: Sheet, lists: dict[str, RawList]) -> None:
    """For each list that a question asks with `or_other` a second one, which ends with that choice."""
    for row in survey.rows:
        kind = read_type(row.get("type"))
        if not isinstance(kind, RowType) or not kind.has_other or kind.list in lists:
            continue
        plain = lists.get(kind.list.removesuffix(OTHER))
        if plain is None:
            continue
        rows = [*plain.rows]
        if not any(choice.get("name") == CODE for choice in rows):
            last = rows[-1].number if rows else 1
            rows.append(Row(last, {("name", ""): CODE, **_labels(plain.sheet, _OTHER)}))
        lists[kind.list] = RawList(plain.sheet, rows, plain.columns)


def specifying(row: Row, survey: Sheet) -> Row | None:
    """The row that asks what the other is; None where the author has one of that name."""
    name = f"{row.get('name')}_{CODE}"
    if any(other.get("name") == name for other in survey.rows):
        return None
    cells: dict[Key, str] = {
        ("type", ""): "text",
        ("name", ""): name,
        ("relevant", ""): f"selected(../{row.get('name')}, '{CODE}')",
        **_labels(survey, _SPECIFY),
    }
    if row.get("old_name"):
        cells["old_name", ""] = " ".join(f"{old}_{CODE}" for old in row.get("old_name").split())
    for key in ("sensitivity", "module"):
        if row.get(key):
            cells[key, ""] = row.get(key)
    return Row(row.number, cells)


def or_the_other(choice_filter: Expr) -> Expr:
    """The further choice passes every filter."""
    return None if choice_filter is None else ["or", ["=", ["col", "name"], CODE], choice_filter]


def _labels(sheet: Sheet, words: dict[str, str]) -> dict[Key, str]:
    return {
        (column.key, column.language): words.get(language_code(column.language), words["en"])
        for column in sheet.columns
        if column.key == "label"
    }
