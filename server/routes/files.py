"""Photos and other files, named by their SHA-256."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from anyio import to_thread
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.response import File

from schemas.wire import FileNames
from server import erasing, pulling
from server.config import now_ms
from server.routes.access import (
    DECIDERS,
    AnyRequest,
    DeviceAccess,
    by_anyone,
    by_known,
    require_anyone,
    require_sender,
    store_of,
)
from server.routes.bodies import BODY
from server.routes.errors import WireProblem
from server.store import Store, files, pulls, stays

LARGEST_FILE = 10 << 20
MOST_NAMES = 1000
OTHER_CONTENT = "The content does not have this hash: send it again."
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN_TYPES = ("image/jpeg", "image/png", "image/webp", "audio/mpeg", "audio/ogg", "audio/mp4", "video/mp4")


@put("/api/files/{sha256:str}", guards=[by_known], status_code=201, request_max_body_size=LARGEST_FILE + 1)
async def put_file(request: AnyRequest, sha256: FromPath[str]) -> Response[dict[str, str]]:
    """Takes a file, of a revoked phone too; its content must have this hash."""
    check_name(sha256)
    device, store = require_sender(request).device, store_of(request)
    media_type = request.headers.get("content-type", "application/octet-stream")[:100]
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise WireProblem(413, "too_large", "Files are at most 10 MiB.")

    def keep() -> bool:
        if not files.keep(store.files_dir, sha256, bytes(content)):
            return False
        note_kept(store, sha256, len(content), media_type, device)
        return True

    if not await to_thread.run_sync(keep):
        raise WireProblem(400, "bad_hash", OTHER_CONTENT)
    return Response({"sha256": sha256}, status_code=201)


def note_kept(store: Store, sha256: str, size: int, media_type: str, device: str) -> None:
    """What follows once a file has its name."""
    store.write(lambda db: files.note(db, sha256, size, media_type, device=device, now_ms=now_ms()))
    erasing.settle(store)


@post(
    "/api/files/missing",
    guards=[by_known],
    status_code=200,
    sync_to_thread=True,
    opt={BODY: msgspec.json.Decoder(FileNames).decode},
)
def missing_files(request: AnyRequest, data: JSONBody[FileNames]) -> FileNames:
    """Which of these are not here for who asks: those are still to be put. A server that was put back may
    have lost what it once confirmed, and the line is too thin to send what it has."""
    if len(data.files) > MOST_NAMES:
        raise WireProblem(413, "too_large", f"More than {MOST_NAMES} files: ask in halves.")
    access, store = require_anyone(request), store_of(request)
    for name in data.files:
        check_name(name)
    return FileNames([name for name in data.files if not _is_here(store, access, name)])


@get("/api/files/{sha256:str}", guards=[by_anyone], sync_to_thread=True)
def get_file(request: AnyRequest, sha256: FromPath[str]) -> File:
    """The file, for who may read a record that names it, or put it here."""
    check_name(sha256)
    access, store = require_anyone(request), store_of(request)
    with store.reading() as db:
        media_type = files.media_type_of(db, sha256)
    if media_type is None or not _is_here(store, access, sha256):
        raise WireProblem(404, "not_found", "There is no such file within your areas.")
    # What the browser would run or lay out is only ever handed over as a download.
    is_shown = media_type in _SHOWN_TYPES
    return File(
        files.path_of(store.files_dir, sha256),
        filename=sha256,
        media_type=media_type if is_shown else "application/octet-stream",
        content_disposition_type="inline" if is_shown else "attachment",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


def _is_here(store: Store, access: Any, sha256: str) -> bool:
    return files.path_of(store.files_dir, sha256).exists() and _may_read(store, access, sha256)


def _may_read(store: Store, access: Any, sha256: str) -> bool:
    with store.reading() as db:
        using = files.records_using(db, sha256)
        if isinstance(access, DeviceAccess):
            given = pulling.entitlement(db, access.device)
            if files.uploaded_by(db, sha256, given.devices):
                return True
            return any(pulls.is_given_whole(db, given, record) for record in using)
        if access.role not in DECIDERS:
            return False
        scope = set(access.areas)
        return files.uploaded_by(db, sha256, [access.device]) or any(
            stays.areas_of(db, record) & scope for record in using
        )


def check_name(sha256: str) -> None:
    if not _SHA256.fullmatch(sha256):
        raise WireProblem(400, "bad_hash", "A file is named by its SHA-256: 64 small hexadecimal digits.")


FILE_ROUTES: list[Any] = [put_file, missing_files, get_file]
