"""Runs the server process."""

from __future__ import annotations

import gc
import signal
import socket
import sys

import uvicorn

from server.app import build_app
from server.config import Config
from server.store import Store

_TURN_S = 0.001
_MADE_BEFORE_A_LOOK = 100_000


def bind(host: str, port: int) -> list[socket.socket]:
    """Takes the port at each address of the host, without listening yet. Raises OSError where another has it:
    before anything of the data is touched."""
    bound: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            taken = socket.socket(family, kind, protocol)
            bound.append(taken)
            if sys.platform != "win32":
                # A server that was just stopped leaves connections behind for a minute.
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken.bind(address)
    except OSError:
        for taken in bound:
            taken.close()
        raise
    return bound


def serve(config: Config, store: Store, bound: list[socket.socket]) -> None:
    """Serves at what `bind` took, until it is told to stop."""
    settings = uvicorn.Config(
        build_app(config, store),
        host=config.host,
        port=config.port,
        ssl_certfile=str(config.tls_cert) if config.tls_cert else None,
        ssl_keyfile=str(config.tls_key) if config.tls_key else None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # The hour is in the answers that need it; a phone on a thin line pays for each byte.
        date_header=False,
        # The address of a client is worked out where it is used, and only behind a proxy that is trusted.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    # What is there from the start is not looked through again for what can go; and a thread that folds views
    # hands over sooner to those that answer.
    gc.freeze()
    # A batch of a thousand changes makes fewer than these, all in use: to look through them frees none.
    gc.set_threshold(_MADE_BEFORE_A_LOOK)
    sys.setswitchinterval(_TURN_S)
    server = uvicorn.Server(settings)
    # uvicorn ends what runs, then sends itself the signal again: that must not end us before the store is
    # closed.
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=bound)
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, former)
    if not server.started:
        raise OSError("the server did not start")
