"""A data folder to measure on, the server process that serves it, and what that process used."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from bench.interviews import AREA, AUTHOR
from schemas.form import Form
from server.store import Store, areas, devices, epochs, forms
from server.store.areas import Area

_START_MS = 1_789_640_000_000
_TICKS = os.sysconf("SC_CLK_TCK")


def prepare(folder: Path, form: Form, phones: int) -> list[devices.Enrolled]:
    """Makes the folder with one area, one interviewer, the form, and so many phones."""
    store = Store.open(folder)

    def job(db: sqlite3.Connection) -> list[devices.Enrolled]:
        areas.load(db, [Area("X", "", "Xã", "commune"), Area(AREA, "X", "Thôn 1", "hamlet", "rural")])
        forms.publish(db, form, _START_MS)
        db.execute(
            "INSERT INTO user (id, name, role, area, created_at) VALUES (?, ?, 'interviewer', ?, ?)",
            (AUTHOR, "Ka Hân", AREA, _START_MS),
        )
        epochs.begin(db, _START_MS)
        return [_phone(db, number) for number in range(phones)]

    enrolled = store.write(job)
    store.close()
    return enrolled


def _phone(db: sqlite3.Connection, number: int) -> devices.Enrolled:
    code, _ = devices.invite(db, [AREA], [AUTHOR], "system", _START_MS)
    enrolled = devices.enrol(db, code, f"phone{number:03d}", "A03", _START_MS)
    assert not isinstance(enrolled, str), enrolled
    return enrolled


def cpu_s(pid: int) -> float:
    """Processor time of a process and its threads so far, seconds (proc(5), utime + stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def family_cpu_s(pid: int) -> float:
    """The same, of a process and all that live and descend from it."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        member = int(each.parent.name)
        children.setdefault(int(fields[1]), []).append(member)
        used[member] = (int(fields[11]) + int(fields[12])) / _TICKS
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return sum(used.get(member, 0.0) for member in family)


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM (proc(5), VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def disk_bytes(folder: Path) -> int:
    """All files of the folder, after what is in the write-ahead log was moved into the database."""
    database = sqlite3.connect(folder / "thon.db")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
