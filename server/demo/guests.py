"""How somebody who tries the demo gets in: a password for the desk, fresh invitations for phones."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from server.demo.commune import HAMLETS, OFFICIALS
from server.store import Store, devices, users

PASSWORD = "demo-thon"  # noqa: S105 (the demo listens on this machine only and holds invented people)
INVITED = HAMLETS[:2]


class Invite(Struct, frozen=True):
    """`hamlet`: name; `code`: to be typed or scanned once."""

    name: str
    hamlet: str
    code: str


def set_passwords(store: Store, now_ms: int) -> None:
    """Gives every official the demo password, so that no link has to be opened first."""
    hashed = users.hash_password(PASSWORD)

    def job(db: sqlite3.Connection) -> None:
        for official in OFFICIALS:
            for user in users.find(db, official.name):
                token = users.make_link(db, user.id, now_ms)
                users.use_link(db, token, hashed, now_ms)

    store.write(job)


def fresh_invites(store: Store, now_ms: int) -> list[Invite]:
    """An invitation for the interviewers of the first two hamlets; older codes stay as they are."""

    def job(db: sqlite3.Connection) -> list[Invite]:
        made = []
        for hamlet in INVITED:
            user = users.find(db, hamlet.interviewer)[0]
            code, _ = devices.invite(db, [hamlet.code], [user.id], devices.SYSTEM_AUTHOR, now_ms)
            made.append(Invite(hamlet.interviewer, hamlet.name, code))
        return made

    return store.write(job)
