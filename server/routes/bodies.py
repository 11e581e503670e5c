"""Request bodies, plain or gzip. Gzip is inflated in a stream, with a cap, and only for those who proved who
they are: a few kilobytes can inflate to gigabytes."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from isal import isal_zlib
from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Empty

from server.routes.errors import WireProblem

# How a route reads its body at once (in its `opt`: `decode` of a decoder); what does not fit is read as any
# JSON, to say why.
BODY = "body"
MOST_COMPRESSED = 1 << 20
MOST_INFLATED = 8 << 20
_TOO_LARGE = "The request is larger than 1 MiB compressed or 8 MiB inflated: send it in halves."


class WireRequest(Request[Any, Any, Any]):
    """Reads JSON bodies within the limits of the wire."""

    async def body(self) -> bytes:
        if self._body is not Empty:
            return self._body
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("gzip", "identity", ""):
            raise WireProblem(
                415, "unknown_encoding", f"Content-Encoding {encoding} is not understood: use gzip."
            )
        if encoding == "gzip":
            from server.routes.access import require_known

            require_known(self)
            body = await self._inflated()
        else:
            body = await self._plain()
        self._body = self._connection_state.body = body
        return body

    async def json(self) -> Any:
        if self._json is Empty:
            self._json = self._connection_state.json = _decoded(
                await self.body(), self.route_handler.opt.get(BODY, Any)
            )
        return self._json

    async def _plain(self) -> bytes:
        received = bytearray()
        try:
            async for chunk in self.stream():
                received += chunk
                if len(received) > MOST_INFLATED:
                    raise WireProblem(413, "too_large", _TOO_LARGE)
        except RequestEntityTooLarge:
            raise WireProblem(413, "too_large", _TOO_LARGE) from None
        return bytes(received)

    async def _inflated(self) -> bytes:
        inflater = isal_zlib.decompressobj(wbits=31)
        inflated, size, received = list[bytes](), 0, 0
        try:
            async for chunk in self.stream():
                received += len(chunk)
                inflated.append(inflater.decompress(chunk, MOST_INFLATED + 1 - size))
                size += len(inflated[-1])
                if received > MOST_COMPRESSED or size > MOST_INFLATED:
                    raise WireProblem(413, "too_large", _TOO_LARGE)
        except RequestEntityTooLarge:
            raise WireProblem(413, "too_large", _TOO_LARGE) from None
        except isal_zlib.error:  # type: ignore[misc]  # Its stub says an instance.
            raise WireProblem(400, "bad_gzip", "The body is not gzip, though it says so.") from None
        if not inflater.eof:
            raise WireProblem(400, "bad_gzip", "The gzip body is cut short: send it again.")
        return b"".join(inflated)


def _decoded(body: bytes, kind: Any) -> Any:
    if kind is not Any:
        try:
            return kind(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    try:
        data = msgspec.json.decode(body or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    else:
        _refuse_packed(data, kind)
        return data
    try:
        # One change with a lone surrogate must not stop its neighbours: this reader lets it through, and it
        # ends on hold.
        data = json.loads(body)
        members = data if isinstance(data, dict) else {"": data}
        beside = {name: part for name, part in members.items() if name != "changes"}
        json.dumps(beside, ensure_ascii=False).encode()
        _refuse_packed(data, kind)
        if kind is not Any:
            _require_converted(data, kind)
        return data
    except (ValueError, RecursionError):
        raise WireProblem(400, "not_json", "The request is not JSON.") from None


def _refuse_packed(data: Any, kind: Any) -> None:
    """What is packed holds nothing that takes another reader; the phone then sends the same changes as they
    are."""
    if kind is not Any and isinstance(data, dict) and "proof" in data:
        raise WireProblem(400, "bad_packing", "These are not packed changes: send them as they are.")


def _require_converted(data: Any, kind: Any) -> None:
    """A lone surrogate where no text belongs is no JSON; what else is wrong the route says itself."""
    try:
        msgspec.convert(data, kind.__self__.type, strict=False)
    except msgspec.ValidationError:
        return
