"""The evaluator in TypeScript, asked from Python."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from hatch_build import node_env

CLIENT = Path(__file__).parents[1] / "client_pwa"


def twins_of(cases: list[dict[str, Any]]) -> list[bytes]:
    """What `client_pwa/tests/evaluate_cases.mjs` makes of each case, as canonical JSON."""
    node = subprocess.run(
        ["node", "tests/evaluate_cases.mjs"],
        cwd=CLIENT,
        env=node_env(),
        input="\n".join(map(json.dumps, cases)).encode(),
        capture_output=True,
        check=False,
    )
    assert node.returncode == 0, node.stderr.decode()
    return node.stdout.splitlines()
