"""From an XLSForm workbook to a Form, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from schemas.compile_choices import RawList, compile_lists, read_lists
from schemas.compile_expression import compile_expression
from schemas.compile_media import Media, attached_media, check_media
from schemas.compile_nodes import Builder
from schemas.compile_order import order_nodes
from schemas.compile_other import add_other_lists
from schemas.compile_outline import Outline, Place, shared_chain
from schemas.compile_renames import read_recodes, read_renames
from schemas.compile_report import Report
from schemas.compile_settings import Settings, check_one_per, read_settings
from schemas.compile_structure import Draft, give_paths, read_structure
from schemas.compile_tables import Table, Tables, choices_of, read_tables
from schemas.compile_texts import check_translations, read_languages
from schemas.form import AnyNode, Choice, Expr, Form, Node, Valued
from schemas.problem import Problem
from schemas.xlsform import Sheet, Workbook, read_workbook

_HEADER = "The first row holds the headers: type, name, label and others."


class Compiled(Struct, frozen=True):
    """`form` is None exactly when there is an error among `problems`; errors come first. `contents`: the
    files that the form shows, by their SHA-256."""

    form: Form | None
    problems: list[Problem]
    contents: dict[str, bytes] = {}

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "warning"]


def compile_workbook(data: bytes, name: str, attached: Mapping[str, bytes] | None = None) -> Compiled:
    """Compiles the bytes of an .xlsx file; never raises for what is in it. Equal bytes give equal forms.
    `name` is the file's name: it stands in for a missing form_id. `attached`: CSV files,
    pictures, sounds and films by name."""
    workbook = read_workbook(data, name)
    if isinstance(workbook, Problem):
        return Compiled(None, [workbook])
    report = Report([*workbook.problems])
    files = dict(attached or {})
    content = b"".join([data, *(files[file] for file in sorted(files))])
    media = attached_media(files)
    form = _compile(workbook, content, read_tables(files), media, report)
    problems = report.ordered()
    return Compiled(None if report.has_errors else form, problems, media.contents)


def _compile(workbook: Workbook, content: bytes, tables: Tables, media: Media, report: Report) -> Form | None:
    sheet = workbook.sheets["survey"]
    settings = read_settings(workbook, content, report)
    languages = read_languages(workbook, report)
    raw_lists = read_lists(workbook, report)
    add_other_lists(sheet, raw_lists)
    by_stem = {table.file.rpartition(".")[0]: table for table in tables.tables.values()}
    outline = _outline(raw_lists, by_stem)
    if not any(column.key == "type" for column in sheet.columns):
        report.error(sheet, 1, "", "There is no column type.", _HEADER)
        return None
    drafts = read_structure(sheet, outline, report)
    if not drafts:
        report.error(sheet, 0, "", "There is no question in the sheet.")
        return None
    builder = Builder(sheet, outline, give_paths(outline), raw_lists, languages, report, tables, {}, media)
    nodes = [builder.build(draft) for draft in drafts]
    check_translations(sheet, languages, report)
    if "choices" in workbook.sheets:
        check_translations(workbook.sheets["choices"], languages, report)
    lists = _lists(raw_lists, drafts, nodes, settings, builder) | builder.attached
    for name in _looked_up([*nodes]) - set(lists):
        lists[name] = choices_of(by_stem[name], languages.default)
    check_media(media, sheet, report)
    check_one_per(settings, nodes, report)
    renames = read_renames(drafts, outline, builder.paths, sheet, report)
    recodes = read_recodes({name: raw_lists[name] for name in lists if name in raw_lists}, report)
    instance_name = _instance_name(settings, outline, report)
    if len(outline.entries) != len(drafts):
        return None  # rows without a node were reported; numbers would not fit
    order = _order(nodes, sheet, report)
    return Form(
        id=settings.id,
        version=settings.version,
        title=settings.title,
        languages=languages.codes,
        language_names=languages.names,
        default_language=languages.default,
        nodes=cast(list[AnyNode], nodes),
        lists=lists,
        renames=renames,
        recodes=recodes,
        order=order,
        instance_name=instance_name,
        subject_form=settings.subject_form,
        one_per=settings.one_per,
        phones=settings.phones,
        style=settings.style,
        files=dict(sorted(media.files.items())),
    )


def _outline(raw: dict[str, RawList], tables: Mapping[str, Table]) -> Outline:
    """What is known of lists and tables before any row is read."""
    columns = {name: table.columns for name, table in tables.items()}
    columns |= {name: {"name", "label", *of_list.columns} for name, of_list in raw.items()}
    codes = {name: {row.get("name") for row in of_list.rows} for name, of_list in raw.items()}
    return Outline(columns=columns, codes=codes)


def _lists(
    raw: dict[str, RawList], drafts: list[Draft], nodes: list[Node], settings: Settings, builder: Builder
) -> dict[str, list[Choice]]:
    used: dict[str, bool] = {}
    seen_from: dict[str, tuple[int, ...]] = {}
    for draft in drafts:
        if name := draft.type.list:
            used[name] = used.get(name, False) or draft.type.node == "select_multiple"
            rows = builder.outline.entries[draft.number].chain
            seen_from[name] = shared_chain(seen_from.get(name, rows), rows)
    for name in _looked_up([*nodes]):
        used.setdefault(name, False)
    return compile_lists(
        raw,
        used,
        seen_from,
        allows_duplicates=settings.allows_duplicates,
        languages=builder.languages,
        outline=builder.outline,
        media=builder.media,
        report=builder.report,
    )


def _looked_up(part: object) -> set[str]:
    """The lists that expressions look something up in."""
    if isinstance(part, Struct):
        part = [getattr(part, name) for name in part.__struct_fields__]
    if isinstance(part, dict):
        part = list(part.values())
    if not isinstance(part, list):
        return set()
    here = {part[1]} if part[:1] in (["lk"], ["pull"]) and not part[1].startswith("@") else set()
    return here.union(*(_looked_up(inner) for inner in part))


def _instance_name(settings: Settings, outline: Outline, report: Report) -> Expr:
    if not settings.instance_name:
        return None
    expr, faults = compile_expression(settings.instance_name, outline, Place())
    report.faults(settings.sheet, settings.row, "instance_name", faults)
    return expr


def _order(nodes: list[Node], sheet: Sheet, report: Report) -> list[int]:
    order, cycles = order_nodes(nodes)
    for cycle in cycles:
        names = " → ".join(nodes[number].name for number in cycle)
        first = nodes[cycle[0]]
        key = (
            "calculation" if isinstance(first, Valued) and getattr(first, "calculation", None) else "relevant"
        )
        message = f"These wait for each other: {names}."
        report.error(sheet, first.row, key, message, "Break the circle at one of them.")
    return order
