"""Law 19 with real processes: however a server is put back, it gets back all that phones hold."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.wire import PullAnswer, PushAnswer
from server.config import now_ms
from server.intake import Offered
from server.pulling import EpochChanged
from server.store import DATABASE_NAME, Store, put_back
from tests.phone_model import LostAnswer, PhoneModel, Pushed, UnknownToken
from tests.running import RunningServer, running_server, thon
from tests.village import Village

HOUSES = [f"house-{number}" for number in range(3)]


class HttpWire:
    """What the phones' model says, to a real server. `tokens`: by device."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url, self.tokens = url, tokens
        self.renewed = 0

    def push(self, device: str, last: tuple[str, int] | None, offered: list[Offered]) -> Pushed:
        changes = [
            {"body": each.body.decode(), "receipt": msgspec.to_builtins(each.receipt)}
            if each.receipt
            else each.body.decode()
            for each in offered
        ]
        message: dict[str, Any] = {"changes": changes}
        if last:
            message["last"] = {"epoch": last[0], "pos": last[1]}
        answer = msgspec.convert(self.ask("/api/push", device, message), PushAnswer)
        return Pushed(answer.server, answer.results, answer.max_seq)

    def pull(
        self, device: str, last: tuple[str, int] | None, cursor: str, limit: int, former: str
    ) -> PullAnswer:
        query = {"cursor": cursor, "limit": str(limit), "former": former}
        query |= {"last": f"{last[0]}:{last[1]}"} if last else {}
        return msgspec.convert(self.ask(f"/api/pull?{urllib.parse.urlencode(query)}", device), PullAnswer)

    def renew(self, device: str) -> str:
        self.renewed += 1
        new = f"{device.partition('-new')[0]}-new{self.renewed}"
        self.tokens[new] = str(self.ask("/api/device", device, {"device": new})["token"])
        return new

    def wall(self) -> int:
        return now_ms()

    def enrol(self, code: str, device: str) -> None:
        self.tokens[device] = str(self.ask("/api/enrol", "", {"code": code, "device": device})["token"])

    def ask(self, path: str, device: str, message: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if device:
            headers["Authorization"] = f"Bearer {self.tokens[device]}"
        data = None if message is None else json.dumps(message).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, data, headers), timeout=30
            ) as got:
                return json.load(got)
        except urllib.error.HTTPError as error:
            told = json.load(error)
            if told["problem"] == "epoch_changed":
                raise EpochChanged from None
            if error.code == 401:
                raise UnknownToken from None
            raise LostAnswer from None


class Commune:
    """A served folder, two phones, and copies of the folder."""

    def __init__(self, folder: Path, server: RunningServer, village: Village, tokens: dict[str, str]) -> None:
        self.folder, self.data, self.server = folder, folder / "data", server
        self.wire = HttpWire(server.url, tokens)
        self.han = village.han
        self.phones = [PhoneModel(self.wire, name, village.han) for name in tokens]

    def write(self, *names: str, phone: int = 0) -> None:
        for name in names:
            house = HOUSES[len(name) % len(HOUSES)]
            self.phones[phone].write(house, "house", {"@area": "C1", "head": name})

    def sync(self) -> None:
        for phone in self.phones * 2:
            phone.sync(3, 3)

    def copy(self) -> Path:
        """As the files are, while the server has them open."""
        target = self.folder / f"copy-{time.monotonic_ns()}"
        shutil.copytree(self.data, target)
        return target

    def held(self) -> set[str]:
        return {name for phone in self.phones for name in phone.kept}

    def converged(self, held: set[str]) -> None:
        """All that any phone held is there, and everybody has it."""
        self.sync()
        self.server.stop()
        store = Store.open(self.data)
        with store.reading() as db:
            logged = {row[0] for row in db.execute("SELECT id FROM log")}
            assert db.execute("SELECT count(*) FROM hold WHERE state = 'held'").fetchone()[0] == 0
        store.close()
        assert held <= logged
        for phone in self.phones:
            assert {name for name, kept in phone.kept.items() if kept.state == "confirmed"} == logged
        assert ": 0 differences." in thon(self.data, "verify")


@pytest.fixture
def commune(tmp_path: Path) -> Iterator[Commune]:
    village = Village(tmp_path / "data")
    tokens = {name: village.phone(name, "C1", village.han).token for name in ("phone-1", "phone-2")}
    village.store.close()
    with running_server(tmp_path / "data") as server:
        yield Commune(tmp_path, server, village, tokens)


def replace_all(commune: Commune, copy: Path) -> None:
    commune.server.kill()
    shutil.rmtree(commune.data)
    shutil.copytree(copy, commune.data)
    commune.server.start()


def replace_files(commune: Commune, copy: Path) -> None:
    """Database and write-ahead log, as somebody does by hand; what else is there stays."""
    commune.server.kill()
    for suffix in ("", "-wal", "-shm"):
        (commune.data / (DATABASE_NAME + suffix)).unlink(missing_ok=True)
        if (copy / (DATABASE_NAME + suffix)).exists():
            shutil.copy(copy / (DATABASE_NAME + suffix), commune.data)
    commune.server.start()


def replace_while_it_runs(commune: Commune, copy: Path) -> None:
    """Under the server's feet: what it answers from then on goes nowhere, until it is started again."""
    commune.data.rename(commune.folder / "away")
    shutil.copytree(copy, commune.data)
    commune.write("written into the void")
    commune.sync()
    commune.server.restart()


def restore(commune: Commune, copy: Path) -> None:
    commune.server.stop()
    printed = thon(commune.data, "restore", str(commune.folder / "backup.tar"))
    assert "Restored" in printed
    commune.server.start()


MEANS: list[Callable[[Commune, Path], None]] = [replace_files, replace_while_it_runs, restore]


@pytest.mark.parametrize("put_it_back", MEANS, ids=lambda means: means.__name__)
def test_law_19_whatever_way_a_server_is_put_back_all_converge(
    commune: Commune, put_it_back: Callable[[Commune, Path], None]
) -> None:
    commune.write("a", "bb")
    commune.sync()
    thon(commune.data, "backup", str(commune.folder / "backup.tar"))
    copy = commune.copy()
    commune.write("ccc", "dddd", phone=1)
    commune.sync()
    commune.write("eeeee")
    held = commune.held()
    put_it_back(commune, copy)
    commune.converged(held | commune.held())
    store = Store.open(commune.data)
    with store.reading() as db:
        (told,) = put_back.unread(db, "anybody")
        came = sum(each.changes for each in put_back.records(db, told.number, ["C1"]))
    store.close()
    assert came >= 2


def test_law_19_a_phone_that_the_older_state_does_not_know_enrols_again_and_loses_nothing(
    commune: Commune,
) -> None:
    commune.write("a")
    commune.sync()
    copy = commune.copy()
    invite = ("device", "invite", "--area", "C1", "--user", commune.han, "--json")
    commune.wire.enrol(json.loads(thon(commune.data, *invite))["code"], "phone-3")
    third = PhoneModel(commune.wire, "phone-3", commune.han)
    commune.phones.append(third)
    commune.write("bb", phone=2)
    commune.sync()
    commune.write("ccc", phone=2)
    held = commune.held()
    replace_all(commune, copy)
    with pytest.raises(UnknownToken):
        third.push(3)
    commune.wire.enrol(json.loads(thon(commune.data, *invite))["code"], "phone-3")
    commune.converged(held)


def test_law_20_a_copied_phone_takes_a_new_id_and_a_server_put_back_before_that_still_gets_all(
    commune: Commune,
) -> None:
    commune.write("a")
    commune.sync()
    copy = commune.copy()
    twin = commune.phones[0].copied()
    commune.phones.append(twin)
    commune.write("bb", "bbb")
    commune.write("cccc", phone=2)
    commune.sync()
    assert commune.wire.renewed == 1 and twin.device != commune.phones[0].device
    commune.write("ddddd", phone=2)
    held = commune.held()
    replace_all(commune, copy)
    with pytest.raises(UnknownToken):
        twin.push(3)
    # The token that it had before is still good, and gives it the same id and token again.
    answer = commune.wire.ask("/api/device", "phone-1", {"device": twin.token})
    assert answer["token"] == commune.wire.tokens[twin.token]
    commune.converged(held)
