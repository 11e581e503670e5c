"""CSV files in chunks of bytes, into a folder or into a zip that is sent while it is made."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from server.export.cells import Cell, csv_text

CHUNK = 64 * 1024
File = tuple[str, Iterable[bytes]]


def csv_chunks(headers: list[str], lines: Iterable[list[Cell]], bom: bool) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, at most about 64 KiB at a time."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if bom:
        text.write("\ufeff")
    writer.writerow([csv_text(header) for header in headers])
    for line in lines:
        writer.writerow([csv_text(cell) for cell in line])
        if text.tell() >= CHUNK:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    data = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return data


def write_files(folder: Path, files: Iterable[File]) -> list[Path]:
    """Each file appears whole or not at all, so that a broken export leaves no half table behind."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, chunks in files:
        part = folder / f".{name}.part"
        with part.open("wb") as out:
            out.writelines(chunks)
        os.replace(part, folder / name)
        written.append(folder / name)
    return written


class _Sink(io.RawIOBase):
    """What the zip writer has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """The files as a zip, given out while it grows: never held whole."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, chunks in files:
            with archive.open(name, "w", force_zip64=True) as member:
                for chunk in chunks:
                    member.write(chunk)
                    if data := sink.take():
                        yield data
    yield sink.take()
