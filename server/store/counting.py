"""Which interview counts where a household was registered, and interviewed, twice."""

from __future__ import annotations

import sqlite3

from server.store import forms

_RANK = "CASE i.status WHEN 'approved' THEN 4 WHEN 'submitted' THEN 3 WHEN 'returned' THEN 2 ELSE 1 END"
_SUPERSEDED = f"""
SELECT record, chosen FROM (
  SELECT i.record, first_value(i.record) OVER (
    PARTITION BY i.round, h.representative ORDER BY {_RANK} DESC, i.at DESC, i.record DESC) AS chosen
  FROM record h JOIN record i ON i.subject = h.record
  WHERE h.representative IS NOT NULL AND i.form = ? AND i.deleted = 0 AND i.subject <> '')
WHERE record <> chosen"""


def superseded(db: sqlite3.Connection, form: str) -> dict[str, str]:
    """Of a form that is filled in once per household and round: each record that does not count to the one
    that counts instead, for the same household in the same round. That is the most finished one, of these the
    newest: the newest approved, where there is one. Nothing where no households were tied."""
    newest = forms.newest(db, form)
    if newest is None or sorted(newest.one_per) != ["round", "subject"]:
        return {}
    return {row[0]: row[1] for row in db.execute(_SUPERSEDED, (form,))}
