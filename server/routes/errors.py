"""Every error on the wire is `{"problem": code, "detail": one clear sentence}`."""

from __future__ import annotations

import logging
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from server.store.troubles import Trouble, trouble_of

log = logging.getLogger("thon")

_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many_tries",
}
_TROUBLES: dict[Trouble, tuple[int, str]] = {
    "disk_full": (507, "The disk of the server is full, so nothing was taken: keep it and try again later."),
    "locked": (
        503,
        "Another program holds the server's data, so nothing was taken: keep it and try again later.",
    ),
    "read_only": (503, "The server can't write its data, so nothing was taken: keep it and try again later."),
    "disk_error": (503, "The disk of the server failed, so nothing was taken: keep it and try again later."),
}


class WireProblem(Exception):
    """Raised by a route to answer `status` with a problem code and one sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def answer_problem(request: Request[Any, Any, Any], error: WireProblem) -> Response[dict[str, str]]:
    return problem_response(error.status, error.code, error.detail)


def answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    detail = error.detail
    if isinstance(error, ValidationException):
        detail = _validation_sentence(error)
    return problem_response(error.status_code, _CODES.get(error.status_code, "bad_request"), detail)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """507 or 503 where the disk or another program is in the way, 500 where we are at fault."""
    trouble = trouble_of(error)
    if trouble is not None:
        status, sentence = _TROUBLES[trouble]
        log.error("%s %s was answered %s: %s", request.method, request.url.path, trouble, error)
        return problem_response(status, trouble, sentence)
    log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(500, "server_error", "The server failed; nothing was lost. Try again later.")


def problem_response(status: int, code: str, detail: str) -> Response[dict[str, str]]:
    return Response({"problem": code, "detail": detail}, status_code=status, media_type=MediaType.JSON)


def _validation_sentence(error: ValidationException) -> str:
    parts = [
        f"{item.get('key', '')}: {item.get('message', '')}".strip(": ")
        for item in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(item, dict)
    ]
    return "; ".join(part for part in parts if part) or error.detail
