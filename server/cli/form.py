"""thon form."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.compiler import Compiled, compile_workbook
from schemas.difference import Difference
from schemas.form import Form
from server.cli.options import counted, data_option, fail, opened
from server.config import now_ms
from server.publishing import compared
from server.refresh import refresh_views
from server.store import Store, forms

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def form() -> None:
    """Questionnaires, written as XLSForm workbooks."""


@form.command()
@click.argument("file", type=_FILE)
@click.argument("attached", type=_FILE, nargs=-1)
@click.option("--against", is_flag=True, help="Also say what differs from the published version.")
@data_option
def check(file: Path, attached: tuple[Path, ...], against: bool, data: Path) -> None:
    """Say everything that is wrong with a workbook, with sheet, row and column. Files that it names (CSV
    lists, pictures) are given behind it, or lie in a folder beside it named like it with -media at the end.

    Example: thon form check living_conditions.xlsx crops.csv
    """
    checked = _compiled(file, attached).form
    assert checked is not None
    asked = sum(1 for node in checked.nodes if node.__struct_config__.tag not in ("group", "repeat", "note"))
    click.echo(
        f"{file.name} is in order: {checked.id} {checked.version}, {asked} questions and calculations."
    )
    if against:
        with opened(data) as store:
            found = _compared(store, checked)
        _say(checked, found)


@form.command()
@click.argument("file", type=_FILE)
@click.argument("attached", type=_FILE, nargs=-1)
@click.option("--yes", is_flag=True, help="Publish also what needs a decision.")
@data_option
def publish(file: Path, attached: tuple[Path, ...], yes: bool, data: Path) -> None:
    """Publish a workbook as the newest version of its form, with the files that it names (CSV lists,
    pictures, sounds, films): given behind it, or in a folder beside it named like it with -media at the end.

    Example: thon form publish living_conditions.xlsx crops.csv house.jpg
    """
    made = _compiled(file, attached)
    compiled = made.form
    assert compiled is not None
    with opened(data) as store:
        found = _compared(store, compiled)
        _say(compiled, found)
        weights = {difference.weight for difference in found or ()}
        if "refused" in weights:
            fail(f"{file.name} was not published: it would break stored answers.")
        if "decide" in weights and not yes:
            fail(f"{file.name} was not published: say --yes if what needs a decision is meant.")
        published = store.write(lambda db: forms.publish(db, compiled, now_ms(), made.contents))
    if isinstance(published, str):
        fail(published)
    click.echo(f"Published {published.id} {published.version}: {published.title}")


@form.command(name="list")
@data_option
def list_forms(data: Path) -> None:
    """List the published forms, oldest version first.

    Example: thon form list
    """
    with opened(data) as store, store.reading() as db:
        for published in forms.versions(db):
            click.echo("\t".join((published.id, published.version, published.title)))


_HEADINGS = {"refused": "Refused:", "decide": "Needs a decision:", "note": "Changed:"}


def _compared(store: Store, form: Form) -> list[Difference] | None:
    refresh_views(store)
    with store.reading() as db:
        return compared(db, form)


def _say(form: Form, found: list[Difference] | None) -> None:
    """What differs from the published version, in words, what is refused first."""
    if found is None:
        click.echo(f"{form.id} was not published before.")
        return
    if not found:
        click.echo("Nothing differs from the published version.")
    for weight, heading in _HEADINGS.items():
        sentences = [difference.sentence() for difference in found if difference.weight == weight]
        for line in [heading, *(f"  {sentence}" for sentence in sentences)] if sentences else ():
            click.echo(line)


def _compiled(file: Path, attached: tuple[Path, ...]) -> Compiled:
    """With a form: the command ends where there is none."""
    beside = sorted(file.with_name(f"{file.stem}-media").glob("*"))
    named = {each.name: each.read_bytes() for each in (*beside, *attached) if each.is_file()}
    compiled = compile_workbook(file.read_bytes(), file.name, named)
    for warning in compiled.warnings:
        click.echo(f"Warning: {warning.sentence()}", err=True)
    if compiled.form is None:
        fail(
            "\n".join(
                [
                    f"{file.name} has {counted(len(compiled.errors), 'error')}:",
                    *(error.sentence() for error in compiled.errors),
                ]
            )
        )
    return compiled
