"""The floor plan holds: arrows go one way, and each kind of access stands in one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED_IMPORTS = {
    "schemas": {"schemas", "msgspec", "python_calamine"},
    "sync": {"schemas", "sync", "msgspec"},
}


def python_files(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*.py") if "client" not in path.relative_to(ROOT).parts)


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("layer", sorted(ALLOWED_IMPORTS))
def test_lower_layers_import_only_what_stands_below_them(layer: str) -> None:
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files(layer)
        for name in imported(path) - ALLOWED_IMPORTS[layer] - set(sys.stdlib_module_names)
    }
    assert not foreign


def test_import_linter_keeps_the_arrows() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_decoders_are_made_before_there_are_threads() -> None:
    """Two threads that are the first to decode one kind of value crash the process inside msgspec."""
    late = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("schemas", "sync", "server")
        for path in python_files(folder)
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in function.body
        for node in ast.walk(line)
        if isinstance(node, ast.Call)
        and (
            (
                any(keyword.arg == "type" for keyword in node.keywords)
                and ast.unparse(node.func).endswith(("json.decode", "convert"))
            )
            or ast.unparse(node.func).endswith(".Decoder")
        )
    ]
    assert not late


def test_the_core_asks_no_clock_no_dice_and_no_disk() -> None:
    forbidden = re.compile(r"\btime\.time\(|datetime\.now\(|\brandom\.|\bos\.environ\b|\bopen\(|secrets\.")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files("sync")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found


def test_only_the_entry_point_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in python_files("server")
        if "os.environ" in path.read_text("utf-8") or "getenv" in path.read_text("utf-8")
    }
    assert readers <= {"server/cli/main.py"}


def test_sql_stands_in_the_store_only() -> None:
    statement = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b .*\b(FROM|VALUES|SET|WHERE)\b")
    found = [
        str(path.relative_to(ROOT))
        for path in python_files("server")
        if "store" not in path.relative_to(ROOT).parts and statement.search(path.read_text("utf-8"))
    ]
    assert not found


def client_files() -> Iterator[tuple[str, str]]:
    source = ROOT / "client_pwa" / "src"
    for path in source.rglob("*"):
        if path.suffix in {".ts", ".svelte"}:
            yield str(path.relative_to(source)), path.read_text("utf-8")


def test_on_the_client_one_file_calls_fetch_and_one_opens_the_database() -> None:
    fetchers = {name for name, text in client_files() if re.search(r"(?<![.\w])fetch\(", text)}
    openers = {name for name, text in client_files() if re.search(r"\bopenDB\(|indexedDB\.open", text)}
    assert fetchers <= {"core/wire.ts", "sw.ts"}
    assert openers <= {"phone/vault.ts"}


# A questionnaire is tried at the desk with the phone's own widgets; loaded when somebody does.
TRIES = {"desk/TryForm.svelte", "desk/tried.ts"}


def test_phone_and_desk_do_not_know_each_other_and_the_core_knows_neither() -> None:
    def reaches(text: str, other: str) -> bool:
        return bool(re.search(rf"from \"[./]+/{other}/|import\(\"[./]+/{other}/", text))

    wrong = {
        name
        for name, text in client_files()
        if (name.startswith("phone/") and reaches(text, "desk"))
        or (name.startswith("desk/") and reaches(text, "phone"))
        or (
            name.startswith("core/")
            and (reaches(text, "phone") or reaches(text, "desk") or reaches(text, "ui"))
        )
    }
    assert wrong == TRIES


def test_nothing_of_the_client_loads_from_another_host() -> None:
    pages = [
        *client_files(),
        *((str(p), p.read_text("utf-8")) for p in (ROOT / "client_pwa").glob("*/index.html")),
    ]
    foreign = {
        name
        for name, text in pages
        if re.search(r"(?:src|href)=\"https?://|url\(\s*[\"']?https?://|@import\s+[\"']https?://", text)
    }
    assert not foreign


def test_no_room_is_called_utils() -> None:
    bad = {"utils", "helpers", "common", "misc"}
    folders = ["schemas", "sync", "server", "client_pwa/src", "tests"]
    found = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.stem in bad
    ]
    assert not found
