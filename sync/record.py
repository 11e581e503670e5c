"""What the fold takes and gives."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from schemas.canonical import JSON
from schemas.change import Change


class Stored(Struct, frozen=True):
    """A present change. `at` and `role` are the receipt's; before a receipt the change's own `at` and the
    role its author was enrolled with."""

    id: str
    change: Change
    at: int
    role: str


class Head(Struct, frozen=True):
    """A write that no other present write to its path supersedes."""

    id: str
    value: JSON
    author: str
    at: int
    role: str


class Comment(Struct, frozen=True, omit_defaults=True):
    id: str
    text: str
    author: str
    at: int
    path: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """One household, one interview…: what its changes add up to. Equal sets of changes give equal records.

    `values`: what is shown, by path, system paths too; left out are null, what stands in hidden rows, and a
    `@deleted` that hides nothing. A visible row without any value is there as `…/row/@row`. A deleted record
    keeps its values. `heads` has every path, `conflicts` the open ones; both newest first. `places`: where a
    flag was raised (row prefixes, `` for the record). `areas`: of all `@area` heads. `same_as`: the records
    that this one is said to be the same as.
    """

    record: str
    form: str
    seen: list[str]
    values: dict[str, JSON]
    heads: dict[str, list[Head]]
    conflicts: dict[str, list[Head]]
    flags: list[str]
    places: dict[str, list[str]]
    status: str
    deleted: bool
    hidden_rows: list[str]
    areas: list[str]
    round: str
    subject: str
    same_as: list[str]
    comments: list[Comment]
    env: dict[str, Any]
