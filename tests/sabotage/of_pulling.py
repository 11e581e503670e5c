"""Mistakes where changes go out: positions, cursors, histories, areas, carried answers."""

from __future__ import annotations

from tests.sabotage.catalogue import IN_REQUESTS, IN_THE_MACHINE, Sabotage

_PULLING = "server/pulling.py"
_END = "    got.pos = upto\n"
_MORE = "        more=got.pos < top,\n"
_ENTERING = "records = entering.get(pos, [])"

OF_PULLING = [
    Sabotage(
        "late-commit-gets-a-lower-position",
        17,
        "server/arriving.py",
        "        self._top = log.top_position(db)\n",
        """        # As a sequence of which every connection caches a hundred.
        blocks = log.__dict__.setdefault("blocks", {})
        first = blocks.setdefault(id(db), log.top_position(db) // 100 * 100 + 100)
        used = db.execute("SELECT max(pos) FROM log WHERE pos < ?", (first + 100,)).fetchone()[0] or 0
        self._top = max(first, used)
""",
    ),
    Sabotage("no-history-for-records-that-enter", 17, _PULLING, _ENTERING, "records: list[str] = []"),
    Sabotage(
        "what-came-of-one-record-that-enters-counts-for-the-next",
        17,
        _PULLING,
        "history = start.history if pos == start.pos + 1 else 0",
        "history = 0 if got.changes else start.history",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "carried-answers-are-not-given-again",
        17,
        "server/store/pulls.py",
        '"SELECT * FROM (SELECT max(r.carried_since, r.pos, r.round_since,',
        '"SELECT * FROM (SELECT max(r.round_since, r.round_since,',
    ),
    Sabotage(
        "carried-answers-are-given-stale",
        17,
        _PULLING,
        "    if stale:\n        refresh_records(store, stale)\n",
        "",
    ),
    Sabotage(
        "the-cursor-passes-what-did-not-fit",
        17,
        _PULLING,
        _END,
        "    got.pos = top\n",
    ),
    Sabotage(
        "new-areas-are-given-from-now-on",
        17,
        _PULLING,
        "        forget.update(_no_longer_given(db, given, cursor))\n        cursor = None\n",
        "        forget.update(_no_longer_given(db, given, cursor))\n",
    ),
    Sabotage(
        "a-release-keeps-the-old-position",
        17,
        "server/intake.py",
        "        arriving = Arriving(db, [change_id], [change])\n",
        "        arriving = Arriving(db, [change_id], [change])\n        arriving._top = hold.pos - 1\n",
    ),
    Sabotage(
        "only-the-last-of-several-areas-is-looked-at",
        17,
        "server/store/pulls.py",
        's.record WHERE s.since > :after"\n        " AND EXISTS',
        's.record WHERE s.until IS NULL AND s.since > :after"\n        " AND EXISTS',
        IN_THE_MACHINE,
    ),
    Sabotage(
        "carried-answers-of-a-deleted-interview-stay",
        17,
        "server/store/pulls.py",
        " AND r.carried_since <= :upto AND r.carried IS NULL",
        " AND r.carried_since <= :upto AND r.carried IS NULL AND r.stale < 0",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "what-comes-while-a-page-is-made-is-passed",
        17,
        _PULLING,
        "_gather(db, given, start, min(top, judged), limit)",
        "_gather(db, given, start, top, limit)",
    ),
    Sabotage(
        "of-what-enters-the-end-comes-first",
        17,
        _PULLING,
        "limit + 1, enters=enters)",
        "limit + 1, enters={})",
    ),
    Sabotage(
        "what-a-new-version-says-of-phones-is-not-heard",
        17,
        _PULLING,
        "    return of.scope, of.rounds, of.turns\n",
        "    return of.scope, of.rounds, 0\n",
    ),
    Sabotage("a-release-is-not-told", 17, _PULLING, "        released=released,\n", "        released=[],\n"),
    Sabotage("the-last-page-has-another", 18, _PULLING, _MORE, "        more=got.pos <= top,\n"),
    Sabotage("the-cursor-stops-at-the-last-change", 18, _PULLING, _END, ""),
    Sabotage(
        "a-full-page-is-the-last",
        18,
        _PULLING,
        _MORE,
        "        more=got.pos < top and len(got.changes) + len(got.carried) < limit,\n",
    ),
    Sabotage(
        "what-left-is-not-forgotten",
        21,
        _PULLING,
        "    forget.update(pulls.left_between(db, given, start.pos, got.pos, start.fresh))\n",
        "",
    ),
    Sabotage(
        "of-a-server-that-was-put-back-nothing-is-left-behind",
        21,
        _PULLING,
        "    if cursor is None and former is not None:\n",
        "    if cursor is not None and former is not None:\n",
        IN_REQUESTS,
    ),
    Sabotage("what-moved-comes-from-now-on", 21, _PULLING, _ENTERING, "records: list[str] = []"),
    Sabotage(
        "the-old-area-keeps-what-moved",
        21,
        "server/store/stays.py",
        "    for area in now - wanted:\n",
        "    for area in ():\n",
    ),
    Sabotage(
        "interviews-stay-where-the-household-was",
        21,
        "server/placing.py",
        "waiting, known = [first], {first}",
        "waiting, known = list[str](), {first}",
    ),
]
