"""Packed pushes and pages as a phone says and reads them, for clients that write in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.change import change_id
from schemas.packing import Packer, Table, origins_of, unpack
from server.packed import proof_of

# Of a form in a version, where the server has published it.
Published = Mapping[tuple[str, str], Sequence[str]]


def packed_push(bodies: Sequence[bytes], published: Published) -> dict[str, Any]:
    """Packed is what can be; all other bytes go as they are."""
    packer = Packer(lambda form, version: published.get((form, version), ()))
    changes = [packer.pack(body) or body.decode() for body in bodies]
    return {"tables": packer.tables, "changes": changes, "proof": proof_of(map(change_id, bodies))}


def results_of(bodies: Sequence[bytes], said: Sequence[list[Any]]) -> list[dict[str, Any]]:
    """The short answers as results. Whether a change was stored now or before, they don't say: `told`."""
    results = []
    for body, each in zip(bodies, said, strict=True):
        name = change_id(body)
        if len(each) == 2:
            results.append({"id": name, "result": "held", "reason": each[0], "pos": each[1]})
            continue
        pos, at, role, mac = each
        receipt = {"pos": pos, "at": json.loads(body)["at"] if at is None else at, "role": role, "mac": mac}
        results.append({"id": name, "result": "told", **receipt})
    return results


def changes_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    """All changes of a packed page, by position, each as one that is not packed."""
    origins = origins_of([Table(*table) for table in page.get("tables", ())], lambda _form, _version: None)
    came = []
    for pos, at, role, mac, packed in page.get("packed", ()):
        body, change = unpack(packed, origins)
        receipt = {"pos": pos, "at": change.at if at is None else at, "role": role, "mac": mac}
        came.append({"id": change_id(body), "body": body.decode(), **receipt})
    proof = proof_of(each["id"] for each in came) if came else ""
    assert page.get("proof", "") == proof, "a packed page was rebuilt otherwise"
    return sorted([*page.get("changes", ()), *came], key=lambda each: int(each["pos"]))
