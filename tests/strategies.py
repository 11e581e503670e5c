"""Sets of changes as they come to be: several people on several devices, who saw what their screen showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from schemas.change import Change, change_id, encode_change, parse_change
from sync.clock import next_at
from sync.fold import Stored

RECORD = "0192f3c8-7d7e-7b1a-9c55-1f0f2a9d8e11"
DEVICES = ("k3f9x2ab", "p0p0p0p0", "desk0001")
ROLES = {
    "u-han": "interviewer",
    "u-lan": "interviewer",
    "u-sup": "supervisor",
    "u-adm": "admin",
}
RULES = {
    "asked": "ask",
    "newest": "latest",
    "oldest": "first",
    "most": "largest",
    "least": "smallest",
    "options": "union",
    "notes": "join",
    "decided": "supervisor",
    "member/age": "largest",
    "member/crop/area": "smallest",
}
Clocks = Callable[[int, int], int]

odd_values = st.sampled_from(
    [
        None,
        0,
        1,
        1.0,
        -0.0,
        True,
        False,
        "1",
        "",
        [],
        1e16,
        1e21,
        1e-7,
        0.1,
        -3,
        2**53 - 1,
        "Đưng K’Nớ",
        "😀",
        "\uff21",
        ["b", "a"],
        ["a", "😀", "\uff21"],
        [1, True],
        "2026-02-01",
        "2025-12-31",
        "2026-02-01T08:00:00.000+07:00",
        "08:30:00.000+07:00",
        {"sha256": "ab", "name": "ảnh.jpg", "type": "image/jpeg", "bytes": 12},
        [11.94, 108.44, 1500, 4.5],
    ]
)
few_values = st.sampled_from([None, 1, 2, 3])
_marks = st.sampled_from([True, True, None])
_rows = ("r1", "r2", "r3")

_system: list[st.SearchStrategy[tuple[str, Any]]] = [
    st.tuples(st.just("@status"), st.sampled_from(["draft", "submitted", "approved", "returned", None])),
    st.tuples(st.just("@deleted"), _marks),
    st.tuples(st.just("@area"), st.sampled_from(["68-a", "68-b", None])),
    st.tuples(st.just("@round"), st.sampled_from(["2025", "2026"])),
    st.tuples(st.just("@subject"), st.sampled_from(["h1", "h2"])),
    st.tuples(st.just("@same_as"), st.sampled_from(["h1", "h2", RECORD, None])),
    st.tuples(st.just("@env"), st.builds(dict, now=st.integers(0, 3), lang=st.just("vi"))),
    st.tuples(
        st.sampled_from(["@comment/k1", "@comment/k2"]),
        st.sampled_from([{"text": "Xem lại"}, {"text": "Tuổi?", "path": "member/r1/age"}, None, "x"]),
    ),
]
# What each question is for, so that its rule has something to do.
_options = st.lists(st.sampled_from(["a", "b", "é", "\uff21", "😀"]), unique=True, max_size=3).map(sorted)
_texts = st.sampled_from(["ẩm", "thấp", "ẩm | thấp", None])
_moments = st.sampled_from(
    [
        "2026-02-01",
        "2025-12-31",
        "2026-02-01T08:00:00.000+07:00",
        "2026-02-01T07:30:00.000Z",
        "2026-02-01T01:00",
        "08:30:00.000+07:00",
        "23:59:59.9-10:30",
        "0000-01-01",
        "2024-02-29",
    ]
)
_answers: list[st.SearchStrategy[tuple[str, Any]]] = [
    st.tuples(st.sampled_from(["asked", "newest", "oldest", "decided", "😀", "\uff21"]), few_values),
    st.tuples(st.sampled_from(["most", "least"]), st.one_of(few_values, _moments)),
    st.tuples(st.just("options"), _options),
    st.tuples(st.just("notes"), _texts),
    st.tuples(st.sampled_from([path for path in RULES if "/" not in path]), odd_values),
]
_in_rows: list[st.SearchStrategy[tuple[str, Any]]] = [
    st.tuples(st.sampled_from([f"member/{row}/age" for row in _rows]), few_values),
    st.tuples(st.sampled_from([f"member/{row}/crop/c{n}/area" for row in _rows for n in "12"]), few_values),
    st.tuples(st.sampled_from([f"member/{row}/@deleted" for row in _rows]), _marks),
    st.tuples(st.sampled_from([f"member/{row}/crop/c1/@deleted" for row in _rows]), _marks),
    st.tuples(st.sampled_from([f"member/{row}/@row" for row in _rows]), st.just(True)),
    st.tuples(st.sampled_from([f"member/{row}/@same_as" for row in _rows]), st.sampled_from([*_rows, None])),
]
writes = st.lists(st.one_of(*_answers, *_in_rows, *_system), min_size=1, max_size=5).map(dict)
clocks = st.one_of(
    st.integers(0, 3),
    st.sampled_from([0, 3_786_825_600_000, 1_789_640_123_456]),
    st.integers(1_789_640_000_000, 1_789_640_000_009),
)


@dataclass(frozen=True)
class ChangeSet:
    """`stored[i]` is what `bodies[i]` says."""

    record: str
    rules: dict[str, str]
    stored: list[Stored]
    bodies: list[bytes]


def compose(
    device: str, seq: int, at: int, author: str, seen: list[Stored], set: dict[str, Any]
) -> tuple[Stored, bytes]:
    body = encode_change(
        record=RECORD,
        form="household",
        form_version="1",
        device=device,
        seq=seq,
        at=at,
        author=author,
        seen=[item.id for item in seen],
        set=set,
    )
    change = parse_change(body)
    assert isinstance(change, Change)
    return Stored(change_id(body), change, at, ROLES[author]), body


@st.composite
def change_sets(draw: st.DrawFn, largest: int = 14) -> ChangeSet:
    """A set made by people who write, open the record anew, and pull from one another in any order.

    A device's screen shows what it held when the record was last opened, and its own changes since: that is
    what its next change has seen.
    """
    present: dict[str, list[Stored]] = {device: [] for device in DEVICES}
    shown: dict[str, list[Stored]] = {device: [] for device in DEVICES}
    stored: list[Stored] = []
    bodies: list[bytes] = []
    for _ in range(draw(st.integers(0, largest))):
        device = draw(st.sampled_from(DEVICES))
        match draw(st.sampled_from(["write", "write", "write", "pull", "open"])):
            case "pull":
                other = draw(st.sampled_from(DEVICES))
                present[device] = [*present[device], *(i for i in present[other] if i not in present[device])]
                shown[device] = list(present[device])
            case "open":
                shown[device] = list(present[device])
            case _:
                wall = draw(clocks)
                is_honest = draw(st.booleans())
                at = next_at((item.at for item in shown[device]), wall) if is_honest else wall
                author = draw(st.sampled_from(sorted(ROLES)))
                item, body = compose(device, len(stored) + 1, at, author, shown[device], draw(writes))
                stored.append(item)
                bodies.append(body)
                present[device] = [*present[device], item]
                shown[device] = [*shown[device], item]
    rules = draw(st.sampled_from([RULES, {}]))
    return ChangeSet(RECORD, rules, stored, bodies)
