"""thon device."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import click
import segno

from server.cli.options import address_of, check_areas, data_option, fail, https_advice, opened, the_user
from server.config import now_ms
from server.store import devices


@click.group()
def device() -> None:
    """Phones: invite, assign areas, revoke."""


@device.command()
@click.option("--area", "codes", multiple=True, required=True, help="Code of an area; may be repeated.")
@click.option("--user", "names", multiple=True, required=True, help="Id or unique name; may be repeated.")
@click.option("--json", "is_json", is_flag=True, help='Print {"code","link","expires"} only.')
@data_option
def invite(data: Path, codes: tuple[str, ...], names: tuple[str, ...], is_json: bool) -> None:
    """Invite a phone: a code, a link and a QR code, valid once.

    Example: thon device invite --area 24846-1 --user "Ka Hân"
    """
    with opened(data) as store:
        check_areas(store, list(codes))
        people = [the_user(store, name) for name in names]
        for person in people:
            if person.is_disabled or person.role == "viewer":
                fail(
                    f"{person.name} can't work on a phone: {person.role}{', disabled' * person.is_disabled}."
                )
        ids = list(dict.fromkeys(person.id for person in people))
        code, expires = store.write(
            lambda db: devices.invite(db, list(codes), ids, devices.SYSTEM_AUTHOR, now_ms())
        )
        address = address_of(store)
    link = f"{address}/enrol#{code}"
    until = datetime.fromtimestamp(expires / 1000, UTC).isoformat(timespec="seconds")
    if is_json:
        click.echo(json.dumps({"code": code, "link": link, "expires": until}))
        return
    segno.make(link, error="m", micro=False).terminal(compact=True)
    click.echo(f"Invitation {code} for {', '.join(person.name for person in people)}, until {until}:\n{link}")
    if https_advice(address):
        click.echo(https_advice(address))


@device.command()
@click.argument("id")
@data_option
def revoke(data: Path, id: str) -> None:
    """Revoke a lost phone: it gets nothing more, and what it still sends is put on hold.

    Example: thon device revoke k3f9x2ab
    """
    with opened(data) as store:
        revoked = store.write(lambda db: devices.revoke(db, id, now_ms()))
    if not revoked:
        fail(f"There is no device {id}: see `thon device list`.")
    click.echo(f"Revoked {', '.join(revoked)}.")


@device.command()
@click.argument("id")
@click.option("--area", "codes", multiple=True, required=True, help="Code of an area; may be repeated.")
@data_option
def assign(data: Path, id: str, codes: tuple[str, ...]) -> None:
    """Give a phone these areas instead of those it has: with its next sync the new ones arrive, and what
    left goes once nothing of it waits.

    Example: thon device assign k3f9x2ab --area 24846-1 --area 24846-2
    """
    with opened(data) as store:
        check_areas(store, list(codes))

        def job(db: sqlite3.Connection) -> list[str]:
            found = devices.get(db, id)
            return devices.assign(db, id, list(codes)) if found is not None and found.kind == "phone" else []

        assigned = store.write(job)
    if not assigned:
        fail(f"There is no phone {id}: see `thon device list`.")
    click.echo(f"{', '.join(assigned)} now has {', '.join(codes)}.")


@device.command(name="list")
@data_option
def list_devices(data: Path) -> None:
    """List phones.

    Example: thon device list
    """
    with opened(data) as store, store.reading() as db:
        for each in devices.everything(db):
            if each.kind == "phone":
                state = "revoked" if each.is_revoked else "active"
                click.echo(
                    "\t".join((each.id, state, ",".join(each.areas), ",".join(each.users), each.label))
                )
