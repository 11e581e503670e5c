"""What the desk asks for."""

from __future__ import annotations

from typing import Any

DESK_ROUTES: list[Any] = []
