"""Signing in: a one-time link, then a password; a session cookie that scripts can't read."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Struct

from server.config import now_ms
from server.routes.access import COOKIE, AnyRequest, config_of, require_user, signed_in, store_of
from server.routes.errors import WireProblem
from server.routes.rates import require_rate
from server.store import Store, audit, devices, log, users
from server.store.users import Session, User

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200


class Link(Struct, frozen=True):
    token: str


class NewPassword(Struct, frozen=True):
    token: str
    password: str


class SignIn(Struct, frozen=True):
    name: str
    password: str


class LinkAnswer(Struct, frozen=True):
    name: str
    role: str
    needs_password: bool


class SessionUser(Struct, frozen=True):
    id: str
    name: str
    role: str
    area: str


class ServerFacts(Struct, frozen=True):
    title: str
    time_zone: str
    public_url: str


class SessionAnswer(Struct, frozen=True):
    """`device` and `seq`: what this browser writes as, and the highest `seq` that it used."""

    user: SessionUser
    device: str
    seq: int
    csrf: str
    server: ServerFacts
    time: int


@post("/api/session/link", status_code=200, sync_to_thread=True)
def open_link(request: AnyRequest, data: JSONBody[Link]) -> LinkAnswer:
    """Whose one-time link this is. It is spent when a password is set."""
    now = now_ms()
    require_rate(request, "session", now)
    with store_of(request).reading() as db:
        user = users.user_of_link(db, data.token, now)
    if user is None:
        raise _link_spent()
    return LinkAnswer(user.name, user.role, True)


@post("/api/session/password", status_code=201, sync_to_thread=True)
def set_password(request: AnyRequest, data: JSONBody[NewPassword]) -> Response[SessionAnswer]:
    """Spends the link, sets the password and signs in."""
    now = now_ms()
    require_rate(request, "session", now)
    if not SHORTEST_PASSWORD <= len(data.password) <= LONGEST_PASSWORD:
        raise WireProblem(400, "weak_password", f"A password has at least {SHORTEST_PASSWORD} characters.")
    store = store_of(request)
    with store.reading() as db:
        if users.user_of_link(db, data.token, now) is None:
            raise _link_spent()
    password_hash = users.hash_password(data.password)
    user = store.write(lambda db: users.use_link(db, data.token, password_hash, now))
    if user is None:
        raise _link_spent()
    return _signed_in(request, user, now)


@post("/api/session", status_code=201, sync_to_thread=True)
def sign_in(request: AnyRequest, data: JSONBody[SignIn]) -> Response[SessionAnswer]:
    """Signs in by name (or id) and password."""
    now = now_ms()
    require_rate(request, "session", now, data.name)
    with store_of(request).reading() as db:
        user = users.with_password(db, data.name, data.password[:LONGEST_PASSWORD])
    if user is None:
        raise WireProblem(401, "wrong_password", "Name or password is wrong.")
    return _signed_in(request, user, now)


@get("/api/session", guards=[signed_in()], sync_to_thread=True)
def session(request: AnyRequest) -> SessionAnswer:
    """Who is signed in, and what this browser needs in order to write."""
    access = require_user(request)
    user = SessionUser(access.user_id, access.name, access.role, access.area)
    return _answer(request, user, access.device, access.csrf)


@delete("/api/session", guards=[signed_in()], status_code=200, sync_to_thread=True)
def sign_out(request: AnyRequest) -> Response[dict[str, bool]]:
    """Ends the session."""
    access = require_user(request)
    store_of(request).write(lambda db: users.end_session(db, access.token_hash))
    return Response({"signed_out": True}, cookies=[_cookie(request, "", 0)])


def _signed_in(request: AnyRequest, user: User, now: int) -> Response[SessionAnswer]:
    if user.role == "interviewer":
        raise WireProblem(403, "phone_only", "Interviewers work on the phone: ask for an invitation.")
    token, started = _start(store_of(request), user, now)
    shown = SessionUser(user.id, user.name, user.role, user.area)
    answer = _answer(request, shown, started.device, started.csrf)
    return Response(answer, status_code=201, cookies=[_cookie(request, token, users.SESSION_HOURS * 3600)])


def _start(store: Store, user: User, now: int) -> tuple[str, Session]:
    def job(db: Any) -> tuple[str, Session]:
        device = devices.add_desk(db, user.id, user.area, now)
        audit.note(db, now, user.id, "sign_in", device)
        return users.start_session(db, user, device, now)

    return store.write(job)


def _answer(request: AnyRequest, user: SessionUser, device: str, csrf: str) -> SessionAnswer:
    config = config_of(request)
    with store_of(request).reading() as db:
        seq = log.max_seq(db, device)
    facts = ServerFacts(config.title, config.time_zone, config.public_url)
    return SessionAnswer(user, device, seq, csrf, facts, now_ms())


def _cookie(request: AnyRequest, token: str, max_age: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=config_of(request).has_https,
    )


def _link_spent() -> WireProblem:
    return WireProblem(
        403, "link_used", "This link was used or has expired: ask the administrator for a new one."
    )


SESSION_ROUTES: list[Any] = [open_link, set_password, sign_in, session, sign_out]
