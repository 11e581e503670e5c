"""One record as the desk's lists show it."""

from __future__ import annotations

from server import review as reviewing
from server.routes.access import UserAccess
from server.routes.desk_answers import ListLine
from server.store import review


def list_line(
    db: reviewing.Database, access: UserAccess, line: review.Line, twins: dict[str, str]
) -> ListLine:
    """`twins`: records to the code of the household that each is likely the same as."""
    is_named = access.role != "viewer"
    return ListLine(
        record=line.record,
        form=line.form,
        round=line.round,
        subject=line.subject,
        name=reviewing.name_of(db, line) if is_named else "",
        code=line.code if is_named else "",
        areas=line.areas,
        status=line.status,
        flags=line.flags,
        conflicts=line.conflicts,
        violations=line.violations,
        has_hold=line.has_hold,
        is_deleted=line.is_deleted,
        duplicate_of=twins.get(line.record, "") or twins.get(line.subject, ""),
        author_name=line.author_name,
        at=line.at,
    )
