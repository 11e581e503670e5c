"""Who may export what over HTTP, and what the audit log keeps of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient
from python_calamine import CalamineWorkbook

from schemas.identity import record_id
from server.app import build_app
from server.cli.main import thon
from server.config import Config, now_ms
from server.routes.access import COOKIE
from server.store import devices, users
from tests.exporting import Survey, read_csv

A, B = (record_id("visit", [name]) for name in "ab")
Asking = Callable[..., Any]


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    made = Survey(tmp_path / "data")
    made.submitted(A, {"head_name": "K’Brình", "income": 1})
    made.submitted(B, {"@area": "H2", "head_name": "Ka Sa", "income": 2})
    yield made
    made.store.close()


@pytest.fixture
def ask(survey: Survey, tmp_path: Path) -> Iterator[Asking]:
    """Asks for an export as somebody with a role in an area."""
    with TestClient(build_app(Config(data_dir=tmp_path / "data"), survey.store)) as client:

        def asking(role: str, of: str = "C", **query: str) -> Any:
            user = users.User(survey.user("Somebody", role, of), "Somebody", role, of, False, False)

            def sign_in(db: Any) -> str:
                device = devices.add_desk(db, user.id, of, now_ms())
                return users.start_session(db, user, device, now_ms())[0]

            client.cookies.set(COOKIE, survey.store.write(sign_in))
            return client.get("/api/export", params={"form": "visit", **query})

        yield asking


def unzipped(data: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_of_linked_tables_with_codebook_and_data_package(ask: Asking) -> None:
    answer = ask("viewer")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="visit-')
    files = unzipped(answer.content)
    assert sorted(files) == [
        "codebook.csv",
        "datapackage.json",
        "visit-member-school.csv",
        "visit-member.csv",
        "visit.csv",
    ]
    assert {line["record"] for line in read_csv(files["visit.csv"])} == {A, B}
    assert b"K\xe2\x80\x99Br" not in answer.content and b"head_name" not in files["visit.csv"]


def test_a_workbook_on_request(ask: Asking) -> None:
    answer = ask("supervisor", format="xlsx", profile="identified", reason="Họp xã")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    headers, *lines = book.get_sheet_by_name("visit").to_python()
    assert {line[headers.index("head_name")] for line in lines} == {"K’Brình", "Ka Sa"}


@pytest.mark.parametrize(
    ("role", "query", "status", "problem"),
    [
        ("interviewer", {}, 403, "not_allowed"),
        ("viewer", {"profile": "identified", "reason": "x"}, 403, "not_allowed"),
        ("supervisor", {"profile": "identified"}, 400, "reason_needed"),
        ("supervisor", {"profile": "identified", "reason": "  "}, 400, "reason_needed"),
        ("admin", {"form": "nothing"}, 404, "unknown_form"),
        ("admin", {"status": "done"}, 400, "bad_status"),
        ("admin", {"format": "ods"}, 400, "bad_request"),
    ],
)
def test_what_may_not_be_exported(
    ask: Asking, role: str, query: dict[str, str], status: int, problem: str
) -> None:
    answer = ask(role, **query)
    assert (answer.status_code, answer.json()["problem"]) == (status, problem)


def test_nobody_exports_beyond_their_area(ask: Asking) -> None:
    lines = read_csv(unzipped(ask("supervisor", of="H1").content)["visit.csv"])
    assert [line["record"] for line in lines] == [A]
    answer = ask("supervisor", of="H1", area="H2")
    assert (answer.status_code, answer.json()["problem"]) == (403, "not_your_area")


def test_an_area_narrows_what_is_exported(ask: Asking) -> None:
    lines = read_csv(unzipped(ask("supervisor", area="H2").content)["visit.csv"])
    assert [line["record"] for line in lines] == [B]


def test_nobody_exports_without_signing_in(survey: Survey, tmp_path: Path) -> None:
    with TestClient(build_app(Config(data_dir=tmp_path / "data"), survey.store)) as client:
        assert client.get("/api/export", params={"form": "visit"}).status_code == 401


def test_the_command_says_what_it_did_or_why_not(survey: Survey, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(
            thon, ["export", str(tmp_path / "out"), "--data", str(tmp_path / "data"), *words]
        )

    survey.write(record_id("visit", ["c"]), {"@area": "H1", "@status": "draft"})
    done = run("--form", "visit", "--area", "H1")
    assert done.exit_code == 0
    assert "Exported 1 record to" in done.output
    assert "Left out: 1 record of another review status" in done.output
    assert [line["record"] for line in read_csv((tmp_path / "out" / "visit.csv").read_bytes())] == [A]
    for words, code, sentence in (
        (["--form", "nothing"], 1, "There is no form nothing"),
        (["--form", "visit", "--area", "H9"], 1, "There is no area H9"),
        (["--form", "visit", "--round", "1999"], 1, "There is no round 1999"),
        (["--form", "visit", "--profile", "identified"], 2, "needs --reason"),
        (["--form", "visit", "--status", "done"], 2, "done is not a status"),
    ):
        refused = run(*words)
        assert (refused.exit_code, sentence in refused.output) == (code, True), refused.output
    named = run("--form", "visit", "--profile", "identified", "--reason", "Họp xã", "--format", "xlsx")
    assert named.exit_code == 0 and (tmp_path / "out" / "visit.xlsx").exists()
    assert "left there from before: codebook.csv, datapackage.json, visit" in named.output
    assert all(len(done.output.splitlines()) == 1 for done in (done, named))


def test_every_export_is_noted_with_its_reason(ask: Asking, survey: Survey) -> None:
    ask("supervisor", profile="identified", reason="Lập danh sách quà Tết")
    ask("viewer")
    with survey.store.reading() as db:
        noted = db.execute("SELECT subject, detail FROM audit WHERE action = 'export'").fetchall()
    assert [row["subject"] for row in noted] == ["visit", "visit"]
    assert "identified" in noted[0]["detail"] and "Lập danh sách quà Tết" in noted[0]["detail"]
    assert noted[1]["detail"].startswith("public")
