"""The laws of sync that no test holds yet: number to what is missing. `make test` prints it."""

from __future__ import annotations

LAWS = range(1, 25)

NOT_YET: dict[int, str] = {
    15: "kill -9 of the server at any instant, from inside a running push",
    16: "kill -9 of the browser at any instant",
    17: "cursors of devices whose areas change, with releases of holds",
    18: "a bound on requests until every outbox is empty",
    19: "servers put back to any earlier state, by any means",
    20: "two phones that continue from one copied store",
    21: "records that leave the areas of a device with unsent changes",
}
