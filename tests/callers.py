"""Phones that speak HTTP to the application, over a real SQLite file."""

from __future__ import annotations

from typing import Any

from litestar.testing import TestClient

from tests.village import Phone


class Caller:
    """One phone that speaks HTTP."""

    def __init__(self, client: TestClient[Any], phone: Phone) -> None:
        self.client = client
        self.phone = phone
        self.headers = {"Authorization": f"Bearer {phone.token}"}
        self.cursor = ""

    def push(self, *bodies: bytes | str, **message: Any) -> Any:
        changes = [body.decode() if isinstance(body, bytes) else body for body in bodies]
        answer = self.client.post("/api/push", json={"changes": changes, **message}, headers=self.headers)
        return answer.json()

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(path, params=params, headers=self.headers)

    def pull(self, limit: int = 1000) -> dict[str, list[Any]]:
        """Every page from the cursor on, joined."""
        joined: dict[str, list[Any]] = {}
        while True:
            page = self.get("/api/pull", cursor=self.cursor, limit=limit).json()
            assert "changes" in page, page
            for name in ("changes", "carried", "forget", "erased", "released", "discarded"):
                joined.setdefault(name, []).extend(page[name])
            self.cursor = page["cursor"]
            if not page["more"]:
                return joined
