"""Sets of changes as they come to be: several people on several devices, who saw what their screen showed."""

from __future__ import annotations

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
_marks = st.sampled_from([True, True, True, None])
_rows = ("r1", "r2", "r3")

# What each question is for, so that its rule has something to do.
options = st.lists(st.sampled_from(["a", "b", "é", "\uff21", "😀"]), unique=True, max_size=3).map(sorted)
texts = st.sampled_from(["ẩm", "thấp", "ẩm | thấp", None])
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
amounts = st.one_of(few_values, _moments, odd_values)
# Values that are easily taken for one another, or for another's place in an order.
ALIKE: list[list[Any]] = [
    [True, 1, "1", False, 0, None],
    ["2026-02-01T08:00:00.000+07:00", "2026-02-01T01:00", "2026-02-01T01:00:00.000Z", "2026-02-01"],
    [["a"], ["😀"], ["\uff21"], ["a", "😀", "\uff21"], None],
    ["😀", "\uff21", "é", "1", 1],
]
_comments = st.sampled_from([{"text": "Xem lại"}, {"text": "Tuổi?", "path": "member/r1/age"}, None, "x"])
_values: dict[str, st.SearchStrategy[Any]] = {
    "asked": st.one_of(few_values, odd_values),
    "newest": few_values,
    "oldest": few_values,
    "decided": few_values,
    "most": amounts,
    "least": amounts,
    "options": st.one_of(options, odd_values),
    "notes": st.one_of(texts, odd_values),
    "😀": few_values,
    "\uff21": few_values,
    "@status": st.sampled_from(["draft", "submitted", "approved", "returned", None]),
    "@deleted": _marks,
    "@area": st.sampled_from(["68-a", "68-b", None]),
    "@round": st.sampled_from(["2025", "2026"]),
    "@subject": st.sampled_from(["h1", "h2"]),
    "@same_as": st.sampled_from(["h1", "h2", RECORD, None]),
    "@env": st.builds(dict, now=st.integers(0, 3), lang=st.just("vi")),
    "@comment/k1": _comments,
    "@comment/k2": _comments,
}
for row in _rows:
    _values |= {
        f"member/{row}/age": few_values,
        f"member/{row}/crop/c1/area": few_values,
        f"member/{row}/crop/c2/area": few_values,
        f"member/{row}/@deleted": _marks,
        f"member/{row}/crop/c1/@deleted": _marks,
        f"member/{row}/@row": st.just(True),
        f"member/{row}/@same_as": st.sampled_from([*_rows, None]),
    }
# Few paths at a time, so that writes meet: any of all, or all of a few that have to do with one another.
_topics = st.one_of(
    st.sampled_from(sorted(_values)).map(lambda path: [path]),
    st.lists(st.sampled_from(sorted(_values)), min_size=1, max_size=4, unique=True),
    st.sampled_from(
        [
            ["most", "least", "asked"],
            ["options", "notes", "decided"],
            ["newest", "oldest", "decided"],
            ["asked", "@status", "@comment/k1"],
            ["asked", "@area", "@round"],
            ["@env", "@subject", "@same_as"],
            ["@deleted"],
            ["asked", "@deleted"],
            ["asked", "@status"],
            ["@area"],
            ["@deleted", "member/r1/age", "member/r1/@deleted"],
            ["member/r1/age", "member/r2/age", "member/r2/@same_as"],
            ["member/r1/@deleted", "member/r1/age", "member/r1/crop/c1/@deleted", "member/r1/crop/c1/area"],
        ]
    ),
)
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


def _writes(paths: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)
    return some.flatmap(lambda chosen: st.fixed_dictionaries({path: _values[path] for path in chosen}))


@st.composite
def change_sets(draw: st.DrawFn, largest: int = 20, about: tuple[str, ...] = ()) -> ChangeSet:
    """A set made by people who write, open the record anew, and pull from one another in any order.

    A device's screen shows what it held when the record was last opened, and its own changes since: that is
    what its next change has seen. `about`: the paths that are written, where not any.
    """
    present: dict[str, list[Stored]] = {device: [] for device in DEVICES}
    shown: dict[str, list[Stored]] = {device: [] for device in DEVICES}
    stored: list[Stored] = []
    bodies: list[bytes] = []
    paths = list(about) or draw(_topics)
    for _ in range(draw(st.integers(0, largest))):
        device = draw(st.sampled_from(DEVICES))
        match draw(st.sampled_from(["write"] * 4 + ["pull", "open"])):
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
                item, body = compose(device, len(stored) + 1, at, author, shown[device], draw(_writes(paths)))
                stored.append(item)
                bodies.append(body)
                present[device] = [*present[device], item]
                shown[device] = [*shown[device], item]
    rules = draw(st.sampled_from([RULES, RULES, {}]))
    return ChangeSet(RECORD, rules, stored, bodies)


@st.composite
def gappy_sets(draw: st.DrawFn, *paths: str) -> ChangeSet:
    """A few changes that were each shown any of those before: a courier, or a hold that is released late,
    brings a change without those that its device made before."""
    stored: list[Stored] = []
    bodies: list[bytes] = []
    for seq in range(1, draw(st.integers(2, 5)) + 1):
        mask = draw(st.integers(0, 2 ** len(stored) - 1))
        seen = [item for index, item in enumerate(stored) if mask >> index & 1]
        at, device = draw(st.integers(0, 2)), draw(st.sampled_from(DEVICES[:2]))
        item, body = compose(
            device, seq, at, draw(st.sampled_from(sorted(ROLES))), seen, draw(_writes([*paths]))
        )
        stored.append(item)
        bodies.append(body)
    return ChangeSet(RECORD, RULES, stored, bodies)
