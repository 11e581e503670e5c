"""A server on a real store that can die at any instant, be put back to any copy, and lose, repeat or delay
what is sent to it."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from schemas.wire import PullAnswer
from server import erasing, pulling
from server.erasing_again import erase_again
from server.intake import Offered, Sender, read_all, take
from server.restoring import restore
from server.routes.errors import WireProblem
from server.routes.push import require_same_epoch
from server.store import DATABASE_NAME, Store, devices, epochs, log
from server.store.backup import write_backup
from tests.machine.answers import Expected
from tests.machine.packed import read_packed, unpacked
from tests.phone_model import LostAnswer, Pushed, Revoked, UnknownToken
from tests.village import NOW

T = TypeVar("T")
# Files in memory where there are such: a kill is a picture of the files, so nothing here needs a slow disk.
FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
FATES = ["arrives", "arrives", "lost before", "lost after", "twice", "killed before commit",
         "killed after commit", "late"]  # fmt: skip
COPIES = ["files", "only the database file", "backup"]


@contextmanager
def seeded_chance(seed: int) -> Iterator[None]:
    """Every id, key and epoch made inside follows from the seed."""
    chance = Random(seed)
    kept = secrets.token_bytes, secrets.choice
    secrets.token_bytes = lambda nbytes=None: chance.randbytes(nbytes or 32)
    secrets.choice = chance.choice
    try:
        yield
    finally:
        secrets.token_bytes, secrets.choice = kept


class MortalStore(Store):
    """`dies`: before or after the next commit; `picture` is then called at that instant."""

    dies = ""
    picture: Callable[[], None]

    def write(self, job: Callable[[Any], T]) -> T:
        return self.submit(job).result()

    def submit(self, job: Callable[[Any], T]) -> Future[T]:
        dies, self.dies = self.dies, ""
        if dies != "before":
            written = super().submit(job)
            if dies:
                written.result()
                self.picture()
            return written

        def watched(db: Any) -> T:
            value = job(db)
            self.picture()
            return value

        return super().submit(watched)


class Server:
    """`clock`: the true time, ms; `skew`: how wrong this server's clock is. `late`: pushes on their way.
    `faults`: how often what happened."""

    def __init__(self, original: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="thon-machine-", dir=FOLDER))
        self.data = self.folder / "data"
        shutil.copytree(original, self.data)
        self.clock, self.skew, self.latest = NOW, 0, NOW
        self.copies = 0
        self.pictures = 0
        self.fate = "arrives"
        self.requests = self.pushes = self.pulls = 0
        self.patience = 10_000
        self.late: list[tuple[str, tuple[str, int] | None, list[Offered]]] = []
        self.faults: Counter[str] = Counter()
        self.on_answer: Callable[[Pushed], None] = lambda answer: None
        self.start()

    def start(self) -> None:
        self.store = MortalStore.open(self.data)
        self.store.picture = self._take_picture
        erase_again(self.store, self.wall())
        self.store.write(lambda db: epochs.begin(db, self.wall()))

    def end(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def wall(self) -> int:
        self.clock += 1000
        self.latest = max(self.latest, self.clock + self.skew)
        return self.clock + self.skew

    def keep_copy(self, how: str) -> int:
        self.copies += 1
        target = self.folder / f"copy-{self.copies}"
        if how == "backup":
            write_backup(self.store, target)
        elif how == "files":
            self._copy_files(target)
        else:
            target.mkdir()
            shutil.copy(self.data / DATABASE_NAME, target)
        return self.copies

    def put_back(self, number: int) -> bool:
        """By `thon restore`, or by hand. Whether what was erased since must stay erased: the list of that was
        not put back too."""
        source = self.folder / f"copy-{number}"
        is_one_file = source.is_dir() and [path.name for path in source.iterdir()] == [DATABASE_NAME]
        self.faults["put back by restore" if source.is_file() else "put back by hand"] += 1
        if source.is_dir() and not is_one_file:
            self._replace(source)
            return False
        self.store.close()
        if is_one_file:
            for path in self.data.glob(f"{DATABASE_NAME}*"):
                path.unlink()
            shutil.copy(source / DATABASE_NAME, self.data)
        else:
            aside = restore(source, self.data, str(self.wall()), self.wall(), lambda done, total: None).aside
            if aside is not None:
                shutil.rmtree(aside)
        self.start()
        return True

    def restart(self) -> None:
        """After kill -9: what the files held at that instant is all there is."""
        self._copy_files(self.folder / "picture")
        self._replace(self.folder / "picture")
        shutil.rmtree(self.folder / "picture")

    def _replace(self, source: Path) -> None:
        self.store.close()
        shutil.rmtree(self.data)
        shutil.copytree(source, self.data)
        self.start()

    def _take_picture(self) -> None:
        self._copy_files(self.folder / "picture")

    def _copy_files(self, target: Path) -> None:
        shutil.copytree(self.data, target, ignore=shutil.ignore_patterns("*-shm"))

    def dying(self, when: str, work: Callable[[], T]) -> None:
        """Does this, and is killed around its first commit."""
        self.store.dies = when
        try:
            work()
        finally:
            self.store.dies = ""
            if (self.folder / "picture").exists():
                self._replace(self.folder / "picture")
                shutil.rmtree(self.folder / "picture")

    def carried_out(self, work: Callable[[], T]) -> T:
        """A request under the fate that waits for it."""
        fate, self.fate = self.fate, "arrives"
        self.requests += 1
        assert self.requests <= self.patience, "law 18: requests without end"
        if fate != "arrives":
            self.faults[fate] += 1
        if fate in ("lost before", "late"):
            raise LostAnswer
        if fate.startswith("killed"):
            self.dying(fate.split()[1], work)
            raise LostAnswer
        answer = work()
        if fate == "lost after":
            raise LostAnswer
        return work() if fate == "twice" else answer

    def push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        if self.fate == "late":
            self.late.append((device, last, offered))
        answer = self.carried_out(lambda: self.take(device, last, offered))
        self.on_answer(answer)
        return answer

    def take(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        kind = self._known(device).kind
        self._require(last)
        self.pushes += 1
        # By turns as a phone of before sends it, and packed with and without what the form says.
        read = read_all(offered)
        if self.pushes % 2 == 0:
            read = read_packed(self.store, offered, has_forms=self.pushes % 4 == 0)
        expected = Expected(self.store, device)
        taken = take(self.store, Sender(device, kind), read, self.wall()).result()
        expected.check(offered, taken.results)
        if taken.has_erased:
            erasing.settle(self.store)
        results = taken.results
        with self.store.reading() as db:
            return Pushed(epochs.newest(db), results, log.max_seq(db, device))

    def pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        return self.carried_out(lambda: self._pull(device, last, cursor, limit, former))

    def renew(self, device: str) -> str:
        old = self._known(device)
        new = f"{device.partition('+')[0]}+{self.wall() - NOW}"
        enrolled = self.store.write(lambda db: devices.renew(db, old.id, new, "", NOW))
        if enrolled == "revoked":
            raise Revoked
        assert not isinstance(enrolled, str)
        return enrolled.device.id

    def _pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        known = self._known(device)
        self._require(last)
        reached = pulling.decode_cursor(cursor) if cursor else None
        assert reached is not None or not cursor
        pulling.require_same_epoch(self.store, reached)
        if known.is_revoked:
            raise Revoked
        before = pulling.decode_cursor(former)
        page = pulling.page(self.store, known, reached, limit, self.wall(), former=before)
        self.pulls += 1
        return unpacked(page) if self.pulls % 2 == 0 else page

    def _known(self, device: str) -> devices.Device:
        with self.store.reading() as db:
            known = devices.get(db, device)
        if known is None:
            raise UnknownToken
        return known

    def _require(self, last: tuple[str, int] | None) -> None:
        if last is None:
            return
        try:
            require_same_epoch(self.store, *last)
        except WireProblem:
            raise pulling.EpochChanged from None
