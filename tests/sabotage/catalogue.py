"""A sabotage: a mistake that a tired programmer could make in the real code, and the law that notices it."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
LAWS = range(1, 25)
IN_PYTHON = ("tests/test_laws_*.py",)
IN_REQUESTS = ("tests/test_wire.py",)
IN_TYPESCRIPT = ("client_pwa/tests/*.test.ts",)
# All but those that start a real server: a minute each.
IN_THE_MODEL = ("client_pwa/tests/phone_[!s]*.test.ts",)
IN_THE_BROWSER = ("tests/e2e/test_laws_*.py",)
# Runs of everything at once that once failed: each is named after its law.
IN_THE_MACHINE = ("tests/test_laws_machine.py",)
_VECTORS = "tests/vectors/machine/law-{:02}-*.json"
# The mutations that sync.md lists; each is the name of a sabotage.
OF_SYNC_MD = (
    "seen-lists-only-the-newest-change",
    "seen-is-all-that-is-present",
    "identity-is-device-and-seq",
    "supersede-by-version-vector",
    "late-commit-gets-a-lower-position",
    "deletion-covers-all",
    "epoch-only-at-restore",
)


class Sabotage(Struct, frozen=True):
    """`old` stands once in `file`, and `new` is put in its place. `tests`: where tests of the law are looked
    for (patterns of paths); those named after its number run."""

    name: str
    law: int
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = IN_PYTHON

    def mutated(self, text: str) -> str | None:
        """None where it does not fit."""
        return text.replace(self.old, self.new) if text.count(self.old) == 1 else None

    def test_files(self, root: Path) -> list[str]:
        """Those that have a test of the law, in order."""
        if self.tests == IN_THE_MACHINE and any(root.glob(_VECTORS.format(self.law))):
            return list(self.tests)
        found = [path for pattern in self.tests for path in sorted(root.glob(pattern))]
        several = rf"laws (\d+(, | and ))*{self.law}[, ]"
        named = re.compile(rf"def test_law_{self.law:02}_|\(\"(law {self.law}: |{several})")
        return [str(path.relative_to(root)) for path in found if named.search(path.read_text("utf-8"))]


def misfits(sabotages: list[Sabotage], root: Path = ROOT) -> list[str]:
    """A sentence for each sabotage that can no longer be done, or that no test could notice."""
    wrong = []
    for each in sabotages:
        path = root / each.file
        text = path.read_text("utf-8") if path.exists() else ""
        if each.mutated(text) is None:
            wrong.append(f"{each.name}: its old text stands {text.count(each.old)} times in {each.file}")
        elif each.old == each.new:
            wrong.append(f"{each.name}: changes nothing")
        elif not each.test_files(root):
            wrong.append(f"{each.name}: no test of law {each.law} in {', '.join(each.tests)}")
    return wrong
