"""Headers on every answer: nothing loads from, or is framed by, another host."""

from __future__ import annotations

from typing import Any

# The PIN's Argon2id is WebAssembly; Svelte writes style attributes; photos are shown from memory.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(self)",
}
# Data opens nothing and is no page.
_OF_DATA = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


async def add_headers(message: Any, scope: Any) -> None:
    """Runs before each answer is sent."""
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    kind = dict(message["headers"]).get(b"content-type", b"")
    is_data = scope["path"].startswith("/api/") and (message["status"] == 204 or b"application/json" in kind)
    # A browser comes to a page with a name and a password at most: by a token only a program asks. A phone on
    # a thin line pays for each byte.
    is_by_token = is_data and dict(scope["headers"]).get(b"authorization", b"").startswith(b"Bearer ")
    wanted = {} if is_by_token else dict(_OF_DATA if is_data else _ALWAYS)
    config = scope["litestar_app"].state.config if "litestar_app" in scope else scope["app"].state.config
    if config.has_https and not is_by_token:
        wanted["Strict-Transport-Security"] = "max-age=31536000"
    if scope["path"].startswith("/api/"):
        wanted["Cache-Control"] = "no-store"
    for name, value in wanted.items():
        if name.lower().encode() not in present:
            message["headers"].append((name.lower().encode(), value.encode()))
