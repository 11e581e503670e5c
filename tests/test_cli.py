"""The commands: what they do, one line that says so, exit codes, and clear words for broken files."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import urllib.request
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from server.cli.main import thon
from server.compose import compose_change
from server.intake import CLI, Offered, accept
from server.store import Store, areas, devices, keys, rounds, views
from tests.running import running_server
from tests.village import NOW, house_workbook

AREAS = (
    "code,parent,name,kind,setting\nC,,Xã Đạ,commune,\nC1,C,Thôn 1,hamlet,rural\nC2,C,Thôn 2,hamlet,rural\n"
)


class Cli:
    """Runs commands on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(thon, list(arguments), env={"THON_DATA": str(self.data)})

    def ok(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result.output

    def refused(self, *arguments: str) -> str:
        """The words of a command that did nothing: exit code 1, no stack trace."""
        result = self.run(*arguments)
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (arguments, result.output)
        assert "Traceback" not in result.output
        return result.output


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.fixture
def ready(cli: Cli) -> Cli:
    cli.ok("area", "load", cli.file("areas.csv", AREAS))
    cli.ok("form", "publish", cli.file("house.xlsx", house_workbook()))
    return cli


def registered(cli: Cli) -> dict[str, views.RecordView]:
    store = Store.open(cli.data)
    with store.reading() as db:
        found = [views.get(db, record) for record in views.everything(db)]
    store.close()
    return {view.code: view for view in found if view}


def households(cli: Cli) -> dict[str, dict[str, object]]:
    return {code: view.answers for code, view in registered(cli).items()}


def test_every_command_helps_with_an_example() -> None:
    def walk(command: object, path: list[str]) -> int:
        if getattr(command, "commands", None):
            return sum(walk(each, [*path, name]) for name, each in command.commands.items())  # type: ignore[attr-defined]
        printed = CliRunner().invoke(thon, [*path, "--help"]).output
        assert "Example: thon" in printed, path
        return 1

    assert walk(thon, []) >= 20


def test_wrong_use_exits_2(cli: Cli) -> None:
    for arguments in (
        ["nothing"],
        ["area", "load"],
        ["user", "add", "A", "--role", "king"],
        ["serve", "--port", "0"],
    ):
        assert cli.run(*arguments).exit_code == 2, arguments


def test_areas_are_loaded_moved_and_renamed(cli: Cli) -> None:
    assert "3 areas: 3 new, 0 moved" in cli.ok("area", "load", cli.file("a.csv", AREAS))
    renamed = AREAS.replace("Thôn 2", "Thôn Hai").replace("C2,C,", "C2,C1,")
    assert "0 new, 1 moved or renamed" in cli.ok("area", "load", cli.file("a.csv", renamed))
    assert "Thôn Hai" in cli.ok("area", "list")
    commune = "\n".join(AREAS.splitlines()[:2])
    assert "Loaded 1 area: 0 new" in cli.ok("area", "load", cli.file("a.csv", commune))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_lists_come_in_the_encodings_of_spreadsheets(cli: Cli, delimiter: str, encoding: str) -> None:
    # Windows-1258 writes tone marks apart from their letters.
    text = AREAS.replace(",", delimiter)
    data = (
        text.replace("ạ", "a\u0323").replace("ã", "a\u0303").encode("cp1258")
        if encoding == "cp1258"
        else text.encode(encoding)
    )
    cli.ok("area", "load", cli.file("a.csv", data))
    store = Store.open(cli.data)
    with store.reading() as db:
        assert [area.name for area in areas.everything(db)] == ["Xã Đạ", "Thôn 1", "Thôn 2"]
    store.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("code,parent,name,kind\nA,B,a,x\nB,A,b,x\n", "A → B → A"),
        ("code,parent,name,kind\nA,A,a,x\n", "A → A"),
        ("code,parent,name,kind\nA,Z,a,x\n", "no area Z"),
        ("code,parent,name,kind\nA,,a,x\nA,,b,x\n", "Row 3: the code A occurs twice"),
        ("code,parent,name,kind\n,,a,x\n", "Row 2"),
        ("code,parent,name,kind,setting\nA,,a,x,forest\n", "urban, rural or empty, not forest"),
        ("code,name\nA,a\n", "no column parent, kind"),
        ("", "is empty"),
        ("code,parent,name,kind\n", "no rows"),
        (b"PK\x03\x04 broken", "not a readable .xlsx"),
    ],
)
def test_a_broken_area_file_changes_nothing_and_says_why(cli: Cli, content: str | bytes, words: str) -> None:
    cli.ok("area", "load", cli.file("good.csv", AREAS))
    assert words in cli.refused("area", "load", cli.file("bad.csv", content))
    assert cli.ok("area", "list").count("\n") == 3


def test_a_cycle_with_areas_that_are_loaded_already_is_found(cli: Cli) -> None:
    cli.ok("area", "load", cli.file("a.csv", AREAS))
    assert "C" in cli.refused("area", "load", cli.file("b.csv", "code,parent,name,kind\nC,C1,Xã,commune\n"))


def test_a_form_is_checked_published_and_listed(cli: Cli) -> None:
    path = cli.file("house.xlsx", house_workbook())
    assert "is in order: house 1" in cli.ok("form", "check", path)
    assert "Published house 1" in cli.ok("form", "publish", path)
    assert "Sổ hộ" in cli.ok("form", "list")


def test_a_broken_workbook_is_refused_with_words(cli: Cli) -> None:
    whole = house_workbook()
    for content in (b"", b"no workbook", whole[: len(whole) // 2], b"PK\x03\x04" + b"\x00" * 50):
        cli.refused("form", "check", cli.file("broken.xlsx", content))
        cli.refused("form", "publish", cli.file("broken.xlsx", content))
    wrong = house_workbook(
        size={"type": "integer", "name": "size", "label": "size", "constraint": ". < ${nobody}"}
    )
    assert "nobody" in cli.refused("form", "publish", cli.file("wrong.xlsx", wrong))
    assert cli.ok("form", "list") == ""


def test_a_version_that_would_break_stored_answers_is_refused(ready: Cli) -> None:
    ready.ok("household", "load", ready.file("h.csv", "code,size,poor,area\nH1,4,no,C1\n"), "--form", "house")
    text = {"type": "text", "name": "size", "label": "size"}
    changed = ready.file("new.xlsx", house_workbook("2", size=text))
    assert "size was integer and has answers; it can't become text" in ready.refused(
        "form", "publish", changed
    )
    same_version = ready.file(
        "same.xlsx", house_workbook("1", head={"type": "text", "name": "head", "label": "Chủ hộ"})
    )
    assert "give the changed form a new version" in ready.refused("form", "publish", same_version)
    decimal = {"type": "decimal", "name": "size", "label": "size"}
    ready.ok("form", "publish", ready.file("wider.xlsx", house_workbook("3", size=decimal)))


def test_households_are_loaded_and_matched_on_their_code(ready: Cli) -> None:
    first = "code,head,poor,size,area\nH1,K’Brình,yes,4,C1\nH2,Ka Dột,Không,,C2\n"
    assert "2 households: 2 new" in ready.ok(
        "household", "load", ready.file("h.csv", first), "--form", "house"
    )
    assert households(ready) == {
        "H1": {"code": "H1", "head": "K’Brình", "poor": "yes", "size": 4},
        "H2": {"code": "H2", "head": "Ka Dột", "poor": "no"},
    }
    second = first.replace("4", "5") + "H3,Ya Tiong,,2,C1\n"
    printed = ready.ok("household", "load", ready.file("h.csv", second), "--form", "house")
    assert "3 households: 1 new, 1 changed, 1 as they were" in printed
    assert households(ready)["H1"]["size"] == 5
    assert "Verified 3 records, 4 changes, 0 on hold: 0 differences." in ready.ok("verify")


def test_a_loaded_list_is_approved_and_exports_as_it_is(ready: Cli) -> None:
    for size in "45":
        ready.ok(
            "household", "load", ready.file("h.csv", f"code,size,area\nH1,{size},C1\n"), "--form", "house"
        )
        view = registered(ready)["H1"]
        assert (view.status, view.flags) == ("approved", [])
    printed = ready.ok("export", str(ready.data / "out"), "--form", "house")
    assert "1 record" in printed and "another review status" not in printed


def test_loading_a_list_approves_nothing_that_somebody_else_changed(ready: Cli) -> None:
    first, second = (ready.file(f"{n}.csv", f"code,size,area\nH1,{n},C1\n") for n in (4, 5))
    ready.ok("household", "load", first, "--form", "house")
    record = registered(ready)["H1"].record
    store = Store.open(ready.data)
    facts = {"device": "cli", "author": "system", "record": record, "form": "house"}
    body = compose_change(store, set={"head": "Ka An"}, at=NOW, **facts)
    accept(store, CLI, [Offered(body)], NOW)
    store.close()
    ready.ok("household", "load", second, "--form", "house")
    view = registered(ready)["H1"]
    assert view.answers["size"] == 5 and view.flags == ["changed_since_approval"]


def test_households_come_from_a_workbook_too(ready: Cli) -> None:
    path = ready.folder / "h.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Code", "head", "size", "area"])
        sheet.write_row(1, 0, [7, "Ka An", 3, "C1"])
    ready.ok("household", "load", str(path), "--form", "house")
    assert households(ready) == {"7": {"code": "7", "head": "Ka An", "size": 3}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("head,area\nA,C1\n", "no column with the household code"),
        ("code,colour\nH1,red\n", "colour is neither"),
        ("code,size\nH1,many\n", "Row 2, size: many"),
        ("code,size\nH1,99\n", "size"),
        ("code,poor\nH1,perhaps\n", "Row 2, poor: perhaps"),
        ("code,area\nH1,C9\n", "Row 2, area: C9"),
        ("code,size\nH1,1\nH1,2\n", "H1 occurs twice"),
        ("code,size\n,1\n", "Row 2: the household code is missing"),
    ],
)
def test_a_list_with_a_mistake_loads_nothing(ready: Cli, content: str, words: str) -> None:
    assert words in ready.refused("household", "load", ready.file("h.csv", content), "--form", "house")
    assert households(ready) == {}


def test_a_workbook_that_would_fill_the_memory_is_refused_with_words(ready: Cli) -> None:
    far, full = io.BytesIO(), io.BytesIO()
    for target, cells in ((far, [(1_048_575, 16_383, "x")]), (full, [(0, 0, "code")])):
        with xlsxwriter.Workbook(target) as book:
            sheet = book.add_worksheet()
            for row, column, text in cells:
                sheet.write_string(row, column, text)
    bomb = io.BytesIO()
    with zipfile.ZipFile(full) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, source.read(name) + b" " * (101 << 20) * name.endswith("sheet1.xml"))
    for command in ("area", "household"):
        refused = ready.run(command, "load", ready.file("far.xlsx", far.getvalue()))
        assert refused.exit_code == 1 and "column 16384" in refused.output, refused.output
        refused = ready.run(command, "load", ready.file("bomb.xlsx", bomb.getvalue()))
        assert refused.exit_code == 1 and "more than 100 MB" in refused.output, refused.output


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(cli: Cli) -> None:
    cli.file("file", "no folder")
    (cli.folder / "foreign").mkdir()
    cli.file("foreign/thon.db", "no database" * 2000)
    for folder, words in (("file/sub", "Not a directory"), ("foreign", "not a database")):
        failed = CliRunner().invoke(thon, ["user", "list"], env={"THON_DATA": str(cli.folder / folder)})
        assert failed.exit_code == 1 and isinstance(failed.exception, SystemExit), failed.exception
        assert folder in failed.output and words in failed.output, failed.output


def test_rounds_are_opened_closed_and_listed(ready: Cli) -> None:
    span = ["--from", "2026-10-01", "--to", "31/12/2026"]
    assert "no form nothing" in ready.refused(
        "round", "open", "2026", "--title", "T", "--form", "nothing", *span
    )
    ready.ok("round", "open", "2026", "--title", "Năm 2026", "--form", "house", *span)
    assert "2026\topen\tannual\t2026\t2026-10-01 to 2026-12-31" in ready.ok("round", "list")
    assert "Closed round 2026" in ready.ok("round", "close", "2026")
    assert "closed" in ready.ok("round", "list")
    assert "no round 1999" in ready.refused("round", "close", "1999")
    store = Store.open(ready.data)
    with store.reading() as db:
        assert rounds.open_ids(db) == []
        frozen = [tuple(row) for row in db.execute("SELECT form, version FROM round_form")]
        assert frozen == [("house", "1")]
    store.close()


def test_people_get_ids_and_links_that_fit_their_role(ready: Cli) -> None:
    printed = ready.ok("user", "add", "Ka Hân", "--role", "interviewer", "--area", "C1")
    assert re.search(r"u-han-\w+", printed) and re.search(
        r"/enrol#[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", printed
    )
    assert "need HTTPS" in printed
    printed = ready.ok("user", "add", "Ka Hân", "--role", "supervisor", "--area", "C")
    assert "/desk/#link=" in printed
    ids = re.findall(r"u-han-\w+", ready.ok("user", "list"))
    assert "Several users are named" in ready.refused("user", "link", "Ka Hân")
    ready.ok("user", "disable", ids[0])
    assert "disabled" in ready.refused("user", "link", ids[0])
    assert "no user Nobody" in ready.refused("user", "disable", "Nobody")
    assert "no area C9" in ready.refused("user", "add", "X", "--role", "viewer", "--area", "C9")


def test_a_phone_is_invited_and_revoked(ready: Cli) -> None:
    ready.ok("user", "add", "Ka Hân", "--role", "interviewer", "--area", "C1")
    invite = json.loads(ready.ok("device", "invite", "--area", "C1", "--user", "Ka Hân", "--json"))
    assert invite.keys() == {"code", "link", "expires"} and invite["link"].endswith(
        f"/enrol#{invite['code']}"
    )
    store = Store.open(ready.data)
    store.write(lambda db: keys.put(db, "address", "http://localhost:8123"))
    store.close()
    printed = ready.ok("device", "invite", "--area", "C1", "--user", "Ka Hân")
    assert "█" in printed or "▄" in printed
    assert "adb reverse tcp:8123 tcp:8123" in printed
    assert "no device lost" in ready.refused("device", "revoke", "lost")
    store = Store.open(ready.data)
    store.write(lambda db: devices.enrol(db, invite["code"], "k3f9x2ab", "A03", 0))
    store.close()
    assert "k3f9x2ab" in ready.ok("device", "list")
    assert "C9" in ready.refused("device", "assign", "k3f9x2ab", "--area", "C9")
    assert "no phone lost" in ready.refused("device", "assign", "lost", "--area", "C2")
    ready.ok("device", "assign", "k3f9x2ab", "--area", "C2")
    assert "\tC2\t" in ready.ok("device", "list")
    assert "Revoked k3f9x2ab" in ready.ok("device", "revoke", "k3f9x2ab")


def test_verify_fails_on_a_view_that_is_not_the_fold(ready: Cli) -> None:
    ready.ok("household", "load", ready.file("h.csv", "code,size,area\nH1,4,C1\n"), "--form", "house")
    with sqlite3.connect(ready.data / "thon.db") as db:
        db.execute("UPDATE record SET kept = NULL")
    result = ready.run("verify")
    assert result.exit_code == 1 and "Verified 1 record, 1 change, 0 on hold: 2 differences." in result.output


def test_a_backup_needs_something_to_back_up(cli: Cli, ready: Cli) -> None:
    target = str(ready.folder / "backup.tar")
    assert "Wrote" in ready.ok("backup", target)
    assert "no Thôn data" in ready.refused("backup", target, "--data", str(ready.folder / "nowhere"))
    assert "not written" in ready.refused("backup", str(ready.folder / "no" / "folder.tar"))


def test_the_first_start_makes_an_administrator_and_commands_work_meanwhile(ready: Cli) -> None:
    with running_server(ready.data) as server:
        body = json.dumps({"token": server.admin_link, "password": "một mật khẩu dài"}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{server.url}/api/session/password", body, headers)
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["user"]["role"] == "admin"
        assert "need HTTPS" in server.output
        ready.ok("household", "load", ready.file("h.csv", "code,size,area\nH1,4,C1\n"), "--form", "house")
        ready.ok("user", "add", "Ka Hân", "--role", "interviewer", "--area", "C1")
        invite = json.loads(ready.ok("device", "invite", "--area", "C1", "--user", "Ka Hân", "--json"))
        assert invite["link"].startswith(f"http://localhost:{server.port}/")
        server.restart()
        assert server.output.count("#link=") == 1


def test_publishing_says_what_differs_and_asks_for_a_decision(ready: Cli) -> None:
    ready.ok("household", "load", ready.file("h.csv", "code,size,poor,area\nH1,4,no,C1\n"), "--form", "house")
    renamed = {"type": "integer", "name": "people", "label": "people", "old_name": "size"}
    dropped = {"type": "note", "name": "bye", "label": "bye"}
    path = ready.file("next.xlsx", house_workbook("2", size=renamed, poor=dropped))
    printed = ready.ok("form", "check", path, "--against")
    assert "people was called size: its answers are carried over." in printed
    assert "Needs a decision:\n  poor is not asked any more" in printed
    assert "say --yes" in ready.refused("form", "publish", path)
    assert "Published house 2" in ready.ok("form", "publish", path, "--yes")
    assert "Nothing differs" in ready.ok("form", "check", path, "--against")
    ready.ok("verify")
    assert households(ready)["H1"]["people"] == 4
