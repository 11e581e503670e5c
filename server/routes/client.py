"""The built phone app and desk, served as files."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import HttpMethod, MediaType, Response, route
from litestar.params import FromPath

from server.routes.access import AnyRequest, config_of
from server.routes.errors import problem_response

_NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Thôn</title><h1>Thôn</h1>"
    "<p>The server runs, but the phone app and the desk are not built. Run <code>make demo</code>, or "
    "install the package with <code>pip install .</code>.</p>"
)
_READING = [HttpMethod.GET, HttpMethod.HEAD]
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/wasm", ".wasm")


@route("/", http_method=_READING, include_in_schema=False, sync_to_thread=False)
def phone_page(request: AnyRequest) -> Response[Any]:
    """The phone app."""
    return _page(request, config_of(request).client_dir / "index.html")


@route("/{path:path}", http_method=_READING, include_in_schema=False, sync_to_thread=False)
def client_file(request: AnyRequest, path: FromPath[str]) -> Response[Any]:
    """`/enrol` is the phone app too, `/desk/` and below the desk. Hashed assets never change, pages are
    asked for again every time."""
    name = path.strip("/")
    if name == "api" or name.startswith("api/"):
        return problem_response(404, "not_found", "There is no such address.")
    folder = config_of(request).client_dir
    if name == "enrol":
        return _page(request, folder / "index.html")
    if name == "desk" or name.startswith("desk/"):
        return _page(request, folder / "desk" / "index.html")
    file = _file_in(folder, name)
    if file is None:
        return problem_response(404, "not_found", "There is no such address.")
    is_hashed = name.startswith("assets/")
    return _answer(request, file, "public, max-age=31536000, immutable" if is_hashed else "no-cache")


def _file_in(folder: Path, name: str) -> Path | None:
    try:
        file = (folder / name).resolve()
        is_ours = file.is_relative_to(folder.resolve()) and not any(
            part.startswith(".") for part in Path(name).parts
        )
        return file if is_ours and file.is_file() else None
    except (OSError, ValueError):
        # No file has such a name: it is too long, or has a NUL in it.
        return None


def _page(request: AnyRequest, file: Path) -> Response[Any]:
    if not file.is_file():
        return Response(_NOT_BUILT, status_code=503, media_type=MediaType.HTML)
    return _answer(request, file, "no-cache")


def _answer(request: AnyRequest, file: Path, caching: str) -> Response[Any]:
    content, tag = _content(file, file.stat().st_mtime_ns)
    headers = {"Cache-Control": caching, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(content, media_type=media_type, headers=headers)


@lru_cache(maxsize=256)
def _content(file: Path, _changed_at: int) -> tuple[bytes, str]:
    content = file.read_bytes()
    return content, f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'


CLIENT_ROUTES: list[Any] = [phone_page, client_file]
