"""Pictures, sounds and films that labels and choices show: attached at publishing, given to phones."""

from __future__ import annotations

import hashlib
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from schemas.compile_media import LARGEST
from schemas.compiler import compile_workbook
from schemas.differences import differences
from tests.callers import Caller
from tests.running import thon
from tests.test_desk import Desk
from tests.test_desk_forms import given, said
from tests.village import Village
from tests.written_forms import FORMS, book

BOOK = book(FORMS["media_and_guidance"])
PICTURE = b"\x89PNG a face"
SOUND = b"ID3 a voice"


def said_of(**attached: bytes) -> list[str]:
    files = {name.replace("_", "."): data for name, data in attached.items()}
    return [problem.sentence() for problem in compile_workbook(BOOK, "a.xlsx", files).problems]


def test_a_form_names_what_was_attached_and_says_what_was_not() -> None:
    found = compile_workbook(BOOK, "a.xlsx", {"Faces.PNG": PICTURE, "good.png": PICTURE, "good.mp3": SOUND})
    assert found.form is not None
    assert {name: file.type for name, file in found.form.files.items()} == {
        "faces.png": "image/png",
        "good.png": "image/png",
        "good.mp3": "audio/mpeg",
    }
    assert found.contents == {hashlib.sha256(data).hexdigest(): data for data in (PICTURE, SOUND)}
    missing = [problem.message.split()[0] for problem in found.warnings if "not attached" in problem.message]
    assert missing == ["faces.mp3", "large.png", "bad.png"]


def test_another_picture_under_the_same_name_is_a_difference() -> None:
    forms = [
        compile_workbook(BOOK, "a.xlsx", {"faces.png": data}).form for data in (PICTURE, b"other", PICTURE)
    ]
    one, other, same = (form for form in forms if form is not None)
    assert [each.sentence() for each in differences(one, other, {}) if each.path] == [
        "mood: its media changed."
    ]
    assert differences(one, same, {}) == []


def test_what_can_not_be_shown_is_said_with_its_row() -> None:
    near = said_of(faces_jpg=PICTURE, godo_png=PICTURE)
    assert any(
        "survey, row 2, image: faces.png is not attached" in each and "faces.jpg?" in each for each in near
    )
    assert any("choices, row 2" in each and "Did you mean godo.png?" in each for each in near)
    assert "survey: faces.jpg is attached, but nothing names it." in near
    other = book({"survey": "type|name|label|image\nnote|n|Look|film.mp4"})
    problems = [problem.sentence() for problem in compile_workbook(other, "a.xlsx").problems]
    assert any(
        "survey, row 2, image: film.mp4 can't be shown as image. Use one of" in each for each in problems
    )


def test_what_is_too_large_for_phones_is_refused() -> None:
    found = compile_workbook(BOOK, "a.xlsx", {"faces.png": bytes(LARGEST + 1)})
    assert found.form is None
    assert [problem.message for problem in found.errors] == [
        "faces.png is larger than 5 MB: every phone has to load it."
    ]
    names = ("faces.png", "large.png", "good.png", "good.mp3", "bad.png")
    together = {name: bytes([number]) * (LARGEST - 5) for number, name in enumerate(names)}
    assert [problem.message for problem in compile_workbook(BOOK, "a.xlsx", together).errors] == [
        "The attached pictures, sounds and films are more than 20 MB."
    ]


def test_every_phone_is_given_what_a_published_form_shows(
    village: Village, app: TestClient[Litestar]
) -> None:
    admin, han = Desk(village, app, village.admin), Caller(app, village.phone("p1", "C1", village.han))
    pictured = given(BOOK, **{"faces.png": "a face"})
    checked = said(admin, "forms/check", pictured)
    sha256 = checked["form"]["files"]["faces.png"]["sha256"]
    assert app.get(f"/api/forms/files/{sha256}", headers=han.headers).status_code == 404
    said(admin, "forms/publish", pictured)
    answer = app.get(f"/api/forms/files/{sha256}", headers=han.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    app.cookies.clear()
    assert app.get(f"/api/forms/files/{sha256}").status_code == 401


def test_the_command_line_publishes_the_folder_beside_the_workbook(tmp_path: Path) -> None:
    file = tmp_path / "faces.xlsx"
    file.write_bytes(BOOK)
    beside = tmp_path / "faces-media"
    beside.mkdir()
    (beside / "faces.png").write_bytes(PICTURE)
    data = tmp_path / "data"
    assert "Published faces" in thon(data, "form", "publish", str(file))
    copy = tmp_path / "copy.tar"
    thon(data, "backup", str(copy))
    assert PICTURE in copy.read_bytes()
