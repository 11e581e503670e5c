"""Consent of the household: which answers refuse it, and what stands behind the question."""

from __future__ import annotations

from schemas.canonical import JSON
from schemas.form import Form, Group, Note
from schemas.paths import without_rows

REFUSALS = frozenset({"no", "false", "0", "khong", "không", "refused", "declined"})


def is_refusal(value: JSON) -> bool:
    """Whether this answer to the question says no. An empty one says nothing."""
    if isinstance(value, str):
        return value.lower() in REFUSALS
    return value is False or (isinstance(value, int | float) and value == 0)


def consent_node(form: Form) -> int:
    """The number of the question with meaning `consent`; -1: the form asks for none."""
    for number, node in enumerate(form.nodes):
        if getattr(node, "meaning", "") == "consent":
            return number
    return -1


def node_of(form: Form, path: str) -> int:
    """The question (or, for `member/r1/@row`, the repeat) that a path belongs to; -1: none of this form."""
    plain = without_rows(path)
    place = plain.rpartition("/")[0] if "/@" in plain else plain
    for number, node in enumerate(form.nodes):
        if node.path == place and not isinstance(node, Group | Note):
            return number
    return -1


def stands_after_consent(form: Form, path: str) -> bool:
    """Whether this may only be kept of a household that consented. What the form does not know counts too;
    system paths of the record (`@status`, `@area`…) say nothing about the household."""
    asked = consent_node(form)
    if asked < 0 or path.startswith("@"):
        return False
    number = node_of(form, path)
    return number < 0 or number > asked
