"""Exports for signed-in users: a zip of CSV files or a workbook, within their areas and rights."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from server.config import now_ms
from server.export.cells import local_time
from server.export.columns import Profile
from server.export.files import Labels, Wanted, chosen_statuses, export_stream
from server.refresh import refresh_views
from server.routes.access import (
    DECIDERS,
    AnyRequest,
    UserAccess,
    config_of,
    require_user,
    signed_in,
    store_of,
)
from server.routes.errors import WireProblem
from server.store import Store, areas, audit, forms

ROLES = ("supervisor", "viewer", "admin")
MEDIA = {
    "csv": ("application/zip", "zip"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}


@get(
    "/api/export",
    operation_id="exportRecords",
    guards=[signed_in(*ROLES)],
    sync_to_thread=True,
)
def export_records(
    request: AnyRequest,
    *,
    form: FromQuery[str],
    round_id: Annotated[str, QueryParameter(name="round")] = "",
    area: FromQuery[str] = "",
    labels: FromQuery[Labels] = "codes",
    format_: Annotated[Literal["csv", "xlsx"], QueryParameter(name="format")] = "csv",
    bom: FromQuery[bool] = False,
    profile: FromQuery[Profile] = "public",
    reason: FromQuery[str] = "",
    status: FromQuery[str] = "submitted,approved",
) -> Stream:
    """Records of one form: a zip of linked CSV files with codebook and data package, or a workbook.

    `profile=public` leaves out every column marked sensitive; `identified` needs a supervisor or an
    administrator, and a reason. `status`: words joined by commas, or `all`. Every export is noted in the
    audit log.
    """
    access, store, config = require_user(request, *ROLES), store_of(request), config_of(request)
    _check_profile(access, profile, reason)
    scope = _scope(request, access, area)
    statuses = _statuses(status)
    _check_form(store, form)
    refresh_views(store)
    now = now_ms()
    created = str(local_time(now, ZoneInfo(config.time_zone)))
    wanted = Wanted(
        forms=[form],
        round=round_id,
        areas=scope,
        labels=labels,
        bom=bom,
        profile=profile,
        statuses=statuses,
        created=created,
        time_zone=config.time_zone,
    )
    detail = f"{profile} {format_} round={round_id} area={area} status={status} {reason}".strip()
    store.write(lambda db: audit.note(db, now, access.user_id, "export", form, detail))
    media, suffix = MEDIA[format_]
    name = "-".join(part for part in (form, round_id, created[:10]) if part)
    return Stream(
        export_stream(store.path, wanted, format_ == "xlsx"),
        media_type=media,
        headers={
            "content-disposition": f'attachment; filename="{name}.{suffix}"',
            "cache-control": "no-store",
        },
    )


def _check_profile(access: UserAccess, profile: Profile, reason: str) -> None:
    if profile == "public":
        return
    if access.role not in DECIDERS:
        raise WireProblem(403, "not_allowed", f"A {access.role} may export the public profile only.")
    if not reason.strip():
        raise WireProblem(400, "reason_needed", "Say why you need names and other identifying answers.")


def _statuses(text: str) -> tuple[str, ...] | None:
    try:
        return chosen_statuses(text)
    except ValueError as error:
        raise WireProblem(400, "bad_status", str(error)) from error


def _check_form(store: Store, form: str) -> None:
    with store.reading() as db:
        if forms.newest(db, form) is None:
            raise WireProblem(404, "unknown_form", f"There is no form {form}.")


def _scope(request: AnyRequest, access: UserAccess, area: str) -> list[str]:
    """The areas to export: all of the user's, or those below `area`."""
    if not area:
        return access.areas
    if area not in access.areas:
        raise WireProblem(403, "not_your_area", f"{area} is not within your area.")
    with store_of(request).reading() as db:
        return sorted(areas.expanded(db, [area]))


EXPORT_ROUTES: list[Any] = [export_records]
