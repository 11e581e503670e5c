"""The demo commune: what it promises is there, made by the same way in as real data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import click
import pytest

from schemas.evaluate import Context, evaluate
from server.cli.demo import MARK, ensure_demo, qr_text
from server.demo.commune import HAMLETS
from server.demo.guests import PASSWORD, fresh_invites
from server.demo.interview import UNKNOWN, Unfillable, fill
from server.likely import pairs as likely_pairs
from server.store import Store, areas, devices, holds, users, views
from server.verifying import differences
from tests import stored
from tests.exporting import asked, survey_form

HOUSEHOLDS = 30


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("demo") / "demo-data"
    assert ensure_demo(folder, HOUSEHOLDS)
    return Store.open(folder)


def test_a_commune_with_six_hamlets_and_its_households(demo: Store) -> None:
    with demo.reading() as db:
        kinds = Counter(area.kind for area in areas.everything(db))
        registered = db.execute("SELECT count(*) FROM record WHERE form = 'household'").fetchone()[0]
        hamlets = db.execute(
            "SELECT count(DISTINCT area) FROM record_area JOIN record USING (record) WHERE form = 'household'"
        ).fetchone()[0]
    assert kinds == {"province": 1, "commune": 1, "hamlet": 6}
    assert (registered, hamlets) == (HOUSEHOLDS, 6)


def test_one_round_is_finished_and_one_half_done(demo: Store) -> None:
    with demo.reading() as db:
        rows = db.execute(
            "SELECT round, status, count(*) AS n FROM record WHERE form = 'living_conditions' GROUP BY 1, 2"
        ).fetchall()
        closed = [row["id"] for row in db.execute("SELECT id FROM round WHERE closed_at IS NOT NULL")]
    counts = {(row["round"], row["status"]): row["n"] for row in rows}
    assert closed == ["2025"]
    assert counts[("2025", "approved")] == HOUSEHOLDS - 2
    assert [key for key in counts if key[0] == "2025"] == [("2025", "approved")]
    done = counts[("2026", "approved")] + counts[("2026", "submitted")]
    assert HOUSEHOLDS / 3 < done < HOUSEHOLDS * 2 / 3
    assert counts[("2026", "draft")] > 0


def test_what_a_supervisor_has_to_decide(demo: Store) -> None:
    with demo.reading() as db:
        everywhere = [area.code for area in areas.everything(db)]
        conflicts = [row[0] for row in db.execute("SELECT conflicts FROM record WHERE conflicts > 0")]
        returned = [row[0] for row in db.execute("SELECT record FROM record WHERE status = 'returned'")]
        told = [views.get(db, record).folded.decode() for record in returned]  # type: ignore[union-attr]
        held = holds.waiting(db)
        pairs = likely_pairs(db, everywhere)
        codes = [{views.get(db, record).code for record in (pair.a, pair.b)} for pair in pairs]  # type: ignore[union-attr]
    assert sorted(conflicts)[:3] == [1, 1, 1]
    (whole,) = sorted(conflicts)[3:]
    assert whole >= 6, "one household was interviewed twice from beginning to end"
    assert len(told) == 1 and "xem lại thu nhập" in told[0]
    assert [hold.reason for hold in held] == ["device_revoked"]
    assert len(pairs) == 2
    assert all(any(code.startswith("NEW-") for code in pair) for pair in codes)


def test_every_finished_interview_is_valid_but_one_that_nobody_typed(demo: Store) -> None:
    with demo.reading() as db:
        rows = db.execute(
            "SELECT flags, violations FROM record WHERE deleted = 0 AND status IN ('submitted', 'approved')"
        ).fetchall()
    flags = Counter(flag for row in rows for flag in json.loads(row["flags"]))
    assert flags == dict.fromkeys(
        ("inconsistent", "changed_since_approval", "edited_after_delete", "rows_to_compare"), 1
    )
    invalid = [row["flags"] for row in rows if row["violations"] != "[]"]
    assert invalid == ['["inconsistent"]']


def test_the_answers_differ_between_households(demo: Store) -> None:
    with stored.connect(demo.path) as db:
        rows = db.execute(
            "SELECT json_extract(answers(record), '$.pov_class') AS class,"
            " json_extract(answers(record), '$.inc_pc') AS income,"
            " json_extract(answers(record), '$.n_members') AS members FROM record"
            " WHERE form = 'living_conditions' AND round = '2025'"
        ).fetchall()
    met = [row for row in rows if row["members"]]
    assert len(met) > len(rows) * 0.8
    assert {"poor", "above"} <= {row["class"] for row in met}
    assert len({row["members"] for row in met}) >= 4
    assert all(100_000 < row["income"] < 12_000_000 for row in met)


def test_the_stored_view_is_the_fold_of_the_log(demo: Store) -> None:
    with demo.reading() as db:
        assert list(differences(db)) == []


def test_support_requests_and_hamlets_are_there(demo: Store) -> None:
    with demo.reading() as db:
        forms = Counter(row[0] for row in db.execute("SELECT form FROM record"))
    assert forms["hamlet"] == 10 and forms["support"] >= 6 and forms["request"] >= 6


def test_officials_sign_in_and_two_phones_are_invited(demo: Store) -> None:
    with demo.reading() as db:
        signed_in = users.with_password(db, "Trần Thị Hạnh", PASSWORD)
    assert signed_in is not None and signed_in.role == "supervisor"
    invites = fresh_invites(demo, 1_000)
    assert [invite.hamlet for invite in invites] == [hamlet.name for hamlet in HAMLETS[:2]]
    enrolled = demo.write(lambda db: devices.enrol(db, invites[0].code, "newphone", "", 2_000))
    assert not isinstance(enrolled, str) and enrolled.device.areas == [HAMLETS[0].code]
    assert "█" in qr_text("http://localhost:8000/enrol#7QK4-XW2M")


def test_a_second_start_uses_what_is_there(demo: Store) -> None:
    assert (demo.data_dir / MARK).exists()
    assert ensure_demo(demo.data_dir, HOUSEHOLDS) is False


def test_a_folder_with_other_data_is_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path / "real").close()
    with pytest.raises(click.ClickException, match="holds other data"):
        ensure_demo(tmp_path / "real")


def test_interviews_satisfy_any_form() -> None:
    form = survey_form(
        [
            asked("select_one yn", "has_goods", required="yes"),
            asked("select_multiple asset", "assets", required="yes", relevant="${has_goods} = 'yes'"),
            asked(
                "select_one asset",
                "best",
                required="yes",
                relevant="${has_goods} = 'yes'",
                choice_filter="selected(${assets}, name)",
            ),
            asked("integer", "rooms", required="yes", constraint=". > 1 and . < 8"),
            asked("text", "why", required="yes", relevant="${has_goods} = 'no'"),
        ]
    )
    context = Context(now_ms=1_789_640_000_000, offset_min=420, seed="1", lang="vi")
    for seed in range(20):
        answers = fill(form, context, {}, lambda node, row: UNKNOWN, means=0.5, random=Random(seed))
        assert evaluate(form, answers, context).violations == []


def test_a_form_that_refuses_everything_is_named() -> None:
    form = survey_form([asked("integer", "rooms", required="yes", constraint=". > 5 and . < 4")])
    context = Context(now_ms=1_789_640_000_000)
    with pytest.raises(Unfillable, match="rooms"):
        fill(form, context, {}, lambda node, row: UNKNOWN, means=0.5, random=Random(1))
