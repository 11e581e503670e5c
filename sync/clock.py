"""The clock of a change. It orders concurrent writes and decides nothing else."""

from __future__ import annotations

from collections.abc import Iterable


def next_at(seen_ats: Iterable[int], wall: int) -> int:
    """`at` of a new change: the wall clock, or 1 ms after the latest change its author had been shown.

    `seen_ats`: of each the receipt's `at` where there is one. Milliseconds since 1970.
    """
    return max(wall, 1 + max(seen_ats, default=wall - 1))
