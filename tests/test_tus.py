"""Photos and films over a line that breaks: what has come stays, and only the rest is sent."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.routes.files import LARGEST_FILE
from tests.running import RunningServer, running_server
from tests.village import Phone, Village
from tests.waiting import until

FILM = random.Random(4).randbytes(700_000)
NAME = hashlib.sha256(FILM).hexdigest()
TUS = {"Tus-Resumable": "1.0.0"}


class Sender:
    def __init__(self, server: RunningServer, phone: Phone) -> None:
        self.server = server
        self.token = {"Authorization": f"Bearer {phone.token}"}
        self.client = httpx.Client(base_url=server.url, headers=self.token | TUS, timeout=60)

    def ask(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
        return self.client.request(method, path, content=content, headers=named)

    def begin(self, content: bytes = FILM, name: str = NAME, kind: str = "video/mp4") -> httpx.Response:
        said = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in (("sha256", name), ("type", kind))
        )
        return self.ask("POST", "/api/tus", Upload_Length=str(len(content)), Upload_Metadata=said)

    def piece(self, place: str, offset: int, content: bytes) -> httpx.Response:
        return self.ask(
            "PATCH", place, content, Upload_Offset=str(offset), Content_Type="application/offset+octet-stream"
        )

    def cut_off(self, place: str, offset: int, content: bytes, after: int) -> None:
        """Announces the whole piece, and is gone after so many bytes of it."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as line:
            line.sendall(self._announced(place, offset, content) + content[:after])

    def _announced(self, place: str, offset: int, content: bytes) -> bytes:
        lines = [
            f"PATCH {place} HTTP/1.1",
            "Host: x",
            *(f"{name}: {value}" for name, value in (self.token | TUS).items()),
            f"Upload-Offset: {offset}",
            "Content-Type: application/offset+octet-stream",
            f"Content-Length: {len(content)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def held_up(self, place: str, content: bytes, meanwhile: Callable[[], object]) -> bytes:
        """Announces the whole file, and sends its end only after something else was done. The first line of
        the answer."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as line:
            line.sendall(self._announced(place, 0, content) + content[:600_000])
            until(lambda: self.offset(place) > 0)
            meanwhile()
            line.sendall(content[600_000:])
            return line.recv(1 << 16).split(b"\r\n")[0]

    def offset(self, place: str) -> int:
        return int(self.ask("HEAD", place).headers["upload-offset"])


@pytest.fixture(scope="module")
def senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sender, Sender]]:
    data = tmp_path_factory.mktemp("tus") / "data"
    village = Village(data)
    phones = village.phone("phone-1", "C1", village.han), village.phone("phone-2", "C2", village.lan)
    village.store.close()
    with running_server(data) as server:
        yield Sender(server, phones[0]), Sender(server, phones[1])


def settled(sender: Sender, place: str) -> int:
    """How much is here once the server has noticed that the line is gone."""
    seen: list[int] = []
    until(lambda: (len(seen) > 100 and seen[-1] == seen[-100]) or bool(seen.append(sender.offset(place))))
    return seen[-1]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["problem"]


def begun_in(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "files" / "begun").glob("*"))


def test_what_came_before_the_line_broke_or_the_server_died_is_not_sent_again(
    senders: tuple[Sender, Sender],
) -> None:
    han, lan = senders
    place = han.begin().headers["location"]
    said = sent = 0
    # What the server had not read yet when the line broke is lost with it.
    for after in (1, 70_001, *[150_000] * 50):
        if sent > 300_000:
            break
        han.cut_off(place, sent, FILM[sent:], after)
        said, sent = sent + after, settled(han, place)
        assert sent <= said
    assert sent > 300_000
    han.server.restart()
    again = han.begin()
    assert (again.status_code, again.headers["location"], again.headers["upload-offset"]) == (
        201,
        place,
        str(sent),
    )
    assert lan.begin().headers["upload-offset"] == "0", "another phone has sent nothing of it"
    assert han.ask("GET", f"/api/files/{NAME}").status_code == 404
    first, last = FILM[sent : sent + 100_000], FILM[sent + 100_000 :]
    assert han.piece(place, sent, first).headers["upload-offset"] == str(sent + 100_000)
    assert refusal(han.piece(place, sent, first)) == (409, "bad_offset")
    assert refusal(han.piece(place, sent + 100_000, last + b"!")) == (413, "too_large")
    here = han.offset(place)
    done = han.piece(place, here, FILM[here:])
    assert (done.status_code, done.headers["upload-offset"]) == (204, str(len(FILM)))
    got = han.ask("GET", f"/api/files/{NAME}")
    assert (got.content == FILM, got.headers["content-type"]) == (True, "video/mp4")
    assert lan.ask("GET", f"/api/files/{NAME}").status_code == 404
    assert han.ask("HEAD", place).status_code == 404


def test_the_last_piece_may_come_twice_or_be_the_last_word_of_a_server(
    senders: tuple[Sender, Sender],
) -> None:
    han, _ = senders
    film = FILM[::-1]
    name = hashlib.sha256(film).hexdigest()
    place = han.begin(film, name).headers["location"]
    assert han.piece(place, 0, film[:-5]).status_code == 204
    # As if it had been killed between the last byte and what follows.
    (begun,) = (han.server.data_dir / "files" / "begun").glob(f"{name}.*")
    begun.write_bytes(film)
    assert han.begin(film, name).headers["upload-offset"] == str(len(film))
    assert han.ask("GET", f"/api/files/{name}").content == film
    assert han.begin(film, name).headers["upload-offset"] == str(len(film))
    assert refusal(han.piece(place, len(film) - 5, film[-5:])) == (404, "not_found")


def test_what_is_not_what_it_was_said_to_be_is_not_kept(senders: tuple[Sender, Sender]) -> None:
    han, _ = senders
    name = hashlib.sha256(b"another").hexdigest()
    place = han.begin(b"1234567", name).headers["location"]
    assert refusal(han.piece(place, 0, b"1234567")) == (400, "bad_hash")
    assert han.ask("HEAD", place).status_code == 404
    assert han.begin(b"1234567", name).headers["upload-offset"] == "0"
    assert han.piece(place, 0, b"another").status_code == 204


def test_who_knows_a_name_gets_nothing_of_it_by_sending_something_else(
    senders: tuple[Sender, Sender],
) -> None:
    han, lan = senders
    name = hashlib.sha256(FILM[1:]).hexdigest()
    assert lan.piece(lan.begin(FILM[1:], name).headers["location"], 0, FILM[1:]).status_code == 204
    place = han.begin(FILM[1:], name).headers["location"]

    def give_it_up() -> None:
        for number in range(25):
            content = f"room {number}".encode()
            han.begin(content, hashlib.sha256(content).hexdigest())
        assert han.ask("HEAD", place).status_code == 404

    answer = han.held_up(place, bytes(len(FILM) - 1), give_it_up)
    assert answer == b"HTTP/1.1 404 Not Found"
    assert han.ask("GET", f"/api/files/{name}").status_code == 404


def test_the_same_piece_may_come_twice_at_once(senders: tuple[Sender, Sender]) -> None:
    han, _ = senders
    name = hashlib.sha256(FILM[2:]).hexdigest()
    place = han.begin(FILM[2:], name).headers["location"]

    def be_faster() -> None:
        here = settled(han, place)
        assert han.piece(place, here, FILM[2 + here :]).status_code == 204

    answer = han.held_up(place, FILM[2:], be_faster)
    assert answer == b"HTTP/1.1 204 No Content"
    assert han.ask("GET", f"/api/files/{name}").content == FILM[2:]


@pytest.mark.parametrize("path", ["{size}/%C3%A9", "9" * 300 + "/-"])
def test_an_odd_address_is_no_fault_of_the_server(senders: tuple[Sender, Sender], path: str) -> None:
    han, _ = senders
    name = hashlib.sha256(b"odd").hexdigest()
    han.begin(b"odd", name)
    answer = han.piece(f"/api/tus/{name}/{path.format(size=3)}", 0, b"odd")
    assert answer.status_code in (204, 404)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": "0.2.2"}, 412),
        ({"Upload_Length": "many"}, 400),
        ({"Upload_Length": str(LARGEST_FILE + 1)}, 413),
        ({"Upload_Metadata": "sha256 !!!"}, 400),
        ({"Upload_Metadata": "sha256 é".encode().decode("latin-1")}, 400),
        ({"Upload_Metadata": "name bmhhLmpwZw=="}, 400),
        ({"Upload_Metadata": f"sha256 {base64.b64encode(b'../../thon.db').decode()}"}, 400),
    ],
)
def test_bad_words_are_refused_in_a_sentence(
    senders: tuple[Sender, Sender], headers: dict[str, str], status: int
) -> None:
    han, _ = senders
    good = {"Upload_Length": "5", "Upload_Metadata": f"sha256 {base64.b64encode(NAME.encode()).decode()}"}
    before = begun_in(han.server.data_dir)
    answer = han.ask("POST", "/api/tus", **(good | headers))
    assert (answer.status_code, len(answer.json()["detail"]) > 20) == (status, True)
    assert begun_in(han.server.data_dir) == before


def test_a_phone_can_t_fill_the_disk_with_beginnings(senders: tuple[Sender, Sender]) -> None:
    han, lan = senders
    lan.begin()
    for number in range(25):
        content = str(number).encode()
        place = han.begin(content, hashlib.sha256(content).hexdigest()).headers["location"]
    assert len(begun_in(han.server.data_dir)) <= 21
    assert lan.begin().headers["upload-offset"] == "0"
    assert han.piece(place, 0, content).status_code == 204


def test_what_nobody_went_on_with_for_a_month_goes_also_where_the_server_never_starts_anew(
    senders: tuple[Sender, Sender],
) -> None:
    han, lan = senders
    name = hashlib.sha256(b"old").hexdigest()
    place = lan.begin(b"old", name).headers["location"]
    (begun,) = (han.server.data_dir / "files" / "begun").glob(f"{name}.*")
    os.utime(begun, (1, 1))
    han.begin(b"new", hashlib.sha256(b"new").hexdigest())
    assert lan.ask("HEAD", place).status_code == 404


def test_without_a_token_nothing_is_begun(senders: tuple[Sender, Sender]) -> None:
    han, _ = senders
    answers: list[Any] = [
        httpx.request(method, han.server.url + path, headers=TUS)
        for method, path in (("POST", "/api/tus"), ("PATCH", f"/api/tus/{NAME}/5/-"))
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
