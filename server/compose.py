"""Changes that are written on the server's side, by commands: the same bytes as any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.canonical import JSON
from schemas.change import encode_change
from server.store import Store, forms, log


def compose_change(
    store: Store,
    *,
    device: str,
    author: str,
    record: str,
    form: str,
    set: Mapping[str, JSON],
    seen: Iterable[str] = (),
    at: int,
    seq: int | None = None,
) -> bytes:
    """A change of the newest published version of `form`. `seq`: the device's next where it is None."""
    with store.reading() as db:
        newest = forms.newest(db, form)
        if newest is None:
            raise LookupError(f"no form {form} is published")
        number = log.max_seq(db, device) + 1 if seq is None else seq
    return encode_change(
        record=record,
        form=form,
        form_version=newest.version,
        device=device,
        seq=number,
        at=at,
        author=author,
        seen=seen,
        set=set,
    )
