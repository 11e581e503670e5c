"""thon round."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from server.cli.options import data_option, fail, opened
from server.config import now_ms
from server.store import forms, rounds
from server.store.rounds import Round


@click.group(name="round")
def round_group() -> None:
    """Survey years and waves."""


@round_group.command(name="open")
@click.argument("id")
@click.option("--title", required=True, help="What people call it.")
@click.option(
    "--form", "form_ids", multiple=True, required=True, help="A form that it asks; may be repeated."
)
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), required=True)
@click.option("--to", "ends", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), required=True)
@click.option("--year", type=int, help="Survey year; else the year of --from.")
@click.option("--kind", type=click.Choice(rounds.KINDS), default="annual", show_default=True)
@data_option
def open_round(
    *,
    data: Path,
    id: str,
    title: str,
    form_ids: tuple[str, ...],
    starts: datetime,
    ends: datetime,
    year: int | None,
    kind: str,
) -> None:
    """Open a round: phones offer its forms.

    Example: thon round open 2026 --title "Điều tra 2026" --form living_conditions --from 2026-10-01 --to
    2026-12-31
    """
    first, last = starts.date(), ends.date()
    if last < first:
        raise click.UsageError("--to lies before --from.")
    with opened(data) as store:
        with store.reading() as db:
            unknown = [form for form in form_ids if forms.newest(db, form) is None]
        if unknown:
            fail(f"There is no form {', '.join(unknown)}: publish it with `thon form publish FILE.xlsx`.")
        new = Round(
            id=id,
            title=title,
            kind=kind,
            year=year or first.year,
            starts=first.isoformat(),
            ends=last.isoformat(),
            is_open=True,
            forms=list(dict.fromkeys(form_ids)),
        )
        store.write(lambda db: rounds.open_round(db, new, now_ms()))
    click.echo(f"Opened round {id} ({new.starts} to {new.ends}) with {', '.join(new.forms)}.")


@round_group.command()
@click.argument("id")
@data_option
def close(data: Path, id: str) -> None:
    """Close a round: its form versions are frozen.

    Example: thon round close 2025
    """
    with opened(data) as store:
        with store.reading() as db:
            known = rounds.get(db, id)
        if known is None:
            fail(f"There is no round {id}: see `thon round list`.")
        store.write(lambda db: rounds.close_round(db, id, now_ms()))
    click.echo(f"Closed round {id}.")


@round_group.command(name="list")
@data_option
def list_rounds(data: Path) -> None:
    """List the rounds by date.

    Example: thon round list
    """
    with opened(data) as store, store.reading() as db:
        for each in rounds.everything(db):
            state = "open" if each.is_open else "closed"
            dates = f"{each.starts} to {each.ends}"
            click.echo("\t".join((each.id, state, each.kind, str(each.year), dates, each.title)))
