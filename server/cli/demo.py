"""`thon demo`: the server with an invented commune."""

from __future__ import annotations

import io
import shutil
import sys
import time
from pathlib import Path

import click
import segno

from server.cli.options import alone_in, cable_command, fail, opened
from server.config import Config, now_ms
from server.demo.build import HOUSEHOLDS, build_demo
from server.demo.commune import COMMUNE, HAMLETS, OFFICIALS
from server.demo.guests import PASSWORD, fresh_invites
from server.serving import bind, serve
from server.store import DATABASE_NAME, Store, keys

MARK = "DEMO"
_WORK = {
    "register": "list of households",
    "first_round": "interviews of 2025",
    "second_round": "interviews of 2026",
    "other_records": "hamlets, support, requests",
    "views": "tables for the desk",
}


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Folder of the demo; made at the first start.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
def demo_command(data: Path, port: int) -> None:
    """Serve a demo commune on this machine: areas, households of two rounds, users, two invitations.

    All people are invented. The first start takes some seconds; later ones use the same folder again.

    Example: thon demo --port 8000
    """
    try:
        bound = bind("127.0.0.1", port)
    except OSError as error:
        fail(f"Cannot serve on port {port}: {error}")
    ensure_demo(data)
    config = Config(data_dir=data, port=port, title="Thôn · demo")
    with alone_in(data, config.address), opened(data) as store:
        store.write(lambda db: keys.put(db, "address", config.address))
        _print_ways_in(store, config.address)
        try:
            serve(config, store, bound)
        except OSError as error:
            fail(f"Cannot serve on port {port}: {error}")


def ensure_demo(data: Path, households: int = HOUSEHOLDS) -> bool:
    """Builds the demo unless it is there; True if it was built. An interrupted build leaves nothing behind
    that a later start would take for a demo. Refuses a folder that holds something else."""
    if (data / MARK).exists() and (data / DATABASE_NAME).exists():
        return False
    if data.exists() and any(data.iterdir()):
        fail(f"{data} holds other data: choose another folder with --data.")
    part = data.with_name(f".{data.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    started = time.monotonic()
    store = Store.open(part)
    try:
        build_demo(store, _Progress(), households)
    finally:
        store.close()
    (part / MARK).write_text("An invented commune. Delete this folder to start again.\n")
    if data.exists():
        data.rmdir()
    data.parent.mkdir(parents=True, exist_ok=True)
    part.rename(data)
    click.echo(f"\rThe demo was built in {time.monotonic() - started:.0f} s in {data}.".ljust(60))
    return True


class _Progress:
    """One line per piece of work, counting up on a terminal."""

    def __init__(self) -> None:
        self._what = ""
        self._made = 0

    def __call__(self, what: str, made: int) -> None:
        is_terminal = sys.stdout.isatty()
        if what != self._what:
            if self._what and is_terminal:
                click.echo()
            self._what, self._made = what, 0
            click.echo(f"  {_WORK[what]}", nl=not is_terminal)
        self._made += made
        if is_terminal and self._made:
            click.echo(f"\r  {_WORK[what]}: {self._made}", nl=False)


def _print_ways_in(store: Store, address: str) -> None:
    click.echo(f"\nThôn demo: {COMMUNE[1]}, {len(HAMLETS)} hamlets, {HOUSEHOLDS} invented households.\n")
    click.echo(f"  Desk       {address}/desk/     (password of all: {PASSWORD})")
    for official in OFFICIALS:
        click.echo(f"             {official.name} · {official.role}")
    click.echo(f"\n  Phone app  {address}/     open one of these invitations:")
    for invite in fresh_invites(store, now_ms()):
        link = f"{address}/enrol#{invite.code}"
        click.echo(f"\n  {invite.name}, {invite.hamlet}: {link}")
        click.echo(qr_text(link))
    click.echo(
        f"A real phone needs HTTPS; to try one by cable: {cable_command(address)}, then open the link.\n"
        "Stop with Ctrl+C."
    )


def qr_text(link: str) -> str:
    """The QR code of a link for a terminal."""
    out = io.StringIO()
    segno.make(link, error="m").terminal(out=out, compact=True, border=2)
    return out.getvalue()
