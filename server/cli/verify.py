"""thon verify."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.cli.options import counted, data_option, opened
from server.store import log
from server.verifying import differences

_MOST_SHOWN = 20


@click.command()
@data_option
def verify(data: Path) -> None:
    """Fold every log again and compare with the stored view; exit 1 on any difference.

    Example: thon verify --data ./data
    """
    with opened(data) as store:
        store.refresh_views()
        with store.reading() as db:
            counts = log.counts(db)
            found = list(differences(db))
    for sentence in found[:_MOST_SHOWN]:
        click.echo(sentence, err=True)
    click.echo(
        f"Verified {counted(counts['records'], 'record')}, {counted(counts['changes'], 'change')}, "
        f"{counts['held']} on hold{_erased(counts)}: {counted(len(found), 'difference')}."
    )
    if found:
        sys.exit(1)


def _erased(counts: dict[str, int]) -> str:
    if not counts["erased"]:
        return ""
    records = f" and {counted(counts['erased_records'], 'record')}" if counts["erased_records"] else ""
    return f", {counted(counts['erased'], 'change')}{records} erased"
