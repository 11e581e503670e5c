"""thon household."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import counted, data_option, fail, opened
from server.cli.tables import read_table
from server.config import now_ms
from server.loading import load_households


@click.group()
def household() -> None:
    """The list of households."""


@household.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", "form_id", default="household", show_default=True, help="The form of the register.")
@data_option
def load(file: Path, form_id: str, data: Path) -> None:
    """Load households from a list; columns are `area` and the form's questions (names or labels).

    Loaded again, rows are matched on the household code and only differences are written. The list
    counts as approved; what somebody else changed since is left for review.

    Example: thon household load households.xlsx --form household
    """
    rows = read_table(file)
    if isinstance(rows, str):
        fail(rows)
    with opened(data) as store, click.progressbar(length=len(rows), label="Households") as bar:

        def progress(done: int) -> None:
            bar.update(done - bar.pos)

        loaded = load_households(store, form_id, rows, now_ms(), progress)
    if isinstance(loaded, list):
        fail("\n".join([f"{file.name} was not loaded:", *loaded[:100]]))
    click.echo(
        f"Loaded {counted(len(rows), 'household')}: {loaded.added} new, {loaded.changed} changed, "
        f"{loaded.same} as they were" + (f", {loaded.held} on hold." if loaded.held else ".")
    )
