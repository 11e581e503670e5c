"""Tries per minute where secrets could be guessed."""

from __future__ import annotations

import threading
from collections import deque

from server.routes.access import Connection, config_of
from server.routes.errors import WireProblem

TRIES_A_MINUTE = 10
_MINUTE_MS = 60_000
_MOST_CLIENTS = 10_000


class RateLimit:
    """At most `TRIES_A_MINUTE` tries in any minute from one address."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[int]] = {}
        self._lock = threading.Lock()

    def admits(self, who: str, now_ms: int) -> bool:
        with self._lock:
            if len(self._tries) > _MOST_CLIENTS:
                self._tries = {
                    key: tries for key, tries in self._tries.items() if tries[-1] > now_ms - _MINUTE_MS
                }
            tries = self._tries.setdefault(who, deque(maxlen=TRIES_A_MINUTE))
            if len(tries) == TRIES_A_MINUTE and tries[0] > now_ms - _MINUTE_MS:
                return False
            tries.append(now_ms)
            return True

    def forgive(self, who: str) -> None:
        """Takes the newest try back: it was no guess."""
        with self._lock:
            if self._tries.get(who):
                self._tries[who].pop()
                if not self._tries[who]:
                    del self._tries[who]


def forgive_try(connection: Connection, purpose: str) -> None:
    """Twenty phones are enrolled in one morning behind one router: only what failed counts."""
    limit: RateLimit = connection.app.state.rate_limit
    limit.forgive(f"{purpose}|{client_address(connection)}")


def require_rate(connection: Connection, purpose: str, now_ms: int, who: str = "") -> None:
    """429 after ten tries a minute from one address, or at one name."""
    limit: RateLimit = connection.app.state.rate_limit
    keys = [f"{purpose}|{client_address(connection)}"] + ([f"{purpose}|name|{who}"] if who else [])
    if not all([limit.admits(key, now_ms) for key in keys]):
        raise WireProblem(429, "too_many_tries", "Too many tries: wait a minute and try again.")


def client_address(connection: Connection) -> str:
    """The peer, or what the reverse proxy in front says, where it is trusted."""
    if config_of(connection).trust_proxy:
        forwarded = connection.headers.get("x-forwarded-for", "")
        if forwarded:
            # The last entry is the one that our own proxy wrote; those before it anyone can claim.
            return forwarded.rsplit(",", 1)[-1].strip()
    return connection.client.host if connection.client else ""
