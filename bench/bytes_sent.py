"""What goes over a thin line: bytes of pushes and pulls."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bench import running
from bench.ground import Figures, Ground
from bench.interviews import Pen, change_id
from bench.line import Exchange, Line, batches
from bench.running import Server
from schemas.packing import names_of

_CORRECTIONS = 1000
_ALONE = 50


def sizes(ground: Ground) -> Figures:
    """Every figure of bytes, from one server with two phones: one writes, the other pulls."""
    count = 460 if ground.is_quick else 2300
    with ground.folder() as folder:
        writer, reader = ground.prepare(folder / "thon", 2)
        pen = ground.pen(writer.device.id)
        written = list(pen.interviews(count))
        with running.thon(folder / "thon") as server:
            names = names_of(ground.form)
            return _measure(server, (writer.token, reader.token), written, pen, names)


def _measure(
    server: Server, tokens: tuple[str, str], written: list[tuple[str, bytes]], pen: Pen, names: list[str]
) -> Figures:
    writing, reading = Line(server.port, tokens[0]), Line(server.port, tokens[1])
    bodies = [body for _, body in written]
    pushes = [writing.push(batch, names) for batch in batches(bodies, names)]
    pages = [reading.pull()]
    while pages[-1].answer.get("more"):
        pages.append(reading.pull(pages[-1].answer["next"]))
    cursor = pages[-1].answer["next"]
    # Each correction was shown the interview and up to two more changes.
    shown = [
        (record, [change_id(body), *(secrets.token_urlsafe(16) for _ in range(number % 3))])
        for number, (record, body) in enumerate(written[:_CORRECTIONS])
    ]
    corrections = [
        pen.change(record, {"f_rice_exp": 100 + number}, tuple(seen))
        for number, (record, seen) in enumerate(shown)
    ]
    corrected = writing.push(corrections, names)
    pulled = reading.pull(cursor)
    assert len(pulled.answer["packed"]) == len(corrections)
    cursor, server_id = pulled.answer["next"], pulled.answer["server"]
    last = {"epoch": server_id, "pos": pulled.answer["packed"][-1][0]}
    last_text = f"{last['epoch']}:{last['pos']}"
    idle = reading.pull(cursor, last_text)
    alone = writing.push([pen.change(written[0][0], {"f_rice_exp": 7}, tuple(shown[0][1]))], names, last)
    alone_pulled = reading.pull(cursor, last_text)
    cursor = reading.pull(cursor).answer["next"]
    syncs: list[tuple[Exchange, Exchange]] = []
    for _, one in pen.interviews(_ALONE):
        mine = writing.push([one], names, last)
        # As the phone asks: it has its own change, with the receipt, and says so.
        pos = mine.answer["said"][0][0]
        last = {"epoch": server_id, "pos": pos}
        taken = writing.pull(cursor, f"{server_id}:{pos}", have=str(pos))
        assert "packed" not in taken.answer and taken.answer["had"] == [[pos, pos]]
        cursor = taken.answer["next"]
        syncs.append((mine, taken))
    return {
        "bytes_pushed": _row(
            "per interview, batches as the phone makes them",
            sum(p.request_body for p in pushes) / len(bodies),
            750,
        ),
        "bytes_first_pull": _row(
            "per interview, compressed", sum(p.answer_body for p in pages) / len(bodies), 680
        ),
        **_of_corrections(len(corrections), corrected, alone, pulled, alone_pulled),
        **_of_one_sync(syncs),
        **_of_idling(idle),
    }


def _of_corrections(
    count: int, pushed: Exchange, alone: Exchange, pulled: Exchange, alone_pulled: Exchange
) -> Figures:
    push = _row("per one-field change, batch of 1000", pushed.request_body / count, 160)
    pull = _row("per one-field change, page of 1000", pulled.answer_body / count, 160)
    return {
        "bytes_change_push": push | {"alone": alone.request_body},
        "bytes_change_pull": pull | {"alone": alone_pulled.answer_body},
    }


def _of_one_sync(syncs: list[tuple[Exchange, Exchange]]) -> Figures:
    """Interviews are of many sizes: the mean of some."""

    def mean(each: Callable[[Exchange], int]) -> float:
        return sum(each(push) + each(pull) for push, pull in syncs) / len(syncs)

    whole = mean(lambda exchange: exchange.all_bytes)
    row = _row(f"one interview in one sync, all bytes both ways, mean of {_ALONE}", whole, 2200)
    return {
        "bytes_one_sync": row
        | {
            "of_that_request_heads": round(mean(lambda exchange: exchange.request_head)),
            "of_that_request_body": round(mean(lambda exchange: exchange.request_body)),
            "of_that_answer_heads": round(mean(lambda exchange: exchange.answer_head)),
            "of_that_answer_bodies": round(mean(lambda exchange: exchange.answer_body)),
        }
    }


def _of_idling(idle: Exchange) -> Figures:
    line = idle.line + idle.request_body + idle.answer_head + idle.answer_body
    row = _row("sync with nothing to do, without request headers", line, 500)
    return {"bytes_idle": row | {"with_request_headers": idle.all_bytes, "requests": 1}}


def _row(unit: str, figure: float, limit: int) -> dict[str, object]:
    return {"unit": f"bytes, {unit}", "ours": round(figure), "limit": f"<= {limit}", "met": figure <= limit}
