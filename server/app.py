"""The server: routes over a store."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from server import erasing, restoring
from server.config import Config, now_ms
from server.erasing_again import UnfinishedError, erase_again, erase_aside
from server.refresh import Refresher
from server.routes.bodies import MOST_INFLATED, WireRequest
from server.routes.client import CLIENT_ROUTES
from server.routes.desk import DESK_ROUTES
from server.routes.enrol import ENROL_ROUTES
from server.routes.errors import WireProblem, answer_bug, answer_http_error, answer_problem
from server.routes.export import EXPORT_ROUTES
from server.routes.files import FILE_ROUTES
from server.routes.forms import FORM_ROUTES
from server.routes.headers import add_headers
from server.routes.openapi import describe_problems, openapi_config
from server.routes.pull import PULL_ROUTES
from server.routes.push import PUSH_ROUTES
from server.routes.rates import RateLimit
from server.routes.records import RECORD_ROUTES
from server.routes.session import SESSION_ROUTES
from server.routes.tus import TUS_ROUTES
from server.store import Store, StoreError, begun_files, epochs, files, forms

_logger = logging.getLogger("thon")
WIRE_ROUTES: list[Any] = [
    *ENROL_ROUTES,
    *PUSH_ROUTES,
    *PULL_ROUTES,
    *FORM_ROUTES,
    *RECORD_ROUTES,
    *FILE_ROUTES,
    *TUS_ROUTES,
    *SESSION_ROUTES,
]


def begin(store: Store, now: int) -> None:
    """What each start does before anything is answered."""
    try:
        erase_again(store, now)
    except UnfinishedError as error:
        # Phones need not wait for that.
        _logger.error(error)
    try:
        # What pushes erased went from this database alone: no phone waits for the others.
        erase_aside(store.data_dir, now)
    except (StoreError, OSError) as error:
        _logger.error("What was erased since may be left in a database kept aside: %s", error)
    store.write(lambda db: epochs.begin(db, now))
    store.write(forms.note_packings)
    files.remove_pieces(store.files_dir)
    restoring.remove_leftovers(store.data_dir)
    begun_files.remove_old(store.files_dir, now / 1000)
    # A kill between an erasure and the removal of its files leaves them on the disk.
    erasing.settle_after_kill(store)


def build_app(config: Config, store: Store) -> Litestar:
    """The ASGI application. Each start of it begins a new epoch."""

    def start(app: Litestar) -> None:
        begin(store, now_ms())
        app.state.refresher = Refresher(store)
        app.state.refresher.wake()

    def stop(app: Litestar) -> None:
        app.state.refresher.close()

    app = Litestar(
        # One router: the app wraps a threaded handler again for each further method registered on its path.
        route_handlers=[
            Router("/", route_handlers=[*WIRE_ROUTES, *DESK_ROUTES, *EXPORT_ROUTES, *CLIENT_ROUTES])
        ],
        request_class=WireRequest,
        request_max_body_size=MOST_INFLATED,
        state=State(
            {"store": store, "config": config, "rate_limit": RateLimit(), "seen_devices": {}}, deep_copy=False
        ),
        on_startup=[start],
        on_shutdown=[stop],
        before_send=[add_headers],
        exception_handlers={
            WireProblem: answer_problem,
            HTTPException: answer_http_error,
            Exception: answer_bug,
        },
        compression_config=CompressionConfig(
            backend="brotli",
            brotli_quality=4,
            gzip_compress_level=6,
            brotli_gzip_fallback=True,
            exclude=["/api/files/", "/api/export"],
        ),
        openapi_config=openapi_config(),
        logging_config=None,
    )
    describe_problems(app.openapi_schema)
    return app
