"""`thon export`: tables for a spreadsheet or a statistics package."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from server.config import Config, now_ms
from server.export.cells import local_time
from server.export.columns import Profile
from server.export.files import Labels, UnknownForm, Wanted, chosen_statuses, export_to_folder
from server.refresh import refresh_views
from server.store import Store, areas, audit, rounds


@click.command(
    "export",
    epilog="Example: thon export out --form living_conditions --round 2026 --labels vi --format xlsx",
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default=None, help="Data folder.")
@click.option("--form", "form_id", required=True, help="Id of the form.")
@click.option("--round", "round_id", default="", help="Only this round.")
@click.option("--area", default="", help="Only this area and those below it.")
@click.option("--labels", type=click.Choice(["vi", "en", "codes"]), default="codes", show_default=True)
@click.option("--format", "format_", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--bom", is_flag=True, help="Begin CSV files with a byte order mark, for older Excel.")
@click.option("--profile", type=click.Choice(["public", "identified"]), default="public", show_default=True)
@click.option("--reason", default="", help="Why identifying columns are needed; noted in the audit log.")
@click.option(
    "--status",
    default="submitted,approved",
    show_default=True,
    help="Review status: none, draft, returned, submitted, approved, joined by commas; or all.",
)
@click.pass_context
def export_command(
    context: click.Context,
    *,
    folder: Path,
    data: Path | None,
    form_id: str,
    round_id: str,
    area: str,
    labels: Labels,
    format_: str,
    bom: bool,
    profile: Profile,
    reason: str,
    status: str,
) -> None:
    """Write one table per form and per repeat to FOLDER, with codebook and data package.

    The public profile leaves out every column that the form marks as sensitive; `identified` needs a reason.
    """
    if profile == "identified" and not reason.strip():
        raise click.UsageError("--profile identified needs --reason: it is noted in the audit log.")
    try:
        statuses = chosen_statuses(status)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    config = Config(data_dir=data or _data_folder(context))
    store = Store.open(config.data_dir)
    try:
        wanted = Wanted(
            form=form_id,
            round=_known_round(store, round_id),
            areas=_scope(store, area),
            labels=labels,
            bom=bom,
            profile=profile,
            statuses=statuses,
            created=str(local_time(now_ms(), ZoneInfo(config.time_zone))),
            time_zone=config.time_zone,
        )
        refresh_views(store)
        records, written = export_to_folder(store.path, wanted, folder, format_ == "xlsx")
        detail = f"{profile} {format_} round={round_id} area={area} status={status} {reason}".strip()
        store.write(lambda db: audit.note(db, now_ms(), "system", "export", form_id, detail))
    except UnknownForm:
        raise click.ClickException(
            f"There is no form {form_id}. `thon form list` shows what there is."
        ) from None
    finally:
        store.close()
    click.echo(f"Exported {records} records of {form_id} to {len(written)} files in {folder} ({profile}).")


def _data_folder(context: click.Context) -> Path:
    return Path((context.obj or {}).get("data", "data")) if isinstance(context.obj, dict) else Path("data")


def _known_round(store: Store, round_id: str) -> str:
    with store.reading() as db:
        if round_id and rounds.get(db, round_id) is None:
            raise click.ClickException(
                f"There is no round {round_id}. `thon round list` shows what there is."
            )
    return round_id


def _scope(store: Store, area: str) -> list[str] | None:
    if not area:
        return None
    with store.reading() as db:
        if areas.get(db, area) is None:
            raise click.ClickException(f"There is no area {area}.")
        return sorted(areas.expanded(db, [area]))
