"""Support that was given, what people ask for, and how the hamlets are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from schemas.form import Asked, Form
from schemas.identity import record_id, row_id
from server.demo.commune import HAMLETS, Hamlet
from server.demo.field import Field, moment
from server.demo.interview import UNKNOWN, Answers, fill
from server.demo.people import Household
from server.demo.season import FIRST_YEAR, SECOND_YEAR, Tell, register_answers

# kind, description, quantity, unit, VND from the donor, donor, its name, VND from the family
_GIVEN: tuple[tuple[str, str, float, str, int, str, str, int], ...] = (
    ("gift", "10 kg gạo, mì, dầu ăn", 1, "set", 300_000, "red_cross", "Hội Chữ thập đỏ xã", 0),
    ("gift", "Quà Tết", 1, "set", 500_000, "business", "Hợp tác xã cà phê", 0),
    ("seedling", "Cây cà phê giống", 400, "plant", 2_400_000, "farmers", "Hội Nông dân xã", 0),
    ("livestock", "Heo giống địa phương", 2, "head", 4_000_000, "women", "Hội Phụ nữ xã", 500_000),
    ("house_new", "Nhà 50 m²", 1, "house", 60_000_000, "committee", "Ban Chỉ đạo 502", 22_000_000),
    ("house_repair", "Thay mái tôn", 1, "house", 18_000_000, "front", "Mặt trận Tổ quốc xã", 3_000_000),
    ("scholarship", "Học bổng, tập vở", 1, "set", 1_000_000, "youth", "Đoàn Thanh niên xã", 0),
    ("tool", "Phân bón NPK", 150, "kg", 2_200_000, "commune", "Ủy ban nhân dân xã", 0),
    ("water_toilet", "Nhà vệ sinh tự hoại", 1, "item", 12_000_000, "charity", "Nhóm thiện nguyện", 2_500_000),
)
_SAID = (
    ("water", "Mùa khô nước về yếu, mong sửa lại bể chứa đầu nguồn."),
    ("infra", "Đường vào rẫy sạt một đoạn sau mưa, xe máy không qua được."),
    ("support", "Nhà tôi được ghi hỗ trợ cây giống từ năm ngoái mà chưa nhận."),
    ("house", "Mái nhà dột nhiều chỗ, mong được vay vốn để sửa trước mùa mưa."),
    ("health", "Thẻ bảo hiểm y tế của mẹ tôi ghi sai năm sinh."),
    ("school", "Các cháu lớp một đi học xa, mong có xe đưa đón."),
    ("job", "Muốn học cách tỉa cành cà phê và phơi cà phê chín."),
    ("paper", "Đất rẫy khai hoang lâu năm, nhờ hướng dẫn làm giấy."),
)


def give_support(field: Field, tell: Tell) -> None:
    """Deliveries to the poorest households, most of them in the year of the first round."""
    poorest = sorted(field.households, key=lambda household: household.means)
    for number, household in enumerate(poorest[: max(6, len(poorest) // 8)]):
        day = date(FIRST_YEAR, 11, 20) + timedelta(days=13 * number % 330)
        _delivery(field, household, _GIVEN[number % len(_GIVEN)], day)
        tell(1)
    field.desk.sync(moment(date(SECOND_YEAR, 11, 19), 16))


def _delivery(
    field: Field, household: Household, gift: tuple[str, str, float, str, int, str, str, int], day: date
) -> None:
    kind, description, quantity, unit, value, donor, donor_name, own = gift
    at = moment(day, 10)
    rows: dict[str, tuple[str, str | None, str, int]] = {
        row_id(at, field.random.randbytes(4)): (donor, donor_name, "goods", value)
    }
    if own:
        rows[row_id(at + 60_000, field.random.randbytes(4))] = ("household", None, "work", own)
    said = {
        "target": "household",
        "campaign": f"Ra quân dân vận {day.year}",
        "kind": kind,
        "descr": description,
        "qty": quantity,
        "unit": unit,
        "delivery": "verified" if day.month % 3 == 0 else "delivered",
        "verified_on": day.isoformat(),
        "benef_persons": len(household.members),
        "consent_photo": "no",
        "after_on": None,
    }

    def suggest(node: Asked, row: str) -> Any:
        if not row:
            return said.get(node.name, UNKNOWN)
        who, name, form, vnd = rows[row]
        told = {
            "donor": who,
            "donor_name": name,
            "fund_form": form,
            "pledged": vnd,
            "pledged_on": (day - timedelta(days=40)).isoformat(),
            "delivered": vnd,
            "delivered_on": day.isoformat(),
        }
        return told.get(node.name, UNKNOWN)

    values = _filled(field, field.forms["support"], household, suggest, at, rows={"funding": sorted(rows)})
    sealed = {"@subject": household.record, **values, "@status": "approved"}
    field.write(field.desk, field.forms["support"], field.new_record(at), sealed, at)


def take_requests(field: Field, tell: Tell) -> None:
    """What people asked for while the teams were there; some are answered."""
    homes = field.random.sample(field.households, min(12, len(field.households)))
    for number, household in enumerate(homes):
        topic, words = _SAID[number % len(_SAID)]
        day = date(SECOND_YEAR, 9, 20) + timedelta(days=4 * number)
        at = moment(day, 16, 5)
        is_answered = number % 4 == 0
        said = {
            "who": "household",
            "topic": topic,
            "words": words,
            "state": "answered" if is_answered else "received",
            "answer": "Cán bộ xã đã đến xem và hẹn xử lý trong tháng.",
            "answered_on": day.isoformat(),
        }
        form = field.forms["request"]

        def suggest(node: Asked, row: str, said: Mapping[str, Any] = said) -> Any:
            return said.get(node.name, UNKNOWN)

        values = _filled(field, form, household, suggest, at)
        phone = field.phones[household.hamlet.code]
        sealed = {"@subject": household.record, **values, "@status": "submitted"}
        field.write(phone, form, field.new_record(at), sealed, at)
        tell(1)
    for phone in field.phones.values():
        phone.sync(moment(date(SECOND_YEAR, 11, 19), 19, 30))


def describe_hamlets(field: Field, tell: Tell) -> None:
    """One record per hamlet and round; in the second round two are still missing."""
    form = field.forms["hamlet"]
    for year, hamlets in ((FIRST_YEAR, HAMLETS), (SECOND_YEAR, HAMLETS[:4])):
        for number, hamlet in enumerate(hamlets):
            at = moment(date(year, 10, 6 + number), 15)
            phone = field.phones[hamlet.code]
            values = _hamlet_answers(field, form, hamlet, year, at)
            record = record_id("hamlet", [hamlet.code, str(year)])
            sealed = {"@area": hamlet.code, "@round": str(year), **values, "@status": "submitted"}
            field.write(phone, form, record, sealed, at)
            phone.sync(at + 7_200_000)
            if year == FIRST_YEAR:
                field.write(field.desk, form, record, {"@status": "approved"}, at + 86_400_000)
            tell(1)
    field.desk.sync(moment(date(SECOND_YEAR, 11, 19), 16, 30))


def _hamlet_answers(field: Field, form: Form, hamlet: Hamlet, year: int, at: int) -> Answers:
    homes = [household for household in field.households if household.hamlet.code == hamlet.code]
    steady = Random(hamlet.code)
    km = round(steady.uniform(2, 14), 1)
    model = row_id(moment(date(FIRST_YEAR, 10, 6), 15), Random(hamlet.code).randbytes(4))
    said = {
        "informant": "head",
        "households": len(homes),
        "persons": sum(len(household.members) for household in homes),
        "hamlet_point": [hamlet.lat, hamlet.lon, 1435.0, 6.0],
        "road_main": steady.choice(("asphalt", "concrete")),
        "road_km": km,
        "road_open": "always" if km < 9 else "rain_cut",
        "road_inner": steady.choice(("concrete", "gravel", "earth")),
        "power": "grid",
        "power_hh": steady.randint(0, 3),
        "water": "gravity",
        "water_hh": steady.randint(1, max(2, len(homes) // 5)),
        "waste": steady.choice(("yes", "no")),
        "km_preschool": round(steady.uniform(0.2, 3), 1),
        "km_primary": round(steady.uniform(0.3, 4), 1),
        "km_lower": km,
        "km_health": km,
        "km_market": km + 1,
        "health_worker": "yes",
        "hall": "good" if steady.random() < 0.6 else "poor",
        "signal": steady.choice(("good", "weak", "voice")),
        "fibre": "no",
        "speaker": "yes",
        "model_field": "crop",
        "model_name": "Cà phê chín, phơi giàn",
        "model_year": 2024,
        "model_hh": min(12, len(homes)),
        "model_state": "running" if year == FIRST_YEAR else "growing",
    }

    def suggest(node: Asked, row: str) -> Any:
        return said.get(node.name, UNKNOWN)

    env = {"now": at, "offset_min": 420, "seed": f"{steady.randrange(2**32):08x}", "lang": "vi"}
    context = field.context(env, hamlet, field.phones[hamlet.code].author, household={}, round_id=str(year))
    values = fill(form, context, {"model": [model]}, suggest, means=0.5, random=steady)
    return {"@env": env, **values}


def _filled(
    field: Field,
    form: Form,
    household: Household,
    suggest: Any,
    at: int,
    *,
    rows: Mapping[str, list[str]] | None = None,
) -> Answers:
    phone = field.phones[household.hamlet.code]
    env = phone.env(at)
    context = field.context(
        env, household.hamlet, phone.author, household=register_answers(household), round_id=""
    )
    values = fill(form, context, rows or {}, suggest, means=household.means, random=field.random)
    return {"@env": env, **values}
