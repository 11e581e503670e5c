"""Likely duplicates are found on arrival: a household that is new or changed is compared with those that it
shares a key with. Nothing is ever merged here."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from schemas.form import Form, Repeat
from schemas.paths import without_rows
from server import likeness
from server.likeness import Evidence, Member, Traits
from server.store import Store, areas, forms, likely, stays, views
from server.store.likely import Due, Found, NotTheSame

_BATCH = 50
# Two fixes of one house: more than the error of a cheap phone.
_MOVED_M = 200


class Pair(Struct, frozen=True):
    """Two records of a register, `a` < `b`. `was_said`: that they are not the same, before one of them
    changed."""

    score: int
    evidence: list[Evidence]
    a: str
    b: str
    was_said: NotTheSame | None = None


class Tie(Struct, frozen=True):
    """`a` names `b` as the same; who wrote that, when (ms)."""

    a: str
    b: str
    user: str
    at: int


def find_likely(store: Store, most: int | None = None) -> int:
    """Compares the households that are due, at most so many. Returns how many."""
    compared = 0
    with store.comparing:
        while most is None or compared < most:
            some = _compare_some(store, _BATCH if most is None else min(_BATCH, most - compared))
            if not some:
                break
            compared += some
    return compared


def registers(db: sqlite3.Connection) -> list[str]:
    """Forms that records of other forms are about."""
    newest = {published.id: published for published in forms.versions(db)}
    found = (forms.newest(db, form_id) for form_id in newest)
    return sorted({form.subject_form for form in found if form and form.subject_form} & set(newest))


def pairs(db: sqlite3.Connection, scope: Collection[str]) -> list[Pair]:
    """Likely duplicates within areas that nobody tied or said are not the same, the most alike first."""
    return _still_likely(db, scope, likely.untied_pairs(db, scope))


def twins(db: sqlite3.Connection, scope: Collection[str], records: Iterable[str]) -> dict[str, str]:
    """Of these records, each that is in such a pair to the other one of its most alike pair."""
    found = _still_likely(db, scope, likely.untied_pairs_of(db, scope, records))
    return {one: other for pair in found for one, other in ((pair.a, pair.b), (pair.b, pair.a))}


def ties(db: sqlite3.Connection, scope: Collection[str]) -> list[Tie]:
    """What was tied within areas, the newest first."""
    found = []
    for a, b in likely.tied_pairs(db, scope):
        view = views.get(db, a)
        heads = views.system_heads(view).get("@same_as", []) if view else []
        found += [Tie(a, b, head["author"], head["at"]) for head in heads if head["value"] == b]
    return sorted(found, key=lambda tie: (-tie.at, tie.a, tie.b))


def not_the_same(db: sqlite3.Connection, scope: Collection[str]) -> list[NotTheSame]:
    """What was said of pairs within areas and still holds, the newest first."""
    return [said for said in likely.said_not_the_same(db, scope) if _holds(db, said)]


def say_not_the_same(db: sqlite3.Connection, a: str, b: str, user: str, now_ms: int) -> bool:
    """Remembers it until one of them changes in name, phone or place. False where nothing is known of one of
    them. Must run inside the store's write transaction."""
    a, b = sorted((a, b))
    told_a, told_b = likely.traits_of(db, a), likely.traits_of(db, b)
    if a == b or told_a is None or told_b is None:
        return False
    said = NotTheSame(a, b, user, now_ms, told_a.decode(), told_b.decode())
    likely.say_not_the_same(db, said)
    return True


def compared_now(db: sqlite3.Connection, a: str, b: str) -> list[Evidence]:
    """What speaks for and against, whether or not they are a pair."""
    told = [_read(db, record) for record in (a, b)]
    return likeness.evidence(told[0], told[1]) if told[0] and told[1] else []


def traits_of(db: sqlite3.Connection, record: str) -> Traits | None:
    """What is compared of a household as the stored view has it; None for what is none, is deleted or has no
    name."""
    view = views.get(db, record)
    form = _form_of(db, view.form, view.form_version) if view else None
    if view is None or form is None or view.deleted:
        return None
    name = _first(form, "person_name", view.answers)
    if not isinstance(name, str) or not likeness.plain(name):
        return None
    lies_in = sorted(stays.areas_of(db, record))
    above = {code: area.parent for code in lies_in if (area := areas.get(db, code))}
    place = _place(form, view.answers)
    members: list[Member] = []
    for form_id, version, answers in likely.rosters_about(db, record):
        about = _form_of(db, form_id, version)
        if about is not None:
            place = place or _place(about, answers)
            members = members or _members(about, answers)
        if place and members:
            break
    phones = {likeness.phone_digits(str(phone)) for phone in _all(form, "phone", view.answers)}
    return Traits(
        name=name,
        phones=sorted(phones - {""}),
        place=place,
        members=members,
        areas=lies_in,
        around=sorted({above.get(code) or code for code in lies_in}),
    )


def _compare_some(store: Store, limit: int) -> int:
    with store.reading() as db:
        batch = likely.due(db, limit)
        if not batch:
            return 0
        households = set(registers(db))
        told = [(each, _told(db, each.record, households)) for each in batch]

    def file(db: sqlite3.Connection) -> list[tuple[Due, Traits]]:
        return [(each, traits) for each, traits in told if _file(db, each, traits) and traits is not None]

    changed = store.write(file)
    if changed:
        with store.reading() as db:
            found = [(each, list(_alike(db, each.record, traits))) for each, traits in changed]

        def keep(db: sqlite3.Connection) -> None:
            for each, alike in found:
                # Asked for again meanwhile: then it is compared again, by what is true then.
                if likely.is_due(db, each):
                    likely.put_pairs(db, each.record, alike)
                    likely.done(db, each)

        store.write(keep)
    return len(batch)


def _told(db: sqlite3.Connection, record: str, households: Collection[str]) -> Traits | None:
    return traits_of(db, record) if views.form_of(db, record) in households else None


def _file(db: sqlite3.Connection, each: Due, traits: Traits | None) -> bool:
    """Whether the household is to be compared now."""
    if not likely.is_due(db, each):
        return False
    text = None if traits is None else msgspec.json.encode(traits)
    if likely.is_known(db, each.record, text):
        likely.done(db, each)
        return False
    form = views.form_of(db, each.record)
    if traits is None or text is None or form is None:
        likely.forget(db, each.record)
        likely.done(db, each)
        return False
    likely.put_traits(db, each.record, form, text, likeness.keys(traits))
    return True


def _alike(db: sqlite3.Connection, record: str, traits: Traits) -> Iterator[Found]:
    form, name = views.form_of(db, record) or "", likeness.plain(traits.name)
    wanted = {*likeness.keys(traits), *likeness.cells_around(traits)}
    for other, text, shared in likely.those_under(db, record, form, wanted):
        theirs = _TRAITS.decode(text)
        # Two shared keys: a phone and a place, two members, or names that met twice.
        if (
            shared < 2
            and not likeness.may_be_alike(name, likeness.plain(theirs.name))
            and not ({*traits.phones} & {*theirs.phones})
        ):
            continue
        reasons = likeness.evidence(traits, theirs)
        score = likeness.score(reasons)
        if score >= likeness.LIKELY:
            a, b = sorted((record, other))
            yield Found(a, b, score, msgspec.json.encode(reasons).decode())


def _still_likely(db: sqlite3.Connection, scope: Collection[str], found: list[Found]) -> list[Pair]:
    said = {(each.a, each.b): each for each in likely.said_not_the_same(db, scope)} if found else {}
    return [
        Pair(each.score, _EVIDENCE.decode(each.evidence), each.a, each.b, before)
        for each in found
        if (before := said.get((each.a, each.b))) is None or not _holds(db, before)
    ]


def _holds(db: sqlite3.Connection, said: NotTheSame) -> bool:
    """Whether neither changed in what a person would look at; what was only learnt since changes nothing."""
    return _is_as_told(said.told_a, _read(db, said.a)) and _is_as_told(said.told_b, _read(db, said.b))


def _is_as_told(told: str, now: Traits | None) -> bool:
    then = _TRAITS.decode(told)
    if now is None or likeness.plain(then.name) != likeness.plain(now.name) or then.areas != now.areas:
        return False
    if then.phones and now.phones and then.phones != now.phones:
        return False
    return not (then.place and now.place) or likeness.metres(then.place, now.place) <= _MOVED_M


_TRAITS = msgspec.json.Decoder(Traits)
_EVIDENCE = msgspec.json.Decoder(list[Evidence])


def _read(db: sqlite3.Connection, record: str) -> Traits | None:
    text = likely.traits_of(db, record)
    return None if text is None else _TRAITS.decode(text)


def _form_of(db: sqlite3.Connection, form: str, version: str) -> Form | None:
    return forms.get(db, form, version) or forms.newest(db, form)


def _all(form: Form, meaning: str, answers: dict[str, Any]) -> list[Any]:
    """The answers outside repeats to the questions with this meaning."""
    paths = [node.path for node in form.with_meaning(meaning) if node.repeat < 0]
    return [answers[path] for path in paths if answers.get(path) is not None]


def _first(form: Form, meaning: str, answers: dict[str, Any]) -> Any:
    return next(iter(_all(form, meaning, answers)), None)


def _place(form: Form, answers: dict[str, Any]) -> tuple[float, float] | None:
    for point in _all(form, "location", answers):
        if (
            isinstance(point, list)
            and len(point) > 1
            and all(isinstance(part, int | float) for part in point[:2])
        ):
            return float(point[0]), float(point[1])
    return None


def _roster(form: Form) -> tuple[frozenset[str], frozenset[str]]:
    """Row-less paths of the names and births in the first repeat, outermost, that names persons."""
    named = next((node for node in form.with_meaning("person_name") if node.repeat >= 0), None)
    repeat = form.nodes[named.repeat] if named is not None else None
    if named is None or not isinstance(repeat, Repeat) or repeat.repeat >= 0:
        return frozenset(), frozenset()
    births = [node.path for node in form.with_meaning("birth") if node.repeat == named.repeat]
    return frozenset([named.path]), frozenset(births)


def _members(form: Form, answers: dict[str, Any]) -> list[Member]:
    names, births = _roster(form)
    by_row: dict[str, str] = {}
    born: dict[str, int] = {}
    for path, value in answers.items() if names else ():
        bare = without_rows(path)
        if bare in names and isinstance(value, str):
            by_row[path.split("/")[1]] = value
        elif bare in births and (year := _year(value)):
            born[path.split("/")[1]] = year
    return [Member(name, born.get(row, 0)) for row, name in sorted(by_row.items())]


def _year(value: Any) -> int:
    if isinstance(value, str) and value[:4].isdigit():
        return int(value[:4])
    return int(value) if isinstance(value, int | float) and 1800 < value < 2200 else 0
