"""thon erase."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from server import erasing_again, erasing_records
from server.cli.options import counted, data_option, fail, opened, require_data
from server.config import now_ms
from server.erasing_records import Plan
from server.store import Store, erased_list, erased_records

LONGEST_REASON = 200


@click.command()
@click.argument("record")
@click.option("--reason", required=True, help="Kept with the proof and shown at the desk: name nobody in it.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@data_option
def erase(*, record: str, reason: str, yes: bool, data: Path) -> None:
    """Erase a household (by record id or household code) and all that is about it, here and on every phone.

    Values go from everywhere, files too; ids and positions stay as the proof. It can't be undone.

    Example: thon erase H-0112 --reason "asked in person on 22/11"
    """
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise click.UsageError(f"--reason needs 1 to {LONGEST_REASON} characters.")
    require_data(data)
    with opened(data) as store:
        store.refresh_views()
        name = _the_record(store, record)
        with store.reading() as db:
            plan = erasing_records.plan(db, name)
        repeated = erasing_records.repeated_answer(plan, reason)
        if repeated:
            fail(f"The reason says {repeated!r}, which is to be erased: give one that names nobody.")
        if not yes:
            click.echo(_what_goes(plan))
            click.confirm("Erase this? It can't be undone.", abort=True)
        try:
            erasing_again.erase_household(store, name, reason, now_ms())
        except erasing_again.UnfinishedError as error:
            fail(f"{name} is erased. {error}")
        click.echo(_what_went(store, name, plan))


def _the_record(store: Store, wanted: str) -> str:
    with store.reading() as db:
        found = erasing_records.find(db, wanted)
        proof = erased_records.get(db, wanted)
    if len(found) > 1:
        fail(f"Several records carry the code {wanted}: use one of the ids {', '.join(found)}.")
    if proof is not None:
        fail(f"{wanted} was erased already (position {proof.pos}): {proof.reason}")
    if not found:
        fail(f"There is no record and no household code {wanted}.")
    return found[0]


def _what_goes(plan: Plan) -> str:
    lines = []
    for each in plan.records:
        # What lists show of a household mostly holds its code.
        code = "" if each.code in each.title else each.code
        names = " · ".join(name for name in (code, each.title) if name)
        lines.append(f"  {each.form_title}: {names} ({each.record})")
    return "\n".join(["This is erased:", *lines, f"  {_counts(plan)}", *_doubts(plan)])


def _what_went(store: Store, record: str, plan: Plan) -> str:
    kinds = Counter(each.form_title for each in plan.records)
    with store.reading() as db:
        proof = erased_records.get(db, record)
    assert proof is not None
    what = ", ".join(f"{number} {title}" for title, number in kinds.items())
    said = [
        f"Erased {record}: {what}; {_counts(plan)}.",
        f"Proof: position {proof.pos}, {proof.reason!r}, listed in {store.data_dir / erased_list.LIST_NAME}.",
        "Phones drop it with their next sync. Older backups hold it: `thon restore` erases it again.",
    ]
    return "\n".join([*said, *_doubts(plan)])


def _counts(plan: Plan) -> str:
    held = f", {plan.held} on hold" if plan.held else ""
    return f"{counted(plan.changes, 'change')}{held}, {counted(plan.files, 'file')}"


def _doubts(plan: Plan) -> list[str]:
    if not plan.uncertain:
        return []
    names = ", ".join(plan.uncertain)
    return [f"Perhaps about it too, people disagree: {names}. Decide that at the desk, then erase those."]
