"""What every row stands on: the generator, a folder to work in, and how many interviews."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct

from bench import commune, interviews
from schemas.form import Form
from server.store.devices import Enrolled

Figures = dict[str, Any]


class Ground(Struct, frozen=True):
    """`interviews`: how many are pushed. `is_quick`: figures that are cheap to have and rough."""

    generator: ModuleType
    form: Form
    interviews: int
    is_quick: bool

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Removed with the block."""
        with tempfile.TemporaryDirectory(prefix="thon-bench-") as name:
            yield Path(name)

    def prepare(self, folder: Path, phones: int = 1) -> list[Enrolled]:
        return commune.prepare(folder, self.form, phones)

    def pen(self, device: str, first: int = 0) -> interviews.Pen:
        return interviews.Pen(self.generator, device, first)

    def bodies(self, device: str, count: int, first: int = 0) -> list[bytes]:
        return [body for _, body in self.pen(device, first).interviews(count)]

    def documents(self, count: int) -> str:
        """The same interviews as one JSON document per line."""
        made = (self.generator.interview(number) for number in range(count))
        return "\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in made)
