"""What the phone's language writes and folds, read and folded by the server's. The way back is in
test_laws_fold.py."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from typing import Any

from hatch_build import CLIENT, node_env
from schemas.canonical import canonical
from schemas.change import Change, change_id, encode_change, parse_change
from sync.fold import Stored, fold

CASES = int(os.environ.get("TWIN_CASES", "400"))


def written_by_the_phone(seed: int) -> Iterator[dict[str, Any]]:
    node = subprocess.run(
        ["node", "tests/fold_written.mjs", str(seed), str(CASES)],
        cwd=CLIENT,
        env=node_env(),
        capture_output=True,
        check=False,
    )
    assert node.returncode == 0, node.stderr.decode()
    lines = node.stdout.decode().removesuffix("\n").split("\n")
    assert len(lines) == CASES
    return map(json.loads, lines)


def test_law_01_what_the_phone_wrote_and_folded_the_server_folds_to_the_same_bytes() -> None:
    seed = random.SystemRandom().randrange(2**31)
    for case in written_by_the_phone(seed):
        stored = []
        for told in case["changes"]:
            change = parse_change(told["body"].encode())
            assert isinstance(change, Change), (seed, told)
            assert change_id(told["body"].encode()) == told["id"], (seed, told)
            fields = {name: getattr(change, name) for name in change.__struct_fields__ if name != "v"}
            assert encode_change(**fields).decode() == told["body"], (seed, told)
            stored.append(Stored(told["id"], change, told["at"], told["role"]))
        mine = canonical(fold("r0", stored, case["rules"]))
        assert mine.decode() == case["folded"], (seed, case)
