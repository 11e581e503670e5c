"""thon user."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import address_of, check_areas, data_option, fail, https_advice, opened, the_user
from server.config import now_ms
from server.store import Store, devices, users


@click.group()
def user() -> None:
    """People: administrators, supervisors, interviewers, viewers."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(users.ROLES), required=True)
@click.option("--area", default="", help="Code of the area; an administrator may do without.")
@data_option
def add(data: Path, name: str, role: str, area: str) -> None:
    """Add a person; prints the new id and a one-time link.

    Example: thon user add "Ka Hân" --role interviewer --area 24846-1
    """
    if not area and role != "admin":
        raise click.UsageError("--area is needed for this role.")
    with opened(data) as store:
        if area:
            check_areas(store, [area])
        user_id = store.write(lambda db: users.add(db, name.strip(), role, area, now_ms()))
        click.echo(f"Added {name} as {role}: {user_id}")
        _print_link(store, user_id, role, area)


@user.command()
@click.argument("id")
@data_option
def link(data: Path, id: str) -> None:
    """Print a new one-time link; the older one stops working.

    Example: thon user link u-han-3f9a1c
    """
    with opened(data) as store:
        found = the_user(store, id)
        if found.is_disabled:
            fail(f"{found.name} is disabled.")
        _print_link(store, found.id, found.role, found.area)


@user.command()
@click.argument("id")
@data_option
def disable(data: Path, id: str) -> None:
    """End a person's sessions and links; what they write from now on is put on hold.

    Example: thon user disable u-han-3f9a1c
    """
    with opened(data) as store:
        found = the_user(store, id)
        store.write(lambda db: users.disable(db, found.id))
    click.echo(f"Disabled {found.name} ({found.id}).")


@user.command(name="list")
@data_option
def list_users(data: Path) -> None:
    """List people.

    Example: thon user list
    """
    with opened(data) as store, store.reading() as db:
        for each in users.everyone(db):
            state = "disabled" if each.is_disabled else "active"
            click.echo("\t".join((each.id, each.role, each.area or "-", state, each.name)))


def _print_link(store: Store, user_id: str, role: str, area: str) -> None:
    address, now = address_of(store), now_ms()
    if role != "interviewer":
        token = store.write(lambda db: users.make_link(db, user_id, now))
        click.echo(f"One-time link to the desk: {address}/desk/#link={token}")
        return
    code, _ = store.write(lambda db: devices.invite(db, [area], [user_id], devices.SYSTEM_AUTHOR, now))
    click.echo(f"One-time link for the phone: {address}/enrol#{code}")
    if https_advice(address):
        click.echo(https_advice(address))
