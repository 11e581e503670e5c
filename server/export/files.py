"""One export: which records, how they are written, and the files that come out."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from schemas.form import Form, decode_form
from server.export.codebook import codebook_headers, codebook_lines, data_package
from server.export.columns import Profile, Table, tables
from server.export.csv_files import File, csv_chunks, write_files, zipped
from server.export.lines import system_columns, table_lines
from server.export.xlsx_file import Sheet, write_xlsx
from server.store.export_rows import Chosen, Snapshot, snapshot

Labels = Literal["vi", "en", "codes"]
STATUSES = ("none", "draft", "returned", "submitted", "approved")
DEFAULT_STATUSES = ("submitted", "approved")


class Wanted(Struct, frozen=True, kw_only=True):
    """What somebody asked for. `areas`: codes with all below them, None for the whole server."""

    form: str
    round: str = ""
    areas: Collection[str] | None = None
    labels: Labels = "codes"
    bom: bool = False
    profile: Profile = "public"
    statuses: Collection[str] | None = DEFAULT_STATUSES
    created: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"


class UnknownForm(Exception):
    """No version of this form was ever published."""


class Export:
    """An export over one state of the database; every table is read in its own pass, one record at a time."""

    def __init__(self, wanted: Wanted, view: Snapshot) -> None:
        self._wanted = wanted
        self._view = view
        self._zone = ZoneInfo(wanted.time_zone)
        bodies = view.form_bodies(wanted.form)
        if not bodies:
            raise UnknownForm(wanted.form)
        used = view.versions() or list(bodies)[:1]
        self.forms = [decode_form(bodies[version]) for version in used]
        self.tables: list[Table] = tables(
            self.forms, wanted.profile, wanted.labels, system_columns(wanted.profile)
        )

    @property
    def form(self) -> Form:
        return self.forms[0]

    def records(self) -> int:
        return self._view.count()

    def csv_files(self) -> Iterator[File]:
        """One file per table, then the codebook and the data package."""
        for table in self.tables:
            lines = table_lines(table, self._view.rows(), self._zone)
            yield f"{table.name}.csv", csv_chunks(table.headers(), lines, self._wanted.bom)
        book = codebook_lines(self.form, self.tables, self._languages())
        yield "codebook.csv", csv_chunks(codebook_headers(self.form), book, self._wanted.bom)
        yield "datapackage.json", [self._data_package()]

    def write_xlsx(self, path: Path) -> None:
        write_xlsx(path, self._sheets())

    def _sheets(self) -> Iterator[Sheet]:
        for table in self.tables:
            types = ["string"] * len(table.keys) + [column.type for column in table.columns]
            yield table.name, table.headers(), types, table_lines(table, self._view.rows(), self._zone)
        headers = codebook_headers(self.form)
        lines = codebook_lines(self.form, self.tables, self._languages())
        yield "codebook", headers, ["string"] * len(headers), lines

    def _data_package(self) -> bytes:
        wanted = self._wanted
        return data_package(
            self.form,
            self.tables,
            profile=wanted.profile,
            labels=self._languages(),
            bom=wanted.bom,
            created=wanted.created,
        )

    def _languages(self) -> str:
        """The language of labels in the codebook where cells hold codes."""
        if self._wanted.labels != "codes":
            return self._wanted.labels
        return self.form.default_language or self.form.languages[0]


@contextmanager
def opened_export(database: Path, wanted: Wanted) -> Iterator[Export]:
    """Raises UnknownForm."""
    with snapshot(
        database, Chosen(form=wanted.form, round=wanted.round, statuses=wanted.statuses, areas=wanted.areas)
    ) as view:
        yield Export(wanted, view)


def export_to_folder(database: Path, wanted: Wanted, folder: Path, is_xlsx: bool) -> tuple[int, list[Path]]:
    """Writes the files and answers how many records were in them."""
    with opened_export(database, wanted) as export:
        if not is_xlsx:
            return export.records(), write_files(folder, export.csv_files())
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{wanted.form}.xlsx"
        part = folder / f".{wanted.form}.xlsx.part"
        export.write_xlsx(part)
        part.replace(target)
        return export.records(), [target]


def export_stream(database: Path, wanted: Wanted, is_xlsx: bool) -> Iterator[bytes]:
    """The bytes of a zip of CSV files, made while they are sent, or of a workbook from a temporary file."""
    with opened_export(database, wanted) as export:
        if not is_xlsx:
            yield from zipped(export.csv_files())
            return
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as book:
            export.write_xlsx(Path(book.name))
            while chunk := book.read(64 * 1024):
                yield chunk


def chosen_statuses(text: str) -> tuple[str, ...] | None:
    """`approved,none` -> ("approved", ""); `all` -> None. Raises ValueError for a word that is no status."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == ["all"]:
        return None
    for word in words:
        if word not in STATUSES:
            raise ValueError(f"{word} is not a status: choose from {', '.join(STATUSES)} or all.")
    return tuple("" if word == "none" else word for word in words) or DEFAULT_STATUSES
