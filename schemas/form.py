"""The typed Form: what the compiler makes of a questionnaire and what the phone is given as JSON.

Nodes stand in one flat list in the order of the sheet (a parent before its children); a node's number is its
index there, and expressions name nodes by number. Fields with defaults are omitted from the JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

# An expression: a literal (str, int, float, bool) or an array `[operator, argument…]`.
Expr = Any
# A text in several languages: language code ("vi", "en", "" where the sheet names none) to a plain string,
# or to parts: strings and expressions (`["Tuổi của ", ["r", 3]]`).
Text = dict[str, str | list[Any]]

Rule = Literal["ask", "latest", "first", "largest", "smallest", "union", "join", "supervisor"]


class Node(Struct, frozen=True, omit_defaults=True, tag_field="k", kw_only=True):
    """Base of all nodes. `parent`: the enclosing group or repeat, `repeat`: the innermost enclosing repeat
    (-1: none). `path`: where answers are stored, without row ids (`member/m_age`; groups likewise)."""

    name: str
    path: str
    parent: int = -1
    repeat: int = -1
    row: int = 0  # of the sheet, for messages
    label: Text = {}
    hint: Text = {}
    relevant: Expr = None
    appearance: str = ""
    module: str = ""


class Group(Node, tag="group", frozen=True, omit_defaults=True, kw_only=True):
    pass


class Repeat(Node, tag="repeat", frozen=True, omit_defaults=True, kw_only=True):
    count: Expr = None
    # True, or an expression in the row's scope: which rows of last round are offered again.
    carry: Expr = None


class Note(Node, tag="note", frozen=True, omit_defaults=True, kw_only=True):
    media: dict[str, Any] = {}


class Valued(Node, frozen=True, omit_defaults=True, kw_only=True):
    """A node with a value."""

    conflict: Rule = "ask"
    sensitivity: str = ""
    indicator: str = ""
    meaning: str = ""
    unit: str = ""
    source: str = ""


class Calculate(Valued, tag="calculate", frozen=True, omit_defaults=True, kw_only=True):
    """Never stored, always evaluated."""

    calculation: Expr = ""


class Meta(Valued, tag="meta", frozen=True, omit_defaults=True, kw_only=True):
    """`start`, `end`, `today`, `deviceid`…: read from the changes, never asked, never stored."""

    kind: str = "start"


class Asked(Valued, frozen=True, omit_defaults=True, kw_only=True):
    """A question. `default`: a literal or an expression, taken once at load or when a row is made."""

    required: Expr = False
    required_message: Text = {}
    readonly: Expr = False
    constraint: Expr = None
    constraint_message: Text = {}
    default: Expr = None
    calculation: Expr = None  # an asked question may also be filled by a calculation
    carry: bool = False
    guidance: Text = {}
    media: dict[str, Any] = {}
    parameters: dict[str, str] = {}


class TextQuestion(Asked, tag="text", frozen=True, omit_defaults=True, kw_only=True):
    """Value: a string in NFC. `kind`: text, barcode, hidden, phonenumber."""

    kind: str = "text"


class NumberQuestion(Asked, tag="number", frozen=True, omit_defaults=True, kw_only=True):
    """Value: a number. `kind`: integer, decimal, range."""

    kind: Literal["integer", "decimal", "range"] = "integer"


class ChoiceQuestion(Asked, tag="select_one", frozen=True, omit_defaults=True, kw_only=True):
    """Value: one code of `list`. `choice_filter` sees the choice's columns as `["col", name]`."""

    list: str = ""
    choice_filter: Expr = None
    # True: offered in an order of this record's own; an expression: in the order that its value gives.
    shuffle: Expr = None


class ChoicesQuestion(Asked, tag="select_multiple", frozen=True, omit_defaults=True, kw_only=True):
    """Value: codes sorted by code point (`rank`: in the given order)."""

    list: str = ""
    choice_filter: Expr = None
    # True: offered in an order of this record's own; an expression: in the order that its value gives.
    shuffle: Expr = None
    rank: bool = False


class DateQuestion(Asked, tag="date", frozen=True, omit_defaults=True, kw_only=True):
    """Value: ISO `2026-11-22`, `14:05:00.000+07:00`, `2026-11-22T14:05:00.000+07:00`."""

    kind: Literal["date", "time", "datetime"] = "date"


class GeoQuestion(Asked, tag="geo", frozen=True, omit_defaults=True, kw_only=True):
    """Value of a geopoint: `[lat, lon, alt, accuracy_m]`; trace and shape: an array of these."""

    kind: Literal["geopoint", "geotrace", "geoshape"] = "geopoint"


class FileQuestion(Asked, tag="file", frozen=True, omit_defaults=True, kw_only=True):
    """Value: `{"sha256","name","type","bytes"}`. A signature is an image with that appearance."""

    kind: Literal["image", "audio", "video", "file"] = "image"


class Acknowledge(Asked, tag="acknowledge", frozen=True, omit_defaults=True, kw_only=True):
    """Value: `true`."""


AnyNode = (
    Group
    | Repeat
    | Note
    | Calculate
    | Meta
    | TextQuestion
    | NumberQuestion
    | ChoiceQuestion
    | ChoicesQuestion
    | DateQuestion
    | GeoQuestion
    | FileQuestion
    | Acknowledge
)


class Choice(Struct, frozen=True, omit_defaults=True):
    """`columns`: the extra columns of the choices sheet, by header."""

    name: str
    label: Text = {}
    columns: dict[str, str] = {}
    media: dict[str, Any] = {}


class FormFile(Struct, frozen=True):
    """A picture, sound or film that the form shows; phones keep it beside the form. `type`: media type."""

    sha256: str
    type: str
    bytes: int


class Form(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An immutable published version of a questionnaire."""

    v: int = 1
    id: str
    version: str
    title: str
    languages: list[str]  # codes in the order of the sheet
    language_names: dict[str, str] = {}  # "vi" -> "Tiếng Việt"
    default_language: str = ""
    nodes: list[AnyNode]
    lists: dict[str, list[Choice]] = {}
    # Row-less path of an earlier version to the path now; list name to earlier codes of its choices.
    renames: dict[str, str] = {}
    recodes: dict[str, dict[str, str]] = {}
    # Nodes with an expression, each after those that it reads.
    order: list[int] = []
    instance_name: Expr = None
    subject_form: str = ""
    one_per: list[str] = []  # "subject", "round" or question names
    phones: Literal["area", "carry", "own", "none"] = "area"
    style: str = ""
    # What labels and choices show, by the name that they have for it; others that they name were not given.
    files: dict[str, FormFile] = {}

    def by_path(self) -> dict[str, int]:
        """Row-less path to node number, for every node that can hold an answer and for every repeat."""
        return {
            node.path: number for number, node in enumerate(self.nodes) if not isinstance(node, Group | Note)
        }

    def conflict_rules(self) -> dict[str, Rule]:
        """Row-less path to the conflict rule, where it is not `ask`; old paths too."""
        rules: dict[str, Rule] = {
            node.path: node.conflict
            for node in self.nodes
            if isinstance(node, Valued) and node.conflict != "ask"
        }
        return rules | {old: rules[new] for old, new in self.renames.items() if new in rules}

    def with_meaning(self, meaning: str) -> Iterator[AnyNode]:
        """The nodes with `meaning` (`person_name`, `consent`, `outcome`…), in order."""
        return (node for node in self.nodes if isinstance(node, Valued) and node.meaning == meaning)


# Made before there are threads: two that are the first to ask for one kind of value crash the process.
_decoder = msgspec.json.Decoder(Form)


def encode_form(form: Form) -> bytes:
    """The bytes that phones are given; equal forms give equal bytes."""
    return msgspec.json.encode(form)


def decode_form(data: bytes) -> Form:
    """Raises `msgspec.ValidationError` for bytes that are no Form."""
    return _decoder.decode(data)
