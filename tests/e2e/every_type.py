"""A small questionnaire with a question of every type and appearance that phones have a widget for."""

from __future__ import annotations

import csv
import io

from workbooks import workbook

VILLAGES = [
    "Đưng K'Nớ",
    "Đưng K'Si",
    "Đạ Nhim",
    "Bon Lé",
    "Păng Tiêng",
    "Lán Tranh",
    "Đạ Ra Hoa",
    "Liêng Bông",
]
ROOFS = [("tile", "Ngói", "Tile"), ("tin", "Tôn", "Tin"), ("leaf", "Tranh, lá, tre", "Thatch, leaves")]
AGREE = [("no", "Không", "No"), ("half", "Một phần", "Partly"), ("yes", "Có", "Yes")]


INTRO = "# Xin chào\nĐây là phiếu **thử**; *nghiêng*, [trang](https://thon.example) và\n- một\n- hai"


def _row(type_: str, name: str, vi: str, en: str, **cells: object) -> dict[str, object]:
    return {"type": type_, "name": name, "label::Tiếng Việt (vi)": vi, "label::English (en)": en} | cells


def _page(name: str, vi: str, en: str, *rows: dict[str, object]) -> list[dict[str, object]]:
    begin = _row("begin_group", name, vi, en, appearance="field-list")
    return [begin, *rows, {"type": "end_group"}]


def _survey() -> list[dict[str, object]]:
    return [
        *_page(
            "words", "Chữ", "Words",
            _row("note", "n_intro", INTRO, "# Hello\nA **trial** form"),
            _row("text", "w_name", "Họ và tên", "Full name", required="yes",
                 required_message="Cần có họ tên.", hint="Như trong giấy tờ",
                 guidance_hint="Hỏi xem sổ hộ khẩu. Không tự đoán tên."),
            _row("text", "w_story", "Kể lại", "Tell", appearance="multiline"),
            _row("text", "w_phone", "Số điện thoại", "Telephone", appearance="numbers",
                 constraint="regex(., '^0[0-9]{9}$')",
                 constraint_message="Số điện thoại có 10 chữ số, bắt đầu bằng 0."),
            _row("barcode", "w_code", "Mã vạch thẻ bảo hiểm", "Bar code of the card"),
            _row("acknowledge", "w_ok", "Tôi đã đọc cho hộ nghe", "I have read this aloud"),
        ),
        *_page(
            "figures", "Số", "Figures",
            _row("integer", "f_people", "Số người", "Persons"),
            _row("integer", "f_income", "Thu nhập một năm", "Income of a year", unit="VND"),
            _row("decimal", "f_area", "Diện tích ruộng", "Area of the field", unit="ha"),
            _row("range", "f_mark", "Chấm điểm", "Mark", parameters="start=0 end=10 step=1"),
            _row("range", "f_share", "Phần trăm", "Share", parameters="start=0 end=1 step=0.05"),
            _row("calculate", "f_sum", "", "", calculation="coalesce(${f_people}, 0) * 2"),
            _row("note", "n_sum", "Gấp đôi: ${f_sum}", "Twice: ${f_sum}"),
            _row("integer", "f_fixed", "Chỉ đọc", "Read only", readonly="yes",
                 calculation="coalesce(${f_people}, 0) + 1000"),
            _row("hidden", "f_hidden", "", "", default="kín"),
        ),
        *_page(
            "choices", "Chọn", "Choices",
            _row("select_one roof", "c_roof", "Mái nhà", "Roof"),
            _row("select_multiple roof", "c_roofs", "Các mái khác", "Other roofs", appearance="columns"),
            _row("select_one roof", "c_mini", "Mái bếp", "Kitchen roof", appearance="minimal"),
            _row("select_one agree", "c_likert", "Bạn đồng ý không?", "Do you agree?", appearance="likert"),
            _row("select_one village", "c_village", "Thôn", "Village"),
            _row("select_multiple village", "c_villages", "Các thôn đã ở", "Villages lived in"),
            _row("select_one_from_file markets.csv", "c_market", "Chợ gần nhất", "Nearest market"),
            _row("rank agree", "c_rank", "Xếp hạng", "Rank"),
            _row("select_one roof or_other", "c_other", "Mái chuồng", "Roof of the stable"),
        ),
        *_page(
            "table", "Bảng", "Table",
            _row("select_one agree", "t_head", "Nhà bạn có", "Your house has", appearance="label"),
            _row("select_one agree", "t_water", "Nước sạch", "Clean water", appearance="list-nolabel"),
            _row("select_one agree", "t_power", "Điện lưới quốc gia", "Power", appearance="list-nolabel"),
        ),
        *_page(
            "days", "Ngày giờ", "Days",
            _row("date", "d_visit", "Ngày đến", "Day of the visit"),
            _row("date", "d_birth", "Ngày sinh", "Born", appearance="no-calendar"),
            _row("date", "d_month", "Tháng chuyển đến", "Month of moving in", appearance="month-year"),
            _row("date", "d_year", "Năm làm nhà", "Year of building", appearance="year"),
            _row("time", "d_time", "Giờ ăn trưa", "Time of lunch"),
            _row("datetime", "d_at", "Lần khám gần nhất", "Last check"),
        ),
        *_page(
            "places", "Vị trí", "Places",
            _row("geopoint", "p_house", "Vị trí nhà", "Position of the house"),
            _row("geotrace", "p_path", "Đường vào", "Path to it"),
            _row("geoshape", "p_field", "Thửa ruộng", "The field"),
        ),
        *_page(
            "files", "Tệp", "Files",
            _row("image", "m_photo", "Ảnh nhà", "Picture of the house"),
            _row("audio", "m_voice", "Lời kể", "Their voice"),
            _row("video", "m_film", "Phim ngắn", "A short film"),
            _row("file", "m_paper", "Giấy tờ", "Papers"),
            _row("image", "m_sign", "Chữ ký", "Signature", appearance="signature"),
            _row("image", "m_media", "Có hình minh họa", "With a picture", **{"media::image": "house.png"}),
        ),
        _row("begin_repeat", "child", "Con", "Child"),
        _row("text", "k_name", "Tên", "Name"),
        _row("begin_repeat", "school", "Trường", "School"),
        _row("text", "s_name", "Tên trường", "Name of the school"),
        {"type": "end_repeat"},
        {"type": "end_repeat"},
    ]  # fmt: skip


def _choices() -> list[dict[str, object]]:
    lists = [("roof", one) for one in ROOFS] + [("agree", one) for one in AGREE]
    villages = [
        (f"v{number}", f"{name} {number}", f"{name} {number}") for number, name in enumerate(VILLAGES * 5)
    ]
    lists += [("village", one) for one in villages]
    rows: list[dict[str, object]] = [
        {"list_name": name, "name": code, "label::Tiếng Việt (vi)": vi, "label::English (en)": en}
        for name, (code, vi, en) in lists
    ]
    rows[0]["media::image"] = "tile.png"
    return rows


def every_type() -> bytes:
    """The workbook; it needs `markets()` as markets.csv beside it."""
    settings = {
        "form_id": "every_type", "form_title": "Mọi loại câu hỏi", "subject_form": "household",
        "one_per": "subject round", "default_language": "vi",
    }  # fmt: skip
    return workbook(_survey(), _choices(), **settings)


def markets() -> str:
    """The table that one list of choices comes from."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "label"])
    writer.writerows([f"m{number}", f"Chợ {number}"] for number in range(1, 21))
    return text.getvalue()
