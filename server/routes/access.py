"""Who asks, and whether they may: a device by its token, a person by the session of a signed-in browser."""

from __future__ import annotations

import hmac
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from msgspec import Struct

from server.config import Config, now_ms
from server.intake import Sender
from server.routes.errors import WireProblem
from server.store import Store, areas, devices, users
from server.store.devices import Device
from server.store.users import Session

Connection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]
COOKIE = "thon_session"
CSRF_HEADER = "x-csrf"
# Who may decide what waits, and read what identifies people.
DECIDERS = ("supervisor", "admin")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class DeviceAccess(Struct, frozen=True):
    """`areas`: the device's areas and all below them."""

    device: Device
    areas: list[str]


class UserAccess(Struct, frozen=True):
    """`areas`: the user's area and all below it ('' among them: records without an area)."""

    user_id: str
    name: str
    role: str
    area: str
    areas: list[str]
    device: str
    csrf: str
    token_hash: str


def store_of(connection: Connection) -> Store:
    store: Store = connection.app.state.store
    return store


def config_of(connection: Connection) -> Config:
    config: Config = connection.app.state.config
    return config


def require_device(connection: Connection, *, may_be_revoked: bool = False) -> DeviceAccess:
    """The device whose token was sent: 401 without one, 403 `revoked` for a revoked one."""
    device = _known_device(connection)
    if not may_be_revoked:
        require_not_revoked(device)
    note_use(connection, device)
    with store_of(connection).reading() as db:
        return DeviceAccess(device, sorted(areas.expanded(db, device.areas)))


def _known_device(connection: Connection) -> Device:
    """Looked up once for each request, revoked ones too. 401 without a token, or an unknown one."""
    known: Device | None = connection.state.get("device")
    if known is not None:
        return known
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise WireProblem(401, "no_token", "This needs a device token: enrol this phone first.")
    with store_of(connection).reading() as db:
        device = devices.by_token(db, token.strip())
    if device is None:
        raise WireProblem(401, "unknown_token", "The server does not know this device token.")
    connection.state.device = device
    return device


def require_not_revoked(device: Device) -> None:
    if device.is_revoked:
        raise WireProblem(403, "revoked", "This device was revoked by the administrator.")


def require_user(connection: Connection, *roles: str) -> UserAccess:
    """The signed-in user, with one of these roles (none named: any). State-changing requests must carry the
    session's CSRF token."""
    session = _session(connection)
    if session is None:
        raise WireProblem(401, "not_signed_in", "Sign in first.")
    user = session.user
    if connection.scope.get("method") not in _SAFE_METHODS:
        given = connection.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), session.csrf.encode()):
            raise WireProblem(403, "bad_csrf", "The page is out of date: reload it and try again.")
    if roles and user.role not in roles:
        raise WireProblem(403, "not_allowed", f"A {user.role} may not do this.")
    with store_of(connection).reading() as db:
        scope = sorted(areas.expanded(db, [user.area]))
    return UserAccess(
        user.id, user.name, user.role, user.area, scope, session.device, session.csrf, session.token_hash
    )


def require_anyone(connection: Connection) -> DeviceAccess | UserAccess:
    """A device or a signed-in user; a revoked device too."""
    if connection.headers.get("authorization"):
        return require_device(connection, may_be_revoked=True)
    return require_user(connection)


def require_known(connection: Connection) -> None:
    """Whoever asks proved who they are; a revoked device too."""
    if connection.headers.get("authorization"):
        _known_device(connection)
    else:
        require_user(connection)


def require_sender(connection: Connection) -> Sender:
    """Who pushes. A revoked device may: everything that it pushes is put on hold."""
    if connection.headers.get("authorization"):
        device = _known_device(connection)
        note_use(connection, device)
        return Sender(device.id, device.kind)
    access = require_user(connection)
    if access.role == "viewer":
        raise WireProblem(403, "not_allowed", "A viewer may not write.")
    return Sender(access.device, "desk")


def note_use(connection: Connection, device: Device) -> None:
    """Remembers, at most once a minute, that a device was here; its code is spent from then on. Waits for
    nothing: guards run where all requests are served from, and who only reads needs no disk to write on."""
    seen: dict[str, int] = connection.app.state.seen_devices
    now = now_ms()
    if now - seen.get(device.id, 0) > 60_000:
        seen[device.id] = now
        store_of(connection).write_later(
            lambda db: devices.touch(db, device.id, now), lambda: seen.pop(device.id, None)
        )


def _session(connection: Connection) -> Session | None:
    token = connection.cookies.get(COOKIE)
    if not token:
        return None
    with store_of(connection).reading() as db:
        return users.session_of(db, token, now_ms())


def signed_in(*roles: str) -> Any:
    """A guard: the route is for signed-in users with one of these roles."""

    def guard(connection: Connection, _handler: Any) -> None:
        require_user(connection, *roles)

    return guard


def by_device(connection: Connection, _handler: Any) -> None:
    """A guard: the route is for devices that are not revoked."""
    require_device(connection)


def by_known(connection: Connection, _handler: Any) -> None:
    """A guard: a device, a revoked one too, or a signed-in user."""
    require_anyone(connection)


def by_anyone(connection: Connection, _handler: Any) -> None:
    """A guard: a device that is not revoked, or a signed-in user."""
    if isinstance(access := require_anyone(connection), DeviceAccess) and access.device.is_revoked:
        raise WireProblem(403, "revoked", "This device was revoked by the administrator.")
