"""thon restore."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from server import restoring
from server.cli.options import alone_in, counted, data_option, fail
from server.config import Config, now_ms
from server.restoring import Restored
from server.store import StoreError
from server.store.backup import NotABackupError


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def restore(file: Path, data: Path) -> None:
    """Put a backup back, into an empty folder or in place of the database there, which is kept aside.

    What was erased since the backup is erased again. Phones bring back what it lacks. Stop the server first.

    Example: thon restore /media/usb/thon-2026-11-22.tar --data ./data
    """
    is_new = not data.exists()
    now = now_ms()
    zone = ZoneInfo(Config(data_dir=data).time_zone)
    stamp = datetime.fromtimestamp(now / 1000, zone).strftime("%Y-%m-%d-%H%M%S")
    with (
        alone_in(data, "thon restore"),
        click.progressbar(length=file.stat().st_size, label="Restore") as bar,
    ):

        def progress(done: int, _: int) -> None:
            bar.update(done - bar.pos)

        try:
            done = restoring.restore(file, data, stamp, now, progress)
        except (NotABackupError, OSError, StoreError) as error:
            if is_new:
                shutil.rmtree(data, ignore_errors=True)
            reason = str(error) if isinstance(error, NotABackupError) else f"Nothing was restored: {error}."
            fail(reason)
    click.echo(_said(done, data, zone))


def _said(done: Restored, data: Path, zone: ZoneInfo) -> str:
    since = "empty"
    if done.state_at is not None:
        since = f"as of {datetime.fromtimestamp(done.state_at / 1000, zone):%Y-%m-%d %H:%M}"
    lines = [
        f"Restored {counted(done.records, 'record')}, {counted(done.changes, 'change')} to {data}, {since}."
    ]
    if done.aside:
        lines.append(f"The former database is kept in {done.aside}: delete it once nothing is missing.")
    if done.erased:
        lines.append(f"Erased again what was erased since: {counted(done.erased, 'entry')}.")
    if done.shut_out:
        lines.append(f"Phones and people that were shut out since stay so: {done.shut_out}.")
    lines.append("Start the server: phones bring back what it lacks, and the desk shows what came.")
    return "\n".join(lines)
