"""A line to a server that counts every byte in both directions: HTTP/1.1 as a browser speaks it."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import brotli
from msgspec import Struct

from schemas.change import change_id
from schemas.packing import Packer

# What Chromium on a phone sends beside what the request itself needs.
_BROWSER = (
    "Connection: keep-alive",
    "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36",
    "Accept: */*",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: vi-VN,vi;q=0.9",
)
# The phone's own rule: below this gzip gains nothing.
_WORTH_COMPRESSING = 1024
# As in outgoing.ts.
_MOST_CHANGES, _MOST_LETTERS = 1000, 500_000


class Exchange(Struct, frozen=True):
    """One request and its answer. Bytes as they went over the line; `line`: the first line of the request."""

    status: int
    answer: Any
    line: int
    request_head: int
    request_body: int
    answer_head: int
    answer_body: int

    @property
    def all_bytes(self) -> int:
        return self.request_head + self.request_body + self.answer_head + self.answer_body


def compressed(message: object) -> tuple[bytes, list[str]]:
    """A body as the phone writes it, and the headers that say so."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = ["Content-Type: application/json"]
    if len(text) < _WORTH_COMPRESSING:
        return text, headers
    return gzip.compress(text, 6, mtime=0), [*headers, "Content-Encoding: gzip"]


def push_message(bodies: list[bytes], names: list[str]) -> dict[str, Any]:
    """A push of these changes, packed by the names of the one form that they answer."""
    packer = Packer(lambda _form, _version: names)
    changes = [packer.pack(body) or body.decode() for body in bodies]
    proof = change_id("".join(map(change_id, bodies)).encode())[:11]
    return {"tables": [table[:4] for table in packer.tables], "changes": changes, "proof": proof}


def batches(bodies: list[bytes], names: list[str]) -> Iterator[list[bytes]]:
    """By the phone's own rule: so many changes, so many letters of what is said."""
    batch: list[bytes] = []
    size = 0
    for body in bodies:
        packed = Packer(lambda _form, _version: names).pack(body)
        size += len(json.dumps(packed, ensure_ascii=False, separators=(",", ":")))
        if batch and (size > _MOST_LETTERS or len(batch) == _MOST_CHANGES):
            yield batch
            batch, size = [], 0
        batch.append(body)
    yield batch


def request_bytes(
    method: str, path: str, token: str, body: bytes = b"", headers: list[str] | None = None
) -> bytes:
    """A whole request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *_BROWSER, f"Authorization: Bearer {token}"]
    lines += headers or []
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line:
    """One connection, kept open."""

    def __init__(self, port: int, token: str) -> None:
        self._token = token
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def push(self, bodies: list[bytes], names: list[str], last: dict[str, Any] | None = None) -> Exchange:
        """One batch, as a phone pushes it that has the form with these names."""
        message = push_message(bodies, names)
        body, headers = compressed(message | {"last": last} if last else message)
        return self._exchange("POST", "/api/push", body, headers)

    def pull(self, cursor: str = "", last: str = "", have: str = "") -> Exchange:
        """The next page, asked for as the phone asks."""
        wanted = {"cursor": cursor, "last": last.replace(":", "%3A"), "have": have, "packed": "1"}
        query = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
        return self._exchange("GET", f"/api/pull?{query}")

    def _exchange(
        self, method: str, path: str, body: bytes = b"", headers: list[str] | None = None
    ) -> Exchange:
        request = request_bytes(method, path, self._token, body, headers)
        status, head, answer = self.send(request)
        data = answer
        if b"content-encoding: br" in head.lower():
            data = brotli.decompress(answer)
        elif b"content-encoding: gzip" in head.lower():
            data = gzip.decompress(answer)
        line = request.index(b"\r\n") + 2
        said = json.loads(data)
        assert status == 200, said
        return Exchange(status, said, line, len(request) - len(body), len(body), len(head), len(answer))

    def send(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Sends a whole request; status, head and body (as they came) of the answer."""
        self._socket.sendall(request)
        head = b""
        length = -1
        while not head.endswith(b"\r\n\r\n"):
            read = self._file.readline()
            if not read:
                raise ConnectionError("the server closed the line")
            head += read
            if read.lower().startswith(b"content-length:"):
                length = int(read.split(b":")[1])
        status = int(head.split(b" ", 2)[1])
        if length >= 0:
            return status, head, self._file.read(length)
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size + 2)[:-2]
        self._file.readline()
        return status, head, body
