"""The demo commune: its areas, hamlets and the people who work there. All persons are invented."""

from __future__ import annotations

from msgspec import Struct


class Hamlet(Struct, frozen=True, kw_only=True):
    """`families`: clan names usual there; `share` of the commune's households; `lat`, `lon` of its middle."""

    code: str
    name: str
    share: int
    lat: float
    lon: float
    families: tuple[str, ...]
    interviewer: str


class Official(Struct, frozen=True, kw_only=True):
    name: str
    role: str
    area: str


PROVINCE = ("68", "Tỉnh Lâm Đồng")
COMMUNE = ("68-DK", "Xã Đưng K’Nớ (bản thử)")
COMMUNE_SETTING = "rural"

HAMLETS = (
    Hamlet(
        code="68-DK-01",
        name="Păng Tiêng",
        share=45,
        lat=12.1602,
        lon=108.4421,
        families=("Kơ Să", "Cil Múp", "Liêng Jrang", "Bon Niêng", "Sơ Ao"),
        interviewer="Ka Duyên",
    ),
    Hamlet(
        code="68-DK-02",
        name="Lán Tranh",
        share=55,
        lat=12.1744,
        lon=108.4287,
        families=("Cil", "Kon Sơ", "Liêng Jrang", "Rơ Ông", "Lơ Mu"),
        interviewer="Ha Thương",
    ),
    Hamlet(
        code="68-DK-03",
        name="Đưng Trang",
        share=35,
        lat=12.1861,
        lon=108.4530,
        families=("Đa Gout", "Păng Ting", "Cil Yũ", "Kră Jăn"),
        interviewer="Nguyễn Văn Lộc",
    ),
    Hamlet(
        code="68-DK-04",
        name="K’Nớ 1",
        share=48,
        lat=12.2013,
        lon=108.4655,
        families=("Dà Cát", "Ndu", "Bon Tô", "Cil Múp", "Lơ Mu"),
        interviewer="Ka Hiền",
    ),
    Hamlet(
        code="68-DK-05",
        name="K’Nớ 2",
        share=30,
        lat=12.2098,
        lon=108.4719,
        families=("Dà Cát", "Ndu", "Kră Jăn", "Păng Ting"),
        interviewer="Lơ Mu Ka Lin",
    ),
    Hamlet(
        code="68-DK-06",
        name="Đưng K’Si",
        share=27,
        lat=12.2240,
        lon=108.4398,
        families=("Cil Yũ", "Sơ Ao", "Kon Sơ", "Đa Gout"),
        interviewer="Cil Ha Bình",
    ),
)

OFFICIALS = (
    Official(name="Phạm Quốc Khánh", role="admin", area=PROVINCE[0]),
    Official(name="Trần Thị Hạnh", role="supervisor", area=COMMUNE[0]),
    Official(name="Cil K’Đang", role="supervisor", area=COMMUNE[0]),
    Official(name="Lê Thu Nga", role="viewer", area=COMMUNE[0]),
)


def area_rows() -> list[dict[str, str]]:
    """The area list as `thon area load` reads it: province, commune, hamlets."""
    rows = [
        {"code": PROVINCE[0], "parent": "", "name": PROVINCE[1], "kind": "province", "setting": ""},
        {
            "code": COMMUNE[0],
            "parent": PROVINCE[0],
            "name": COMMUNE[1],
            "kind": "commune",
            "setting": COMMUNE_SETTING,
        },
    ]
    rows += [
        {
            "code": hamlet.code,
            "parent": COMMUNE[0],
            "name": hamlet.name,
            "kind": "hamlet",
            "setting": COMMUNE_SETTING,
        }
        for hamlet in HAMLETS
    ]
    return rows


def shares(households: int) -> list[int]:
    """How many of `households` live in each hamlet; every hamlet has at least two."""
    total = sum(hamlet.share for hamlet in HAMLETS)
    counts = [max(2, round(households * hamlet.share / total)) for hamlet in HAMLETS]
    counts[1] += households - sum(counts)
    return counts
