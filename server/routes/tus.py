"""Larger files in pieces, by tus 1.0 (https://tus.io/protocols/resumable-upload, core and creation): where
the line broke, a phone goes on from there."""

from __future__ import annotations

import base64
from typing import Any

from anyio import to_thread
from litestar import MediaType, Response, head, patch, post
from litestar.params import FromPath

from server.routes.access import AnyRequest, by_known, require_sender, store_of
from server.routes.errors import WireProblem
from server.routes.files import LARGEST_FILE, OTHER_CONTENT, check_name, note_kept
from server.store import Store, begun_files, erasures, files

_VERSION = "1.0.0"
_TUS = {"Tus-Resumable": _VERSION}
_PIECE = "application/offset+octet-stream"
# Bytes that wait before they are written.
_MOST_WAITING = 1 << 18
_LONGEST_TYPE = 100


@post("/api/tus", guards=[by_known], status_code=201)
async def begin_upload(request: AnyRequest) -> Response[None]:
    """Answers where the file is to be sent and how much of it is here already. `Upload-Metadata`: `sha256`
    and `type`. Safe to repeat."""
    _require_tus(request)
    said = _metadata(request.headers.get("upload-metadata", ""))
    sha256, media_type = said.get("sha256", ""), said.get("type", "")[:_LONGEST_TYPE]
    check_name(sha256)
    size = _number(request, "upload-length")
    if size > LARGEST_FILE:
        raise WireProblem(413, "too_large", "Files are at most 10 MiB.")
    device, store = require_sender(request).device, store_of(request)

    def begin() -> int:
        with store.reading() as db:
            is_known = files.uploaded_by(db, sha256, [device])
        if is_known and files.path_of(store.files_dir, sha256).exists():
            # The answer to its last piece was lost.
            return size
        here = begun_files.begin(store.files_dir, sha256, size, device)
        # Asked only now: what is erased from here on takes it along.
        with store.reading() as db:
            is_refused = erasures.refuses_file(db, sha256)
        if is_refused:
            # Nobody wants it any more: it need not come.
            begun_files.remove(store.files_dir, sha256)
            return size
        # A kill between the last piece and its answer.
        if here < size or _keep(store, sha256, size, media_type, device):
            return here
        return begun_files.begin(store.files_dir, sha256, size, device)

    here = await to_thread.run_sync(begin)
    kind = base64.urlsafe_b64encode(media_type.encode("utf-8", "replace")).decode().rstrip("=")
    place = {"Location": f"/api/tus/{sha256}/{size}/{kind or '-'}", "Upload-Offset": str(here)}
    return _nothing(201, place)


@head("/api/tus/{sha256:str}/{size:int}/{kind:str}", guards=[by_known])
async def look_at_upload(
    request: AnyRequest, sha256: FromPath[str], size: FromPath[int], kind: FromPath[str]
) -> Response[None]:
    """How much of the file is here."""
    _require_tus(request)
    _check_place(sha256, size)
    path = begun_files.path_of(store_of(request).files_dir, sha256, size, require_sender(request).device)
    here = {"Upload-Offset": str(_begun(begun_files.offset(path))), "Upload-Length": str(size)}
    return _nothing(200, here)


@patch(
    "/api/tus/{sha256:str}/{size:int}/{kind:str}",
    guards=[by_known],
    status_code=204,
    request_max_body_size=LARGEST_FILE + 1,
)
async def go_on(
    request: AnyRequest, sha256: FromPath[str], size: FromPath[int], kind: FromPath[str]
) -> Response[None]:
    """Takes the next piece; of one that is cut off, what came of it stays. With the last one the file must
    have its hash."""
    _require_tus(request)
    _check_place(sha256, size)
    if request.headers.get("content-type") != _PIECE:
        raise WireProblem(415, "bad_request", f"A piece of a file is sent as {_PIECE}.")
    device, store = require_sender(request).device, store_of(request)
    path = begun_files.path_of(store.files_dir, sha256, size, device)
    position = _begun(begun_files.offset(path))
    if _number(request, "upload-offset") != position:
        raise WireProblem(409, "bad_offset", f"{position} bytes of this file are here: go on from there.")
    position = await _written(request, path, position, size)
    if position == size and not await to_thread.run_sync(_keep, store, sha256, size, _type_of(kind), device):
        raise WireProblem(400, "bad_hash", OTHER_CONTENT)
    return _nothing(204, {"Upload-Offset": str(position)})


def _check_place(sha256: str, size: int) -> None:
    check_name(sha256)
    if not 0 <= size <= LARGEST_FILE:
        _begun(None)


def _keep(store: Store, sha256: str, size: int, media_type: str, device: str) -> bool:
    path = begun_files.path_of(store.files_dir, sha256, size, device)
    try:
        if not begun_files.finish(store.files_dir, path, sha256):
            return False
    except FileNotFoundError:
        with store.reading() as db:
            _begun(size if files.uploaded_by(db, sha256, [device]) else None)
        return True
    note_kept(store, sha256, size, media_type or "application/octet-stream", device)
    return True


async def _written(request: AnyRequest, path: Any, position: int, size: int) -> int:
    """Where the file ends after this piece."""
    waiting = bytearray()

    async def write() -> None:
        nonlocal position
        content = bytes(waiting)
        waiting.clear()
        await to_thread.run_sync(begun_files.write, path, position, content)
        position += len(content)

    try:
        async for chunk in request.stream():
            if position + len(waiting) + len(chunk) > size:
                raise WireProblem(413, "too_large", "This is more than the file was said to have.")
            waiting += chunk
            if len(waiting) >= _MOST_WAITING:
                await write()
    finally:
        # Also where the line breaks: it need not come again.
        await write()
    return position


def _nothing(status: int, headers: dict[str, str]) -> Response[None]:
    return Response(None, status_code=status, headers=_TUS | headers, media_type=MediaType.JSON)


def _require_tus(request: AnyRequest) -> None:
    if request.headers.get("tus-resumable") != _VERSION:
        raise WireProblem(412, "bad_request", f"Say Tus-Resumable: {_VERSION}.")


def _number(request: AnyRequest, name: str) -> int:
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        raise WireProblem(400, "bad_request", f"{name} must be a number of bytes.")
    return int(said)


def _begun(here: int | None) -> int:
    if here is None:
        raise WireProblem(404, "not_found", "Nothing of this file is here: begin it again.")
    return here


def _metadata(said: str) -> dict[str, str]:
    """Names, each with a value in base64, between commas."""
    parts = (part.strip().partition(" ") for part in said.split(","))
    try:
        return {name: base64.b64decode(value).decode() for name, _, value in parts}
    except ValueError:
        raise WireProblem(400, "bad_request", "Upload-Metadata is names with values in base64.") from None


def _type_of(kind: str) -> str:
    try:
        return base64.urlsafe_b64decode(kind + "=" * (-len(kind) % 4)).decode()[:_LONGEST_TYPE]
    except ValueError:
        return ""


TUS_ROUTES: list[Any] = [begin_upload, look_at_upload, go_on]
