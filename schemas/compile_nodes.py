"""From a row of the survey sheet to a typed node of the Form."""

from __future__ import annotations

import datetime
import re
from typing import Any, get_args

from msgspec import Struct, field

from schemas.compile_choices import RawList
from schemas.compile_expression import compile_expression
from schemas.compile_functions import did_you_mean
from schemas.compile_media import Media, read_media
from schemas.compile_other import or_the_other
from schemas.compile_outline import NOWHERE, Outline, Place
from schemas.compile_report import Report
from schemas.compile_settings import NO, YES
from schemas.compile_structure import Draft
from schemas.compile_tables import Tables, choices_of
from schemas.compile_texts import Languages, Surroundings, read_text
from schemas.compile_types import OTHER, is_blank_meta
from schemas.expression import Fault, parse
from schemas.form import (
    Acknowledge,
    Calculate,
    Choice,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    Expr,
    FileQuestion,
    GeoQuestion,
    Group,
    Meta,
    Node,
    Note,
    NumberQuestion,
    Repeat,
    Rule,
    Text,
    TextQuestion,
)
from schemas.xlsform import Row, Sheet

_CLASSES: dict[str, type[Node]] = {
    "text": TextQuestion,
    "number": NumberQuestion,
    "select_one": ChoiceQuestion,
    "select_multiple": ChoicesQuestion,
    "date": DateQuestion,
    "geo": GeoQuestion,
    "file": FileQuestion,
    "acknowledge": Acknowledge,
}
# Where code and label stand unless parameters say otherwise: in a table, in a map.
_LIST_COLUMNS = ((("value", "name"), ("label", "label")), (("value", "id"), ("label", "title")))
_WITH_KIND = ("text", "number", "date", "geo", "file")
_PARAMETERS = {
    "range": {"start", "end", "step"},
    "image": {"max-pixels"},
    "geopoint": {"capture-accuracy", "warning-accuracy", "allow-mock-accuracy"},
    "audio": {"quality"},
}
SENSITIVITIES = ("identifier", "contact", "location", "health", "ethnicity", "free_text")
INDICATORS = ("share", "mean", "sum")
MEANINGS = (
    "person_name",
    "birth",
    "household_code",
    "phone",
    "location",
    "consent",
    "outcome",
    "next_visit",
    "poverty_class",
)
_RULE_TYPES = {
    "union": ("select_multiple",),
    "join": ("text",),
    "largest": ("number", "date"),
    "smallest": ("number", "date"),
}


class Builder(Struct):
    """What every row is compiled with."""

    sheet: Sheet
    outline: Outline
    paths: list[str]
    lists: dict[str, RawList]
    languages: Languages
    report: Report
    tables: Tables = Tables()
    # The lists that come from attached files, by the name that questions have for them.
    attached: dict[str, list[Choice]] = {}
    media: Media = field(default_factory=Media)

    def build(self, draft: Draft) -> Node:
        """The node of a row; a cell that can't be used is reported and left out of it."""
        fields = self.common(draft)
        match draft.type.node:
            case "begin group":
                return Group(**fields)
            case "begin repeat":
                return self.repeat(draft, fields)
            case "note":
                return self.note(draft, fields)
            case "calculate":
                return self.calculate(draft, fields)
            case "meta":
                return self.meta(draft, fields)
        return self.question(draft, fields)

    def place(self, draft: Draft) -> Place:
        return Place(draft.number, self.outline.entries[draft.number].chain)

    def text(self, key: str, draft: Draft) -> Text:
        # What a repeat is called may name what stands in its row: `Visit to ${name}`.
        place = Place(draft.number, self.outline.inner_chain(draft.number))
        around = Surroundings(self.outline, place, self.report)
        return read_text(key, draft.row, self.sheet, self.languages, around)

    def expr(self, key: str, draft: Draft, place: Place | None = None) -> Expr:
        source = draft.row.get(key)
        if not source:
            return None
        expr, faults = compile_expression(source, self.outline, place or self.place(draft))
        self.report.faults(self.sheet, draft.row, self.sheet.title(key), faults)
        return expr

    def condition(self, key: str, draft: Draft) -> Expr:
        """yes, no or an expression."""
        written = draft.row.get(key).lower()
        if written in YES | NO:
            return written in YES
        if written.isalpha():
            message = f"{written} is neither yes nor no."
            self.report.error(self.sheet, draft.row.number, key, message, "Write yes, no or an expression.")
            return False
        return self.expr(key, draft) or False

    def word(self, key: str, row: Row, allowed: tuple[str, ...]) -> str:
        written = row.get(key)
        if written and written not in allowed:
            message = f"{written} is not one of {', '.join(allowed)}."
            self.report.error(self.sheet, row.number, key, message, did_you_mean(written, allowed))
            return ""
        return written

    def common(self, draft: Draft) -> dict[str, Any]:
        entry = self.outline.entries[draft.number]
        if re.match(r"(quick )?search\s*\(", draft.row.get("appearance")):
            message = "search() is an appearance of SurveyCTO and can't be used here."
            hint = "Write the type select_one_from_file list.csv, and a choice_filter."
            self.report.error(self.sheet, draft.row.number, "appearance", message, hint)
        return {
            "name": entry.name,
            "path": self.paths[draft.number],
            "parent": entry.parent,
            "repeat": entry.chain[-1] if entry.chain else NOWHERE,
            "row": draft.row.number,
            "label": self.text("label", draft),
            "hint": self.text("hint", draft),
            "relevant": self.expr("relevant", draft),
            "appearance": draft.row.get("appearance"),
            "module": draft.row.get("module"),
        }

    def valued(self, draft: Draft) -> dict[str, Any]:
        row = draft.row
        return {
            "conflict": self.conflict(draft),
            "sensitivity": self.sensitivity(row),
            "indicator": self.word("indicator", row, INDICATORS),
            "meaning": self.word("meaning", row, MEANINGS),
            "unit": row.get("unit"),
            "source": row.get("source"),
        }

    def sensitivity(self, row: Row) -> str:
        """A word of the author's own is kept: it keeps the column out of public exports all the same."""
        written = row.get("sensitivity")
        if written and written not in SENSITIVITIES:
            message = f"{written} is not one of {', '.join(SENSITIVITIES)}; public exports leave it out."
            hint = did_you_mean(written, SENSITIVITIES)
            self.report.warn(self.sheet, row.number, "sensitivity", message, hint)
        return written

    def media_of(self, row: Row) -> dict[str, dict[str, str]]:
        return read_media(row, self.sheet, self.languages, self.media, self.report)

    def conflict(self, draft: Draft) -> str:
        rule = self.word("conflict", draft.row, get_args(Rule)) or "ask"
        types = _RULE_TYPES.get(rule)
        if types and draft.type.node not in types:
            wanted = {"union": "select_multiple", "join": "text"}.get(rule, "number and date")
            message = f"The rule {rule} is for {wanted} questions."
            self.report.error(self.sheet, draft.row.number, "conflict", message)
            return "ask"
        if rule != "ask" and draft.type.node in ("calculate", "meta"):
            self.report.warn(self.sheet, draft.row.number, "conflict", "Calculated values never conflict.")
            return "ask"
        return rule

    def repeat(self, draft: Draft, fields: dict[str, Any]) -> Node:
        written = draft.row.get("carry")
        inside = Place(draft.number, self.outline.inner_chain(draft.number))
        carry = True if written.lower() in YES else None
        if written.lower() not in YES | NO:
            carry = self.expr("carry", draft, inside)
        return Repeat(**fields, count=self.expr("repeat_count", draft), carry=carry)

    def note(self, draft: Draft, fields: dict[str, Any]) -> Node:
        if not draft.row.get("calculation"):
            return Note(**fields, media=self.media_of(draft.row))
        # A note with a calculation shows it: that is a question which can't be changed.
        return TextQuestion(
            **fields,
            readonly=True,
            calculation=self.expr("calculation", draft),
            media=self.media_of(draft.row),
        )

    def calculate(self, draft: Draft, fields: dict[str, Any]) -> Node:
        if not draft.row.get("calculation"):
            message = "A calculate row needs a calculation."
            self.report.error(self.sheet, draft.row.number, "calculation", message)
        return Calculate(**fields, **self.valued(draft), calculation=self.expr("calculation", draft))

    def meta(self, draft: Draft, fields: dict[str, Any]) -> Node:
        if is_blank_meta(draft.type.kind):
            message = f"{draft.type.kind} stays blank: phones don't tell it without being asked."
            self.report.warn(self.sheet, draft.row.number, "type", message)
        return Meta(**fields, **self.valued(draft), kind=draft.type.kind)

    def question(self, draft: Draft, fields: dict[str, Any]) -> Node:
        row, node = draft.row, draft.type.node
        fields |= self.valued(draft) | {
            "required": self.condition("required", draft),
            "required_message": self.text("required_message", draft),
            "readonly": self.condition("readonly", draft),
            "constraint": self.expr("constraint", draft),
            "constraint_message": self.text("constraint_message", draft),
            "default": self.default(draft),
            "calculation": self.expr("calculation", draft),
            "carry": self.carry(draft),
            "guidance": self.text("guidance_hint", draft),
            "media": self.media_of(row),
            "parameters": self.parameters(draft),
        }
        if row.get("trigger"):
            message = "trigger is not supported: calculations follow every answer that they name."
            self.report.error(self.sheet, row.number, "trigger", message, "Empty the cell.")
        if node in _WITH_KIND:
            fields["kind"] = draft.type.kind
        if draft.type.list:
            fields |= self.choice_fields(draft)
        if not fields["label"] and not fields["hint"] and draft.type.kind != "hidden" and not fields["media"]:
            self.report.warn(self.sheet, row.number, "label", f"The question {fields['name']} has no label.")
        return _CLASSES[node](**fields)

    def choice_fields(self, draft: Draft) -> dict[str, Any]:
        name = self.attach(draft) if draft.type.file else draft.type.list
        found: dict[str, Any] = {"list": name}
        if not draft.type.file and name not in self.lists:
            known = name.removesuffix(OTHER)
            message = f"There is no list {known} in the choices sheet."
            self.report.error(self.sheet, draft.row.number, "type", message, did_you_mean(known, self.lists))
        if name not in self.outline.columns:
            # Of a list that is not there nothing more can be said.
            return found
        place = self.place(draft)
        choice_filter = self.expr("choice_filter", draft, Place(place.node, place.chain, name))
        found["choice_filter"] = or_the_other(choice_filter) if draft.type.has_other else choice_filter
        if draft.type.kind == "rank":
            found["rank"] = True
        found["shuffle"] = self.shuffle(draft)
        return found

    def shuffle(self, draft: Draft) -> Expr:
        """randomize=true, with a seed or without."""
        given = self.parameters(draft)
        if given.get("randomize", "").lower() not in YES - {""}:
            return None
        seed = given.get("seed", "")
        if "${" not in seed:
            return seed or True
        expr, faults = compile_expression(seed, self.outline, self.place(draft))
        self.report.faults(self.sheet, draft.row, self.sheet.title("parameters"), faults)
        return expr

    def attach(self, draft: Draft) -> str:
        """The list that an attached file makes, under its name."""
        file = draft.type.file
        table = self.tables.find(file)
        if isinstance(table, str):
            hint = f"Give it with the workbook: thon form publish FORM.xlsx {file}"
            self.report.error(self.sheet, draft.row.number, "type", table, hint)
            return file
        columns = _LIST_COLUMNS[file.lower().endswith(".geojson")]
        value, label = (self.parameters(draft).get(key, usual) for key, usual in columns)
        for column in (value, label):
            if column not in table.titles and column not in ("label", "title"):
                message = f"{file} has no column {column}."
                hint = did_you_mean(column, table.titles) or "Name it by the parameters value=… label=…."
                self.report.error(self.sheet, draft.row.number, "parameters", message, hint)
        stem = file.rpartition(".")[0]
        is_plain = (("value", value), ("label", label)) == columns and stem not in self.lists
        name = stem if is_plain else f"{file} {value} {label}"
        self.outline.columns.setdefault(name, table.columns)
        self.attached.setdefault(name, choices_of(table, self.languages.default, value, label))
        return name

    def carry(self, draft: Draft) -> bool:
        written = draft.row.get("carry").lower()
        if written not in YES | NO:
            message = f"{written} is neither yes nor no."
            self.report.error(self.sheet, draft.row.number, "carry", message)
        return written in YES

    def default(self, draft: Draft) -> Expr:
        written = draft.row.get("default")
        if not written:
            return None
        is_call = re.search(r"[A-Za-z][\w:-]*\(", written) and not isinstance(parse(written), Fault)
        if is_call or "${" in written:
            return self.expr("default", draft)
        return self.literal(draft, written)

    def literal(self, draft: Draft, written: str) -> Expr:
        """A default as the question would keep it; codes of several choices stay one text with spaces."""
        node = draft.type.node
        if node == "number":
            try:
                number = float(written)
            except ValueError:
                return self.refuse_default(draft, written, "is not a number")
            return int(number) if number.is_integer() else number
        if node == "acknowledge":
            return written.lower() in YES | {"ok"}
        if node in ("select_one", "select_multiple") and draft.type.list in self.lists:
            codes = [row.get("name") for row in self.lists[draft.type.list].rows]
            for code in [written] if node == "select_one" else written.split():
                if code not in codes:
                    near = did_you_mean(code, codes)
                    return self.refuse_default(draft, code, f"is not in the list {draft.type.list}", near)
        if node == "date" and draft.type.kind == "date" and not re.match(r"\d{4}-\d\d-\d\d", written):
            return self.refuse_default(draft, written, "is not a date like 2026-11-22", _as_kept(written))
        return written[:10] if draft.type.kind == "date" else written

    def refuse_default(self, draft: Draft, written: str, reason: str, suggestion: str = "") -> Expr:
        self.report.error(self.sheet, draft.row.number, "default", f"{written} {reason}.", suggestion)
        return None

    def parameters(self, draft: Draft) -> dict[str, str]:
        written = re.sub(r"\s*=\s*", "=", draft.row.get("parameters"))
        found: dict[str, str] = {}
        known = _PARAMETERS.get(draft.type.kind, set())
        if draft.type.list:
            known = {"randomize", "seed"} | ({"value", "label"} if draft.type.file else set())
        for part in re.split(r"[\s,;]+", written):
            name, _, value = part.partition("=")
            if part and (not value or name not in known):
                message = f"The parameter {part} is not known and does nothing."
                self.report.warn(self.sheet, draft.row.number, "parameters", message)
            elif part and draft.type.kind in ("range", "image") and not re.fullmatch(r"-?\d+(\.\d+)?", value):
                self.report.error(self.sheet, draft.row.number, "parameters", f"{value} is not a number.")
            elif part:
                found[name] = value
        return found


def _as_kept(written: str) -> str:
    """What to write where a spreadsheet shows a day as the number that it keeps for it."""
    if not re.fullmatch(r"[1-9]\d{4}", written):
        return ""
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(written))
    return f"Write {day.isoformat()}, and give the cell the format of a text."
