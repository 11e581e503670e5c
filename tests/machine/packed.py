"""The same requests and pages as a phone that packs sends and is given them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from schemas.change import change_id
from schemas.packing import Packed, Packer, origins_of, unpack
from schemas.wire import PackedPage, PullAnswer, PulledChange, Push, SentChange
from server.intake import Offered, Read, read_all
from server.packed import packed_page, proof_of, read_push
from server.store import Store, forms

_pushes = msgspec.json.Decoder(Push)
_pages = msgspec.json.Decoder(PackedPage)


def read_packed(store: Store, offered: Sequence[Offered], has_forms: bool) -> list[Read]:
    """What a server reads of a request in which all is packed that can be. `has_forms`: the phone leaves out
    the names that the published form says."""

    def published(form: str, version: str) -> Sequence[str]:
        with store.reading() as db:
            names = forms.names(db, form, version) if has_forms else None
        return names.told if names else ()

    packer = Packer(published)
    sent: list[str | SentChange | Packed] = []
    for each in offered:
        try:
            body = packer.pack(each.body) or each.body.decode()
        except UnicodeDecodeError:
            # Bytes that no JSON can carry come by other ways.
            return read_all(offered)
        is_carried = each.receipt is not None or each.sig is not None
        sent.append(SentChange(body, each.receipt, each.sig) if is_carried else body)
    proof = proof_of(change_id(each.body) for each in offered)
    push = Push(sent, tables=packer.tables, proof=proof)
    return read_push(store, _pushes.decode(msgspec.json.encode(push)))


def unpacked(page: PullAnswer) -> PullAnswer:
    """What a phone makes of the page when it is given it packed."""
    packed = _pages.decode(msgspec.json.encode(packed_page(page, "")))
    origins = origins_of(packed.tables, lambda _form, _version: None)
    rebuilt = []
    for pos, at, role, mac, told in packed.packed:
        body, change = unpack(told, origins)
        rebuilt.append(
            PulledChange(change_id(body), pos, change.at if at is None else at, role, mac, body.decode())
        )
    assert not rebuilt or packed.proof == proof_of(change.id for change in rebuilt)
    changes = {(change.id, change.pos): change for change in [*rebuilt, *packed.changes]}
    assert len(rebuilt) + len(packed.changes) == len(page.changes)
    return replace(page, changes=[changes[change.id, change.pos] for change in page.changes])
