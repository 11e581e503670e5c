"""Law 1 between the languages: change sets of runs, folded by TypeScript too."""

from __future__ import annotations

import json
import subprocess

import msgspec

from hatch_build import CLIENT, node_env
from schemas.canonical import canonical
from schemas.change import Change, change_id, encode_change, parse_change
from sync.fold import Stored, fold


def differing(cases: list[str]) -> str:
    """The first case that TypeScript folds to other bytes; '' where there is none."""
    if not cases:
        return ""
    node = subprocess.run(
        ["node", "tests/fold_cases.mjs"],
        cwd=CLIENT,
        env=node_env(),
        input="\n".join(cases).encode(),
        capture_output=True,
        check=False,
        timeout=900,
    )
    if node.returncode != 0:
        return node.stderr.decode()
    twins = node.stdout.splitlines()
    assert len(twins) == len(cases)
    return next((case for case, twin in zip(cases, twins, strict=True) if twin != folded_here(case)), "")


def folded_here(case: str) -> bytes:
    given = json.loads(case)
    stored, composed = [], []
    for item in given["changes"]:
        change = parse_change(item["body"].encode())
        assert isinstance(change, Change)
        stored.append(Stored(change_id(item["body"].encode()), change, item["at"], item["role"]))
        fields = msgspec.structs.asdict(change)
        del fields["v"]
        composed.append(encode_change(**fields).decode())
    folded = msgspec.to_builtins(fold(given["record"], stored, given["rules"]))
    return canonical({"folded": folded, "composed": composed})
