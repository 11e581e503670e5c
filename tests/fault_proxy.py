"""A bad line between a client and a server, on purpose: a proxy that delays, cuts, loses and repeats.

It understands HTTP just enough to know where a request ends. Each request takes a connection of its own."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

# The names of what can happen to a request.
SLOW = "slow"
THIN = "thin"
REFUSED = "refused"
REQUEST_CUT = "request_cut"
ANSWER_CUT = "answer_cut"
ANSWER_LOST = "answer_lost"
TWICE = "twice"
FAULTS = (SLOW, THIN, REFUSED, REQUEST_CUT, ANSWER_CUT, ANSWER_LOST, TWICE)
EVEN: Mapping[str, float] = dict.fromkeys(FAULTS, 0.06)

_LONGEST_DELAY_S = 0.15
_THIN_BYTES = 2_000
_THIN_PAUSE_S = 0.01


class FaultProxy:
    """`port`: where it listens. `choose`: what happens to a request, by its first line ("POST /api/push …");
    None: nothing. `counts`: what happened so far."""

    def __init__(self, target_port: int, seed: int, rates: Mapping[str, float]) -> None:
        self.target_port = target_port
        self.port = 0
        self.counts: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._rates = dict(rates)
        self.choose: Callable[[str], str | None] = self._by_rates

    def heal(self) -> None:
        """From now on it is an ordinary line."""
        self.choose = lambda _line: None

    def _by_rates(self, _line: str) -> str | None:
        point = self._dice.random()
        for fault, rate in self._rates.items():
            point -= rate
            if point < 0:
                return fault
        return None

    async def serve(self, started: threading.Event) -> None:
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            await server.serve_forever()

    async def _take(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        # A line that breaks is what this is for.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._pass_on(client, back)
        with suppress(OSError):
            back.close()
            await back.wait_closed()

    async def _pass_on(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        request = await _whole_request(client)
        fault = self.choose(request.partition(b"\r\n")[0].decode("latin-1")) or ""
        self.counts[fault or "passed"] += 1
        if fault == REFUSED:
            return
        if fault == SLOW:
            await asyncio.sleep(self._dice.uniform(0, _LONGEST_DELAY_S))
        if fault == REQUEST_CUT:
            await self._ask(request[: self._dice.randrange(len(request))], is_whole=False)
            return
        if fault == TWICE:
            answer = self._dice.choice(await asyncio.gather(self._ask(request), self._ask(request)))
        else:
            answer = await self._ask(request)
        if fault == ANSWER_LOST:
            return
        if fault == ANSWER_CUT:
            answer = answer[: self._dice.randrange(len(answer) or 1)]
        pieces = _THIN_BYTES if fault == THIN else len(answer) or 1
        for start in range(0, len(answer), pieces):
            back.write(answer[start : start + pieces])
            await back.drain()
            await asyncio.sleep(_THIN_PAUSE_S if fault == THIN else 0)

    async def _ask(self, request: bytes, is_whole: bool = True) -> bytes:
        """The server's whole answer. A request that is not whole is cut off: there is none."""
        answer, out = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            out.write(request)
            await out.drain()
            return await answer.read() if is_whole else b""
        finally:
            out.close()


async def _whole_request(client: asyncio.StreamReader) -> bytes:
    """Head and body, asking for the connection to be closed behind the answer."""
    head = await client.readuntil(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
    length = 0
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = await client.readexactly(length)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body


@contextmanager
def fault_proxy(target_port: int, seed: int = 0, rates: Mapping[str, float] = EVEN) -> Iterator[FaultProxy]:
    """Stands in front of the server at `target_port` until the block ends; the server may come and go."""
    proxy = FaultProxy(target_port, seed, rates)
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        with suppress(asyncio.CancelledError):
            await proxy.serve(started)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    running = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(running,), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(running.cancel)
        thread.join(60)
        assert not thread.is_alive(), "a connection did not end"
        loop.close()
