"""thon backup."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import data_option, fail, opened, require_data
from server.config import now_ms
from server.store.backup import write_backup


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE, once the new backup is whole.")
@data_option
def backup(*, file: Path, overwrite: bool, data: Path) -> None:
    """Write the database and all files into one tar file, also while the server runs.

    Example: thon backup /media/usb/thon-2026-11-22.tar
    """
    require_data(data)
    if file.exists() and not overwrite:
        fail(f"{file} exists: name another file, or say --overwrite.")
    with opened(data) as store, click.progressbar(length=1, label="Backup") as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        try:
            size = write_backup(store, file.absolute(), now_ms(), progress)
        except OSError as error:
            fail(f"The backup was not written: {error}")
    click.echo(
        f"Wrote {file} ({size / 1_000_000:.1f} MB). Keep it safe: it holds people's answers and the keys."
    )
