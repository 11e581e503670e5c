"""Exports for signed-in users."""

from __future__ import annotations

from typing import Any

EXPORT_ROUTES: list[Any] = []
