"""thon area."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import counted, data_option, fail, opened
from server.cli.tables import Row, read_table
from server.store import areas, views
from server.store.areas import Area

_COLUMNS = ("code", "parent", "name", "kind")
_SETTINGS = ("", "urban", "rural")


@click.group()
def area() -> None:
    """The tree of areas: province, commune, hamlet…"""


@area.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def load(file: Path, data: Path) -> None:
    """Load areas from a list: code,parent,name,kind[,setting]. Loading again moves and renames, never
    deletes.

    Example: thon area load areas.csv
    """
    rows = read_table(file)
    if isinstance(rows, str):
        fail(rows)
    loaded, problems = _areas(rows)
    with opened(data) as store:
        with store.reading() as db:
            known = {each.code: each for each in areas.everything(db)}
        together = known | {each.code: each for each in loaded}
        problems += [
            f"{each.code}: there is no area {each.parent} to lie in."
            for each in loaded
            if each.parent and each.parent not in together
        ]
        cycle = areas.first_cycle(together.values())
        if cycle:
            problems.append(f"These areas lie in each other: {' → '.join(cycle)}.")
        if problems:
            fail("\n".join([f"{file.name} was not loaded:", *problems]))

        def job(db: object) -> None:
            areas.load(db, loaded)  # type: ignore[arg-type]
            views.mark_all_stale(db)  # type: ignore[arg-type]

        store.write(job)
    added = sum(each.code not in known for each in loaded)
    changed = sum(each.code in known and known[each.code] != each for each in loaded)
    click.echo(f"Loaded {counted(len(loaded), 'area')}: {added} new, {changed} moved or renamed.")


@area.command(name="list")
@data_option
def list_areas(data: Path) -> None:
    """List the areas.

    Example: thon area list
    """
    with opened(data) as store, store.reading() as db:
        for each in areas.everything(db):
            click.echo("\t".join((each.code, each.parent or "-", each.kind, each.setting or "-", each.name)))


def _areas(rows: list[tuple[int, Row]]) -> tuple[list[Area], list[str]]:
    problems: list[str] = []
    loaded: dict[str, Area] = {}
    missing = [name for name in _COLUMNS if rows and name not in rows[0][1]]
    if missing or not rows:
        return [], [f"There is no column {', '.join(missing)}." if missing else "There are no rows."]
    for number, row in rows:
        code, setting = row["code"], row.get("setting", "")
        if not code or not row["name"]:
            problems.append(f"Row {number}: an area has a code and a name.")
        elif code in loaded:
            problems.append(f"Row {number}: the code {code} occurs twice.")
        elif setting not in _SETTINGS:
            problems.append(f"Row {number}: the setting is urban, rural or empty, not {setting}.")
        else:
            loaded[code] = Area(code, row["parent"], row["name"], row["kind"], setting)
    return list(loaded.values()), problems
