"""Waiting for what another thread or process does, bounded: what never comes fails instead of hanging."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], within_s: float = 120) -> None:
    """Returns once `holds`. Raises where it does not come to hold."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"it did not come within {within_s} s"
        time.sleep(0.002)
