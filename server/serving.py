"""Runs the server process."""

from __future__ import annotations

import uvicorn

from server.app import build_app
from server.config import Config
from server.store import Store


def serve(config: Config, store: Store) -> None:
    """Serves until it is told to stop."""
    uvicorn.run(
        build_app(config, store),
        host=config.host,
        port=config.port,
        ssl_certfile=str(config.tls_cert) if config.tls_cert else None,
        ssl_keyfile=str(config.tls_key) if config.tls_key else None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # The address of a client is worked out where it is used, and only behind a proxy that is trusted.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
