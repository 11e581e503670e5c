"""Changes on hold, phones and people: what a supervisor decides and arranges."""

from __future__ import annotations

import io
from typing import Any, Literal

import segno
from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from server import intake
from server import review as reviewing
from server.config import now_ms
from server.refresh import refresh_views
from server.routes import desk_answers as answers
from server.routes.access import (
    DECIDERS,
    AnyRequest,
    UserAccess,
    config_of,
    require_user,
    signed_in,
    store_of,
)
from server.routes.errors import WireProblem
from server.store import audit, desk_phones, devices, forms, holds, review, stays, users
from server.store.holds import Hold

LONGEST_NAME = 80


class HoldDecision(Struct, frozen=True):
    decision: Literal["release", "discard"]


class NewInvitation(Struct, frozen=True):
    area: str
    users: list[str]


class NewInterviewer(Struct, frozen=True):
    name: str
    area: str


@get("/api/desk/holds", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def list_holds(request: AnyRequest) -> answers.HoldList:
    """Changes on hold that concern the user's areas, oldest first."""
    access, store = require_user(request, *DECIDERS), store_of(request)
    refresh_views(store)
    with store.reading() as db:
        names, labels = review.user_names(db), review.device_labels(db)
        urls = {(form.id, form.version): form.url for form in forms.versions(db)}
        newest = {form.id: form.url for form in forms.versions(db)}
        shown = []
        for hold in visible_holds(db, access):
            change = reviewing.held_change(hold)
            known = review.line(db, hold.record, access.areas)
            subject = change.set.get("@subject") if change else None
            line = known or (review.line(db, subject, access.areas) if isinstance(subject, str) else None)
            version = change.form_version if change else ""
            shown.append(
                answers.HeldChange(
                    id=hold.id,
                    reason=hold.reason,
                    detail=hold.detail,
                    record=hold.record,
                    record_name=reviewing.name_of(db, line) if line else "",
                    code=line.code if line else "",
                    form=hold.form,
                    author_name=names.get(hold.author, hold.author),
                    device_label=labels.get(hold.device or hold.sender, hold.device or hold.sender),
                    at=hold.at,
                    received=hold.received,
                    set=dict(change.set) if change else {},
                    is_readable=change is not None,
                    is_record_known=known is not None,
                    form_url=urls.get((hold.form, version)) or newest.get(hold.form, ""),
                )
            )
        return answers.HoldList(shown)


@post("/api/desk/holds/{change:str}", guards=[signed_in(*DECIDERS)], status_code=200, sync_to_thread=True)
def decide_hold(request: AnyRequest, change: FromPath[str], data: JSONBody[HoldDecision]) -> answers.Done:
    """Releases a change on hold into its record, or discards it."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    with store.reading() as db:
        is_visible = any(hold.id == change for hold in visible_holds(db, access))
    if not is_visible:
        raise WireProblem(404, "not_found", "There is no such change on hold within your areas.")
    decide = intake.release if data.decision == "release" else intake.discard
    refusal = decide(store, change, access.user_id, now)
    if refusal:
        raise WireProblem(409, "cannot_decide", refusal)
    store.write(lambda db: audit.note(db, now, access.user_id, f"{data.decision}_hold", change))
    request.app.state.refresher.wake()
    return answers.Done()


@get("/api/desk/phones", guards=[signed_in(*DECIDERS)], sync_to_thread=True)
def list_phones(request: AnyRequest) -> answers.PhoneList:
    """Phones and interviewers of the user's areas, the longest silent phone first."""
    access, now = require_user(request, *DECIDERS), now_ms()
    with store_of(request).reading() as db:
        phones = [
            answers.PhoneFacts(
                id=phone.id,
                label=phone.label,
                areas=phone.areas,
                people=phone.people,
                enrolled_at=phone.enrolled_at,
                last_seen=phone.last_seen,
                is_revoked=phone.is_revoked,
                is_silent=desk_phones.is_silent(phone, now),
                may_revoke=desk_phones.may_manage(db, phone.id, access.areas),
            )
            for phone in desk_phones.phones(db, access.areas)
        ]
        people = [
            answers.PersonFacts(person.id, person.name, person.role, person.area)
            for person in desk_phones.people(db, access.areas, "interviewer")
            if not person.is_disabled
        ]
        return answers.PhoneList(phones, people)


@post(
    "/api/desk/phones/{device:str}/revoke",
    guards=[signed_in(*DECIDERS)],
    status_code=200,
    sync_to_thread=True,
)
def revoke_phone(request: AnyRequest, device: FromPath[str]) -> answers.Done:
    """What the phone pushes from now on is put on hold, and it wipes itself at its next pull."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    with store.reading() as db:
        found = devices.get(db, device)
        may = found is not None and found.kind == "phone" and desk_phones.may_manage(db, device, access.areas)
    if not may:
        raise WireProblem(404, "not_found", "There is no such phone within your areas.")

    def job(db: reviewing.Database) -> None:
        for revoked in devices.revoke(db, device, now):
            audit.note(db, now, access.user_id, "revoke_device", revoked)

    store.write(job)
    return answers.Done()


@post("/api/desk/invites", guards=[signed_in(*DECIDERS)], status_code=201, sync_to_thread=True)
def invite(request: AnyRequest, data: JSONBody[NewInvitation]) -> answers.Invitation:
    """A code, its link and its QR code for one phone, bound to an area and to people."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    with store.reading() as db:
        known = {person.id: person for person in desk_phones.people(db, access.areas)}
    if data.area not in access.areas:
        raise WireProblem(403, "not_allowed", "This area is not among yours.")
    invited = [known[user] for user in data.users if user in known]
    if not invited or len(invited) != len(data.users):
        raise WireProblem(400, "unknown_user", "Choose at least one person of your areas.")
    if any(person.role not in ("interviewer", "supervisor") or person.is_disabled for person in invited):
        raise WireProblem(400, "unknown_user", "Only interviewers and supervisors work on phones.")

    def job(db: reviewing.Database) -> tuple[str, int]:
        audit.note(db, now, access.user_id, "invite_phone", data.area, " ".join(data.users))
        return devices.invite(db, [data.area], list(data.users), access.user_id, now)

    code, expires = store.write(job)
    config = config_of(request)
    link = f"{config.address}/enrol#{code}"
    return answers.Invitation(code, link, expires, _qr(link), config.has_https)


@post("/api/desk/people", guards=[signed_in(*DECIDERS)], status_code=201, sync_to_thread=True)
def add_interviewer(request: AnyRequest, data: JSONBody[NewInterviewer]) -> answers.PersonFacts:
    """Adds an interviewer of one of the user's areas."""
    access, store, now = require_user(request, *DECIDERS), store_of(request), now_ms()
    name = " ".join(data.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise WireProblem(400, "bad_name", f"A name has 1 to {LONGEST_NAME} letters.")
    if data.area not in access.areas:
        raise WireProblem(403, "not_allowed", "This area is not among yours.")

    def job(db: reviewing.Database) -> str:
        user = users.add(db, name, "interviewer", data.area, now)
        audit.note(db, now, access.user_id, "add_user", user)
        return user

    return answers.PersonFacts(store.write(job), name, "interviewer", data.area)


def visible_holds(db: reviewing.Database, access: UserAccess) -> list[Hold]:
    """Holds of records that lie in the user's areas, or of phones there where the record is unknown; what
    belongs nowhere is the administrator's."""
    scope = set(access.areas)

    def is_visible(hold: Hold) -> bool:
        lies_in = stays.areas_of(db, hold.record) if hold.record else set()
        if not lies_in:
            device = devices.get(db, hold.device or hold.sender)
            lies_in = set(device.areas) if device else set()
        return bool(lies_in & scope) or (not lies_in and "" in scope)

    return [hold for hold in holds.waiting(db) if is_visible(hold)]


def silent_phones(db: reviewing.Database, access: UserAccess) -> list[desk_phones.Phone]:
    now = now_ms()
    return [phone for phone in desk_phones.phones(db, access.areas) if desk_phones.is_silent(phone, now)]


def _qr(link: str) -> str:
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", border=2, scale=4, xmldecl=False)
    return out.getvalue().decode()


PHONE_ROUTES: list[Any] = [list_holds, decide_hold, list_phones, revoke_phone, invite, add_interviewer]
