"""What becomes of questionnaires that others use: `python -m tests.real_forms [FOLDER] [--write]`.

Each workbook is compiled in a process of its own, bounded in time and memory. Exit 1 when one crashes or
does not end. `--write` keeps the list in docs/xlsforms.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from schemas.compiler import compile_workbook
from schemas.form import Asked, Calculate
from schemas.problem import Problem

ROOT = Path(__file__).parents[1]
FOLDER = ROOT.parent / "shared" / "xlsforms"
PAGE = ROOT / "docs" / "xlsforms.md"
LONGEST_S = 60
MOST_BYTES = 2 * 2**30
SHOWN = 5

HEAD = """# Questionnaires that others use

What `thon form check` says of questionnaires that people use with ODK, Kobo, SurveyCTO and CHT. The list is
made by `python -m tests.real_forms --write` (`make real-forms` prints it), each workbook in a process of its
own that may take {longest} s and {most} GB. Files that a workbook names (lists as CSV) are looked for in a
folder beside it, `NAME-media`.
"""


class Verdict(Struct, frozen=True):
    """`asked`: questions and calculations. `failure`: why there is no verdict, else blank."""

    name: str
    asked: int = 0
    languages: int = 0
    problems: list[Problem] = []
    failure: str = ""
    seconds: float = 0

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def is_accepted(self) -> bool:
        return not self.errors and not self.failure


def attached_to(file: Path) -> dict[str, bytes]:
    """The files in the folder beside a workbook that is named like it, by name."""
    beside = sorted(file.with_name(f"{file.stem}-media").glob("*"))
    return {each.name: each.read_bytes() for each in beside if each.is_file()}


def _judge(file: Path, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    began = time.process_time()
    found = compile_workbook(file.read_bytes(), file.name, attached_to(file))
    nodes = found.form.nodes if found.form else []
    asked = sum(1 for node in nodes if isinstance(node, Asked | Calculate))
    languages = len(found.form.languages) if found.form else 0
    took_s = time.process_time() - began
    answer.send(Verdict(file.name, asked, languages, found.problems, seconds=took_s))


def judged(files: list[Path]) -> list[Verdict]:
    """What the compiler says of each workbook, in order."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["schemas.compiler"])
    verdicts = []
    for file in files:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_judge, args=(file, sender))
        process.start()
        sender.close()
        is_there = receiver.poll(LONGEST_S)
        try:
            verdicts.append(receiver.recv() if is_there else Verdict(file.name, failure="did not end"))
        except EOFError:
            process.join()
            verdicts.append(Verdict(file.name, failure=f"crashed with exit code {process.exitcode}"))
        process.kill()
        process.join()
    return verdicts


def workbooks_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix in (".xlsx", ".xls", ".xlsm"))


def reasons(verdict: Verdict) -> list[str]:
    """Why it is refused: what is said more than once only once, with its rows."""
    same = Counter((problem.column, problem.message, problem.suggestion) for problem in verdict.errors)
    lines = []
    for said, count in same.items():
        first = next(each for each in verdict.errors if (each.column, each.message, each.suggestion) == said)
        more = f" ({count} times)" if count > 1 else ""
        lines.append(first.sentence() + more)
    left = len(lines) - SHOWN
    return lines[:SHOWN] + ([f"… and {left} more of other kinds"] if left > 0 else [])


def page(verdicts: list[Verdict]) -> str:
    """The document, the same for the same workbooks."""
    accepted = [verdict for verdict in verdicts if verdict.is_accepted]
    refused = [verdict for verdict in verdicts if not verdict.is_accepted]
    lines = [HEAD.format(longest=LONGEST_S, most=MOST_BYTES // 2**30), f"## Accepted: {len(accepted)}", ""]
    lines += ["| workbook | questions and calculations | languages | warnings |", "|---|---|---|---|"]
    lines += [f"| {v.name} | {v.asked} | {v.languages} | {len(v.problems)} |" for v in accepted]
    lines += ["", f"## Refused: {len(refused)}"]
    for verdict in refused:
        lines += ["", f"**{verdict.name}**", ""]
        lines += [f"* {verdict.failure}"] if verdict.failure else [f"* {line}" for line in reasons(verdict)]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real_forms", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--write", action="store_true", help=f"keep the list in docs/{PAGE.name}")
    options = parser.parse_args()
    files = workbooks_in(options.folder)
    if not files:
        print(f"There are no workbooks in {options.folder}: name a folder with .xlsx files.")
        return 0
    verdicts = judged(files)
    for verdict in verdicts:
        word = "accepted" if verdict.is_accepted else verdict.failure or "refused"
        print(f"{verdict.name}: {word}, {verdict.asked} questions, {verdict.seconds:.2f} s")
        for line in reasons(verdict):
            print(f"    {line}")
    accepted = sum(1 for verdict in verdicts if verdict.is_accepted)
    broken = sum(1 for verdict in verdicts if verdict.failure)
    print(f"{accepted} accepted, {len(verdicts) - accepted - broken} refused, {broken} without a verdict")
    if options.write:
        PAGE.write_text(page(verdicts), "utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
