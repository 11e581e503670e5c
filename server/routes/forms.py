"""Forms, areas and rounds."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Response, get
from litestar.params import FromPath
from msgspec.structs import replace

from schemas.compile_media import TYPES
from schemas.wire import FormEntry
from server.routes.access import AnyRequest, by_anyone, require_anyone, store_of
from server.routes.errors import WireProblem
from server.store import areas, forms, rounds
from server.store.areas import Area
from server.store.rounds import Round


@get("/api/forms", guards=[by_anyone], sync_to_thread=True)
def list_forms(request: AnyRequest) -> list[FormEntry]:
    """Every published version, oldest first; `rounds` are the open ones, named at the newest version."""
    with store_of(request).reading() as db:
        published = forms.versions(db)
        newest = {form.id: form.hash for form in published}
        open_rounds = [each for each in rounds.everything(db) if each.is_open]
        return [
            FormEntry(
                form.id,
                form.version,
                form.title,
                form.hash,
                form.url,
                [each.id for each in open_rounds if form.id in each.forms and newest[form.id] == form.hash],
            )
            for form in published
        ]


@get("/api/forms/{digest:str}", guards=[by_anyone], sync_to_thread=True)
def one_form(request: AnyRequest, digest: FromPath[str]) -> Response[dict[str, Any]]:
    """The Form as JSON. The address never has other content."""
    with store_of(request).reading() as db:
        body = forms.body_of(db, digest)
    if body is None:
        raise WireProblem(404, "not_found", "There is no such form.")
    # Handed over as published; read and written again it would be the same.
    published: Any = body
    return Response(
        published,
        media_type=MediaType.JSON,
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


_SHOWN_TYPES = {media_type for media_type in TYPES.values() if media_type != "image/svg+xml"}


@get("/api/forms/files/{sha256:str}", guards=[by_anyone], sync_to_thread=True)
def one_form_file(request: AnyRequest, sha256: FromPath[str]) -> Response[bytes]:
    """A picture, sound or film that a published form shows. The address never has other content."""
    with store_of(request).reading() as db:
        found = forms.file_of(db, sha256)
    if found is None:
        raise WireProblem(404, "not_found", "No form shows such a file.")
    media_type, content = found
    # What a browser would run is only ever handed over as a download.
    is_shown = media_type in _SHOWN_TYPES
    return Response(
        content,
        media_type=media_type if is_shown else "application/octet-stream",
        headers={
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Disposition": "inline" if is_shown else "attachment",
        },
    )


@get("/api/areas", guards=[by_anyone], sync_to_thread=True)
def list_areas(request: AnyRequest) -> list[Area]:
    """The areas of the device or user, those below, and those above (to say where a hamlet is)."""
    scope = set(require_anyone(request).areas)
    with store_of(request).reading() as db:
        everything = areas.everything(db)
    parents = {area.code: area.parent for area in everything}
    shown = set(scope)
    for code in scope:
        above = parents.get(code, "")
        while above and above not in shown:
            shown.add(above)
            above = parents.get(above, "")
    return [replace(area, above=area.code not in scope) for area in everything if area.code in shown]


@get("/api/rounds", guards=[by_anyone], sync_to_thread=True)
def list_rounds(request: AnyRequest) -> list[Round]:
    """Every round by date, oldest first."""
    with store_of(request).reading() as db:
        return rounds.everything(db)


FORM_ROUTES: list[Any] = [list_forms, one_form, one_form_file, list_areas, list_rounds]
