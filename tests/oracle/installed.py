"""Independent tools, installed beside our own packages at their first use; never part of the product."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.running import install_packages

HERE = Path(__file__).parent
INSTALLED = Path(sys.prefix) / "oracle"


def pyxform_python() -> Path:
    """A Python that has the pyxform of requirements.txt."""
    wanted, stamp = HERE / "requirements.txt", INSTALLED / "requirements.txt"
    python = INSTALLED / "bin" / "python"
    if not python.exists() or not stamp.exists() or stamp.read_bytes() != wanted.read_bytes():
        venv.create(INSTALLED, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "-r", str(wanted)]
        subprocess.run(pip, check=True)
        shutil.copy(wanted, stamp)
    return python


def engine() -> Path:
    """The program that answers forms with @getodk/xforms-engine, its packages beside it."""
    for name in ("package.json", "package-lock.json", "engine.mjs"):
        source, copy = HERE / name, INSTALLED / name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():
            shutil.copyfile(source, copy)
    install_packages(INSTALLED)
    return INSTALLED / "engine.mjs"
