"""An erasure that is killed, or finds the disk full, after it was said for good: the rest is made up for."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.store import files
from tests.running import running_server, thon
from tests.test_erasing import HOUSE, PHOTO, PHOTO_NAME, REASON, Erasing, left_of
from tests.village import NOW

# Ends the process instead of the first call of one of these.
_KILLED = """
import os, sys
import server.cli.main, server.erasing, server.erasing_again, server.store
name, sys.argv = sys.argv[1], ["thon", *sys.argv[2:]]
place, _, method = name.rpartition(".")
setattr(eval(place), method, lambda *given, **named: os._exit(9))
server.cli.main.thon()
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a photo, and a database that was kept aside."""
    folder = tmp_path_factory.mktemp("cut-short")
    erasing = Erasing(folder / "data")
    store = erasing.store
    assert files.keep(store.files_dir, PHOTO_NAME, PHOTO)
    store.write(
        lambda db: files.note(db, PHOTO_NAME, len(PHOTO), "image/jpeg", device="phone-han", now_ms=NOW)
    )
    store.close()
    thon(erasing.data, "backup", str(folder / "copy.tar"))
    thon(erasing.data, "restore", str(folder / "copy.tar"))
    return erasing.data


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "data"))


def erase(data: Path, *, killed_at: str = "", largest: int = 0) -> tuple[int, str]:
    """`largest`: bytes of a file, as on a full disk."""
    code = ["-c", _KILLED, killed_at] if killed_at else ["-m", "server.cli.main"]
    command = [sys.executable, *code, "erase", "H-1", "--reason", REASON, "--yes", "--data", str(data)]
    bounds = (largest or resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, bounds),
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "step",
    [
        "server.erasing.settle",
        "server.erasing.erased_list.append",
        "server.store.Store.scrub",
        "server.erasing_again.erase_aside",
    ],
)
def test_the_next_start_makes_up_for_what_a_kill_left(data: Path, step: str) -> None:
    assert erase(data, killed_at=step)[0] == 9
    assert left_of(data) != []
    with running_server(data):
        assert left_of(data) == []
    assert "0 differences" in thon(data, "verify")


def test_the_same_command_once_more_makes_up_for_what_a_full_disk_left(data: Path) -> None:
    code, said = erase(data, largest=int((data / "thon.db").stat().st_size * 0.9))
    assert (code, "H-1" in said or HOUSE in said, "is erased" in said) == (1, True, True), said
    assert left_of(data) != []
    code, said = erase(data)
    assert code == 1 and ("no record" in said or "erased already" in said)
    assert left_of(data) == []


def test_a_start_removes_what_a_killed_restore_left(data: Path) -> None:
    shutil.copytree(data, data / ".restoring", ignore=shutil.ignore_patterns("before-*"))
    assert erase(data)[0] == 0
    assert left_of(data) != []
    with running_server(data):
        assert left_of(data) == []
