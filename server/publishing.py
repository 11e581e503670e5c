"""What publishing a version would mean for the round in the field and for the answers that are stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from schemas.difference import Difference
from schemas.differences import differences
from schemas.form import Form
from schemas.paths import without_rows
from server.store import audit, forms, views


def compared(db: sqlite3.Connection, new: Form) -> list[Difference] | None:
    """From the newest published version to `new`; None where the form was never published."""
    old = forms.newest(db, new.id)
    return None if old is None else differences(old, new, _used_values(db, new.id))


def published_by(
    db: sqlite3.Connection, form: Form, files: Mapping[str, bytes], user: str, now_ms: int
) -> forms.Published | str:
    """As `forms.publish`, noted in the audit log."""
    published = forms.publish(db, form, now_ms, files)
    if not isinstance(published, str):
        audit.note(db, now_ms, user, "publish_form", form.id, form.version)
    return published


def _used_values(db: sqlite3.Connection, form_id: str) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for answers in views.answers_of_form(db, form_id):
        for path, value in answers.items():
            texts = value if isinstance(value, list) else [value]
            used.setdefault(without_rows(path), set()).update(str(text) for text in texts)
    return used
