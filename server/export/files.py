"""One export: which records, how they are written, and the files that come out."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from schemas.form import Form, decode_form
from schemas.renames import with_new_names
from server.export.cells import Cell
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

    forms: Sequence[str]
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


class FormTables(Struct, frozen=True):
    """One form of an export: its newest version in use, its tables, and which records stand in them."""

    form: Form
    tables: list[Table]
    chosen: Chosen
    records: int


class Export:
    """An export over one state of the database; every table is read in its own pass, one record at a time.
    Files are to be taken in the order in which they come."""

    def __init__(self, wanted: Wanted, view: Snapshot) -> None:
        self._wanted = wanted
        self._view = view
        self._zone = ZoneInfo(wanted.time_zone)
        self.parts = [self._part(form) for form in wanted.forms]

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)

    def csv_files(self) -> Iterator[File]:
        """One file per table, then the codebook and the data package."""
        for part in self.parts:
            for table in part.tables:
                yield (
                    f"{table.name}.csv",
                    csv_chunks(table.headers(), self._lines(part, table), self._wanted.bom),
                )
        yield "codebook.csv", csv_chunks(*self._codebook(), self._wanted.bom)
        wanted = self._wanted
        described = data_package(
            self.parts, profile=wanted.profile, labels=wanted.labels, bom=wanted.bom, created=wanted.created
        )
        yield "datapackage.json", [described]

    def write_xlsx(self, path: Path) -> None:
        write_xlsx(path, self._sheets())

    def _part(self, form_id: str) -> FormTables:
        wanted = self._wanted
        bodies = self._view.form_bodies(form_id)
        if not bodies:
            raise UnknownForm(form_id)
        chosen = Chosen(form=form_id, round=wanted.round, statuses=wanted.statuses, areas=wanted.areas)
        self._view.choose(chosen)
        used = self._view.versions() or list(bodies)[:1]
        # Judged by a newer version, a record still has its answers to what only an older one asked.
        older = list(bodies)[list(bodies).index(used[0]) :]
        forms = [decode_form(bodies[version]) for version in older]
        system = system_columns(wanted.profile)
        return FormTables(
            forms[0], tables(forms, wanted.profile, wanted.labels, system), chosen, self._view.count()
        )

    def _lines(self, part: FormTables, table: Table) -> Iterator[list[Cell]]:
        self._view.choose(part.chosen)
        rows = self._view.rows()
        renamed = (replace(row, answers=with_new_names(part.form, row.answers)) for row in rows)
        yield from table_lines(table, renamed, self._zone)

    def _codebook(self) -> tuple[list[str], Iterator[list[Cell]]]:
        languages = list(dict.fromkeys(language for part in self.parts for language in part.form.languages))
        lines = (
            line
            for part in self.parts
            for line in codebook_lines(part.form, part.tables, languages, self._wanted.labels)
        )
        return codebook_headers(languages), lines

    def _sheets(self) -> Iterator[Sheet]:
        for part in self.parts:
            for table in part.tables:
                types = ["string"] * len(table.keys) + [column.type for column in table.columns]
                yield table.name, table.headers(), types, self._lines(part, table)
        headers, lines = self._codebook()
        yield "codebook", headers, ["string"] * len(headers), lines


@contextmanager
def opened_export(database: Path, wanted: Wanted) -> Iterator[Export]:
    """Raises UnknownForm."""
    with snapshot(database) as view:
        yield Export(wanted, view)


def older_tables(folder: Path, written: Collection[Path]) -> list[Path]:
    """Tables in the folder that an export did not write: they may tell of another time or other records."""
    found = (path for path in folder.iterdir() if path.suffix in (".csv", ".xlsx", ".json"))
    return sorted(path for path in found if path not in written)


def export_to_folder(database: Path, wanted: Wanted, folder: Path, is_xlsx: bool) -> tuple[int, list[Path]]:
    """Writes the files and answers how many records are in them. Raises UnknownForm."""
    with opened_export(database, wanted) as export:
        if not is_xlsx:
            return export.records, write_files(folder, export.csv_files())
        folder.mkdir(parents=True, exist_ok=True)
        name = "-".join(wanted.forms)
        target, part = folder / f"{name}.xlsx", folder / f".{name}.xlsx.part"
        export.write_xlsx(part)
        part.replace(target)
        return export.records, [target]


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
