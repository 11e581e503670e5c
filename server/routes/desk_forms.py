"""The administrator's page of forms: what there is, what a workbook would mean, and publishing it."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from litestar import get, post
from litestar.params import JSONBody
from msgspec import Struct

from schemas.compiler import Compiled, compile_workbook
from schemas.difference import Difference
from schemas.problem import Problem
from server.config import now_ms
from server.publishing import compared, published_by
from server.refresh import refresh_views
from server.routes.access import AnyRequest, require_user, signed_in, store_of
from server.routes.errors import WireProblem
from server.store import forms, rounds

MOST_FILES = 50


class FormVersion(Struct, frozen=True):
    """`at` in ms."""

    version: str
    url: str
    at: int


class FormLine(Struct, frozen=True):
    """One form: its versions, newest first, and the titles of the open rounds that ask it."""

    id: str
    title: str
    versions: list[FormVersion]
    rounds: list[str]


class FormLines(Struct, frozen=True):
    forms: list[FormLine]


class AttachedFile(Struct, frozen=True):
    """`data`: the bytes in base64."""

    name: str
    data: str


class GivenWorkbook(Struct, frozen=True):
    """The workbook and the files that it names. `agreed`: what needs a decision is meant."""

    workbook: AttachedFile
    attached: list[AttachedFile] = []
    agreed: bool = False


class CheckedForm(Struct, frozen=True):
    """`form`: as phones would be given it, None where there are errors; `differences`: None where it was
    never published; `is_taken`: the version is published already, with other content."""

    problems: list[Problem]
    differences: list[Difference] | None
    form: Any
    is_taken: bool = False


class PublishedForm(Struct, frozen=True):
    id: str
    version: str
    title: str
    url: str


@get("/api/desk/forms", guards=[signed_in("admin")], sync_to_thread=True)
def list_desk_forms(request: AnyRequest) -> FormLines:
    """Every form with its versions and the open rounds that ask it."""
    with store_of(request).reading() as db:
        asked = [each for each in rounds.everything(db) if each.is_open]
        found: dict[str, FormLine] = {}
        for each in reversed(forms.versions(db)):
            titles = [one.title for one in asked if each.id in one.forms]
            line = found.setdefault(each.id, FormLine(each.id, each.title, [], titles))
            line.versions.append(FormVersion(each.version, each.url, each.published_at))
    return FormLines(sorted(found.values(), key=lambda line: line.id))


@post("/api/desk/forms/check", guards=[signed_in("admin")], status_code=200, sync_to_thread=True)
def check_form(request: AnyRequest, data: JSONBody[GivenWorkbook]) -> CheckedForm:
    """Everything that is wrong with a workbook, and what publishing it would mean. Changes nothing."""
    require_user(request, "admin")
    compiled = _compiled(data)
    form = compiled.form
    if form is None:
        return CheckedForm(compiled.problems, None, None)
    store = store_of(request)
    refresh_views(store)
    with store.reading() as db:
        found = compared(db, form)
        published = forms.get(db, form.id, form.version)
    return CheckedForm(compiled.problems, found, form, published is not None and published != form)


@post("/api/desk/forms/publish", guards=[signed_in("admin")], status_code=200, sync_to_thread=True)
def publish_form(request: AnyRequest, data: JSONBody[GivenWorkbook]) -> PublishedForm:
    """Publishes a workbook as the newest version of its form. 409 `has_errors`, `would_break`,
    `needs_decision` or `version_taken` where it may not be."""
    access, store, now = require_user(request, "admin"), store_of(request), now_ms()
    compiled = _compiled(data)
    form = compiled.form
    if form is None:
        raise WireProblem(409, "has_errors", "The workbook has errors: check it first.")
    refresh_views(store)
    with store.reading() as db:
        weights = {difference.weight for difference in compared(db, form) or ()}
    if "refused" in weights:
        raise WireProblem(409, "would_break", "This version would break stored answers.")
    if "decide" in weights and not data.agreed:
        raise WireProblem(409, "needs_decision", "This version needs a decision: say that it is meant.")

    published = store.write(lambda db: published_by(db, form, compiled.contents, access.user_id, now))
    if isinstance(published, str):
        raise WireProblem(409, "version_taken", published)
    request.app.state.refresher.wake()
    return PublishedForm(published.id, published.version, published.title, published.url)


def _compiled(given: GivenWorkbook) -> Compiled:
    if len(given.attached) > MOST_FILES:
        raise WireProblem(400, "too_many_files", f"More than {MOST_FILES} files are attached.")
    attached = {file.name: _bytes(file) for file in given.attached}
    return compile_workbook(_bytes(given.workbook), given.workbook.name, attached)


def _bytes(file: AttachedFile) -> bytes:
    try:
        return b64decode(file.data, validate=True)
    except (binascii.Error, ValueError):
        raise WireProblem(400, "not_base64", f"{file.name} is not sent as base64.") from None


DESK_FORM_ROUTES: list[Any] = [list_desk_forms, check_form, publish_form]
