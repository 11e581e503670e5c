"""Pages of a pull end by weight too: a phone on a thin line gets what it can take in one answer."""

from __future__ import annotations

from typing import Any

from litestar.testing import TestClient

from schemas.change import change_id
from tests.callers import Caller
from tests.village import Village


def test_heavy_changes_come_in_several_pages_each_once(village: Village, client: TestClient[Any]) -> None:
    writer = village.phone("phone-1", "C1", village.han)
    desk = village.desk(village.supervisor, "C")
    bodies = [writer.body(f"r{n % 2}", {"head": f"{n:03}" * 70_000, "@area": "C1"}) for n in range(50)]
    for body in bodies:
        assert writer.push(body)[0].result == "stored"
    for reader, has_moved in (("phone-2", False), ("phone-3", True)):
        if has_moved:
            # The whole history of both records enters the scope at once.
            caller = Caller(client, village.phone(reader, "C2", village.lan))
            assert caller.pull()["changes"] == []
            seen = [change_id(body) for body in bodies]
            moves = [desk.body(record, {"@area": "C2"}, seen=seen) for record in ("r0", "r1")]
            assert [result.result for result in desk.push(*moves)] == ["stored", "stored"]
        else:
            caller, moves = Caller(client, village.phone(reader, "C1", village.han)), []
        got: list[str] = []
        more = True
        while more:
            page = caller.get("/api/pull", cursor=caller.cursor, limit=1000).json()
            weights = [len(change["body"]) for change in page["changes"]]
            assert sum(weights[:-2]) < 4 << 20 and weights
            got += [change["id"] for change in page["changes"]]
            caller.cursor, more = page["cursor"], page["more"]
        assert sorted(got) == sorted(change_id(body) for body in [*bodies, *moves])
