"""What a server is told at its start."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`public_url`: where phones reach the server, without a trailing slash, '' if they cannot yet.
    `has_tls`: this process speaks HTTPS itself. `trust_proxy`: the address of a client is what the reverse
    proxy says."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trust_proxy: bool = False
    title: str = "Thôn"
    time_zone: str = "Asia/Ho_Chi_Minh"
    client_dir: Path = Path(__file__).parent / "client"

    @property
    def has_https(self) -> bool:
        return self.tls_cert is not None or self.public_url.startswith("https://")

    @property
    def address(self) -> str:
        """What links begin with."""
        scheme = "https" if self.tls_cert else "http"
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::", "localhost") else self.host  # noqa: S104
        return self.public_url or f"{scheme}://{host}:{self.port}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000
