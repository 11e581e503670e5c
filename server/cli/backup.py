"""thon backup."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import data_option, fail, opened
from server.store.backup import write_backup


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def backup(file: Path, data: Path) -> None:
    """Write the database and all files into one tar file, also while the server runs.

    Example: thon backup /media/usb/thon-2026-11-22.tar
    """
    if not (data / "thon.db").exists():
        fail(f"There is no Thôn data in {data}.")
    with opened(data) as store:
        try:
            size = write_backup(store, file.absolute())
        except OSError as error:
            fail(f"The backup was not written: {error}")
    click.echo(
        f"Wrote {file} ({size / 1_000_000:.1f} MB). Keep it safe: it holds people's answers and the keys."
    )
