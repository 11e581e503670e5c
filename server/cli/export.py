"""`thon export`: tables for a spreadsheet or a statistics package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from server.cli.options import check_areas, counted, data_option, fail, opened
from server.config import Config, now_ms
from server.export.cells import local_time
from server.export.columns import Profile
from server.export.files import (
    Labels,
    UnknownForm,
    Wanted,
    chosen_statuses,
    export_to_folder,
    older_tables,
    opened_export,
)
from server.refresh import refresh_views
from server.store import Store, areas, audit, devices, rounds


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--form", "forms", multiple=True, required=True, help="Id of a form; may be repeated.")
@click.option("--round", "round_id", default="", help="Only this round.")
@click.option("--area", default="", help="Only this area and those below it.")
@click.option("--labels", type=click.Choice(["vi", "en", "codes"]), default="codes", show_default=True)
@click.option("--format", "format_", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--bom", is_flag=True, help="Begin CSV files with a byte order mark, for Excel.")
@click.option("--profile", type=click.Choice(["public", "identified"]), default="public", show_default=True)
@click.option("--reason", default="", help="Why identifying columns are needed; goes into the audit log.")
@click.option(
    "--status",
    default="submitted,approved",
    show_default=True,
    help="Review status: none, draft, returned, submitted, approved, joined by commas; or all.",
)
@data_option
def export_command(
    *,
    data: Path,
    folder: Path,
    forms: tuple[str, ...],
    round_id: str,
    area: str,
    labels: Labels,
    format_: str,
    bom: bool,
    profile: Profile,
    reason: str,
    status: str,
) -> None:
    """Write one table per form and per repeat to DIR, with codebook and data package.

    The public profile leaves out every column that the form marks as sensitive; `identified` needs a reason.

    Example: thon export out --form living_conditions --round 2026 --labels vi --format xlsx
    """
    if profile == "identified" and not reason.strip():
        raise click.UsageError("--profile identified needs --reason: it goes into the audit log.")
    try:
        statuses = chosen_statuses(status)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    zone = Config(data_dir=data).time_zone
    with opened(data) as store:
        wanted = Wanted(
            forms=list(dict.fromkeys(forms)),
            round=_known_round(store, round_id),
            areas=_scope(store, area),
            labels=labels,
            bom=bom,
            profile=profile,
            statuses=statuses,
            created=str(local_time(now_ms(), ZoneInfo(zone))),
            time_zone=zone,
        )
        refresh_views(store)
        try:
            records, written = export_to_folder(store.path, wanted, folder, format_ == "xlsx")
        except UnknownForm as error:
            fail(f"There is no form {error}: see `thon form list`.")
        _note(store, forms, f"{profile} {format_} round={round_id} area={area} status={status} {reason}")
        others = _all_statuses(store, wanted) - records if statuses else 0
    said = f"Exported {counted(records, 'record')} to {folder} ({profile}): {_names(written)}."
    if others:
        said += f" Left out: {counted(others, 'record')} of another review status; --status all takes all."
    if older := older_tables(folder, written):
        said += f" Not written now, left there from before: {_names(older)}."
    click.echo(said)


def _names(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)


def _note(store: Store, forms: Sequence[str], detail: str) -> None:
    who, what = devices.SYSTEM_AUTHOR, ",".join(forms)
    store.write(lambda db: audit.note(db, now_ms(), who, "export", what, detail.strip()))


def _all_statuses(store: Store, wanted: Wanted) -> int:
    with opened_export(store.path, msgspec.structs.replace(wanted, statuses=None)) as export:
        return export.records


def _known_round(store: Store, round_id: str) -> str:
    with store.reading() as db:
        is_known = not round_id or rounds.get(db, round_id) is not None
    if not is_known:
        fail(f"There is no round {round_id}: see `thon round list`.")
    return round_id


def _scope(store: Store, area: str) -> list[str] | None:
    if not area:
        return None
    check_areas(store, [area])
    with store.reading() as db:
        return sorted(areas.expanded(db, [area]))
