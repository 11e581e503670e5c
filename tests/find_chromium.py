"""Finds the Chromium that the browser tests drive, and installs one where there is none.

Order: $E2E_CHROMIUM, Playwright's own, chromium / google-chrome / edge on PATH, else apt-get, else
Playwright's download, else a clear message and exit 1: browser tests are never skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
]


def find_chromium() -> str | None:
    """The path of a Chromium that can be started, or None."""
    named = os.environ.get("E2E_CHROMIUM")
    if named:
        return named
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return str(own)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install_chromium() -> None:
    """Installs Chromium by apt-get where that is possible, else by Playwright; says which."""
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get"):
        print("No Chromium found: installing Debian's.", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
            done = subprocess.run(
                [*become, "apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False
            )
            if done.returncode:
                break
        else:
            return
    print("Trying Playwright's own Chromium.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    found = find_chromium()
    if not found and "--install" in sys.argv:
        install_chromium()
        found = find_chromium()
    if not found:
        print("No Chromium: install the package `chromium`, or name one in E2E_CHROMIUM.", file=sys.stderr)
        return 1
    print(f"browser: {found}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
