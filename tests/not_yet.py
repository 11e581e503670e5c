"""The laws of sync that no test holds yet: number to what is missing. `make test` prints it."""

from __future__ import annotations

LAWS = range(1, 25)

NOT_YET: dict[int, str] = {}
