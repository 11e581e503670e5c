"""Mistakes in the pure core: clock, heads, rules, deletion, approval, same-as; one language that differs."""

from __future__ import annotations

from tests.sabotage.catalogue import IN_TYPESCRIPT, Sabotage

_SHOWN = """            for other in item.change.seen:
                seen |= bits.get(other, 0)
"""
_ORDER = "sorted(by_id.values(), key=lambda item: (item.at, item.id))\n        bits"

OF_THE_FOLD = [
    Sabotage(
        "arrival-order-breaks-ties",
        1,
        "sync/heads.py",
        _ORDER,
        "sorted(by_id.values(), key=lambda item: item.at)\n        bits",
    ),
    Sabotage(
        "true-equals-one",
        1,
        "sync/rules.py",
        "all(same(head.value, heads[0].value) for",
        "all(head.value == heads[0].value for",
    ),
    Sabotage(
        "typescript-takes-the-oldest-of-equals",
        1,
        "client_pwa/src/core/rules.ts",
        "sign * each.amount > sign * best.amount",
        "sign * each.amount >= sign * best.amount",
    ),
    Sabotage(
        "typescript-orders-by-utf16",
        1,
        "client_pwa/src/core/canonical.ts",
        "return rank(one) - rank(other);",
        "return one - other;",
    ),
    Sabotage(
        "typescript-reads-dates-as-local-time",
        1,
        "client_pwa/src/core/rules.ts",
        'const minutes = offset === "Z" ? 0',
        'const minutes = !parts[4] ? -420 : offset === "Z" ? 0',
    ),
    Sabotage(
        "typescript-forgets-the-rule-of-status",
        1,
        "client_pwa/src/core/rules.ts",
        '  ["@status", "least_finished"],\n',
        "",
        IN_TYPESCRIPT,
    ),
    Sabotage(
        "typescript-asks-for-the-role-of-supervisors-only",
        1,
        "client_pwa/src/core/rules.ts",
        'head.role === "supervisor" || head.role === "admin"',
        'head.role === "supervisor"',
    ),
    Sabotage(
        "typescript-sees-one-of-the-seen",
        1,
        "client_pwa/src/core/heads.ts",
        "maskOf(item.change.seen, positions",
        "maskOf(item.change.seen.slice(-1), positions",
        IN_TYPESCRIPT,
    ),
    Sabotage(
        "a-repeated-change-counts-again",
        2,
        "sync/heads.py",
        "                by_id[item.id] = min(",
        "                by_id[item.id + str(len(by_id))] = min(",
    ),
    Sabotage("the-first-that-arrives-wins", 2, "sync/heads.py", _ORDER, "list(by_id.values())\n        bits"),
    Sabotage(
        "the-receipt-that-came-last-counts",
        3,
        "sync/heads.py",
        "min(item, twin, key=lambda each: (each.at, each.role))",
        "item",
    ),
    Sabotage(
        "equal-times-are-taken-as-they-come",
        3,
        "sync/heads.py",
        _ORDER,
        "sorted(by_id.values(), key=lambda item: item.at)\n        bits",
    ),
    Sabotage(
        "supersede-by-version-vector",
        4,
        "sync/heads.py",
        _SHOWN,
        """            newest: dict[str, int] = {}
            for other in self.changes:
                if other.id in item.change.seen:
                    newest[other.change.device] = max(newest.get(other.change.device, 0), other.change.seq)
            for other in self.changes:
                if other.change.seq <= newest.get(other.change.device, -1):
                    seen |= bits[other.id]
""",
    ),
    Sabotage("the-last-writer-wins", 4, "sync/heads.py", _SHOWN, "            seen = own - 1\n"),
    Sabotage(
        "a-save-overwrites-the-whole-record",
        4,
        "sync/heads.py",
        "        self.masks = {path:",
        """        for path in superseded:
            for shown, item in zip(self.shown, self.changes, strict=True):
                superseded[path] |= shown & ~bits[item.id]
        self.masks = {path:""",
    ),
    Sabotage(
        "clearing-is-no-write",
        5,
        "sync/heads.py",
        "            for path in item.change.set:",
        "            for path in [p for p, v in item.change.set.items() if v is not None]:",
    ),
    Sabotage(
        "history-drops-changes-of-one-millisecond",
        5,
        "sync/fold.py",
        "by_id = {item.id: item for item in stored}",
        "by_id = {item.at: item for item in stored}",
    ),
    Sabotage(
        "history-lists-what-is-shown",
        5,
        "sync/fold.py",
        '            "set": item.change.set,',
        '            "set": {p: v for p, v in item.change.set.items() if v is not None},',
    ),
    Sabotage(
        "a-slow-clock-supersedes-nothing",
        6,
        "sync/heads.py",
        "            seen &= ~own\n",
        "            seen &= own - 1\n",
    ),
    Sabotage(
        "confirming-supersedes-nothing",
        6,
        "sync/heads.py",
        "                superseded[path] = superseded.get(path, 0) | seen\n",
        """                others = [self.changes[index] for index in newest_first(seen)]
                same = [o for o in others if o.change.set.get(path) == item.change.set[path]]
                ended = seen & ~sum(bits[other.id] for other in same)
                superseded[path] = superseded.get(path, 0) | ended
""",
    ),
    Sabotage(
        "union-of-the-two-newest",
        7,
        "sync/rules.py",
        "lists = [head.value for head in heads if",
        "lists = [head.value for head in heads[:2] if",
    ),
    Sabotage(
        "the-newest-status-wins", 7, "sync/rules.py", '"@status": "least_finished"', '"@status": "latest"'
    ),
    Sabotage(
        "texts-are-joined-newest-first",
        7,
        "sync/rules.py",
        "for head in reversed(heads) if isinstance(head.value, str)",
        "for head in heads if isinstance(head.value, str)",
    ),
    Sabotage(
        "true-is-a-number",
        7,
        "sync/rules.py",
        "isinstance(value, int | float) and not isinstance(value, bool)",
        "isinstance(value, int | float)",
    ),
    Sabotage(
        "the-largest-ever-stays",
        7,
        "sync/fold.py",
        "decision = decide(rule_of(path, rules), of_path)",
        """written = [i for i, item in enumerate(heads.changes) if path in item.change.set]
        ever = [heads._head(index, path) for index in reversed(written)]
        rule = rule_of(path, rules)
        decision = decide(rule, ever if rule == "largest" else of_path)""",
    ),
    Sabotage(
        "an-interviewer-decides-too",
        7,
        "sync/rules.py",
        'if head.role in ("supervisor", "admin")]',
        "if head.role]",
    ),
    Sabotage(
        "seen-lists-only-the-newest-change-at-the-desk",
        8,
        "sync/fold.py",
        "seen=[item.id for item in heads.changes]",
        "seen=[item.id for item in heads.changes[-1:]]",
    ),
    Sabotage(
        "a-supervisor-closes-what-was-not-shown",
        8,
        "sync/heads.py",
        "            seen &= ~own\n",
        '            seen = (own - 1) if item.role == "supervisor" else seen & ~own\n',
    ),
    Sabotage(
        "two-are-no-conflict",
        8,
        "sync/rules.py",
        "    return Decision(heads[0].value, True)\n\n\ndef _latest",
        "    return Decision(heads[0].value, len(heads) > 2)\n\n\ndef _latest",
    ),
    Sabotage(
        "deletion-covers-all",
        9,
        "sync/covers.py",
        "            if not is_covered(heads, deleting, content[prefix][0]):",
        "            if not deleting:",
    ),
    Sabotage(
        "one-deletion-among-many-hides",
        9,
        "sync/covers.py",
        "elif len(deleting) == mask.bit_count():",
        "else:",
    ),
    Sabotage(
        "deleting-erases",
        9,
        "sync/fold.py",
        "        heads=heads_by_path,",
        '        heads={} if "" in deletions.hidden else heads_by_path,',
    ),
    Sabotage(
        "undo-must-know-of-every-deletion",
        9,
        "sync/covers.py",
        "                undone &= ~(1 << index)",
        "                undone &= ~0",
    ),
    Sabotage(
        "a-deletion-covers-what-is-older-by-the-clock",
        9,
        "sync/covers.py",
        "any(not content & ~heads.shown[index] for index in by)",
        "any(not content >> (index + 1) for index in by)",
    ),
    Sabotage(
        "approval-covers-all",
        10,
        "sync/covers.py",
        'return bool(approving) and not is_covered(heads, approving, content[""][1])',
        "return False",
    ),
    Sabotage(
        "every-approver-must-have-seen-all",
        10,
        "sync/covers.py",
        'return bool(approving) and not is_covered(heads, approving, content[""][1])',
        'return not all(is_covered(heads, [index], content[""][1]) for index in approving)',
    ),
    Sabotage(
        "a-deleted-row-is-no-content-for-approval",
        10,
        "sync/covers.py",
        "masks[prefix] = (deletion | undone, approval | counted)",
        "masks[prefix] = (deletion | undone, approval | undone)",
    ),
    Sabotage(
        "a-deleted-household-stands-for-others",
        11,
        "sync/same_as.py",
        "        if name not in deleted:\n",
        "        if name:\n",
    ),
    Sabotage(
        "a-second-tie-replaces-the-first",
        11,
        "sync/same_as.py",
        "        smallest[high] = low\n",
        "        smallest[max(one, other)] = min(one, other)\n",
    ),
    Sabotage(
        "a-tie-taken-back-stays",
        11,
        "sync/fold.py",
        'same_as=distinct_texts([head.value for head in heads_by_path.get("@same_as", [])]),',
        'same_as=distinct_texts([i.change.set.get("@same_as") for i in heads.changes]),',
    ),
    Sabotage(
        "the-newest-area-alone-counts",
        12,
        "sync/fold.py",
        'for head in heads_by_path.get("@area", [])]),',
        'for head in heads_by_path.get("@area", [])[:1]]),',
    ),
    Sabotage(
        "the-clock-decides-who-had-seen",
        12,
        "sync/heads.py",
        "            seen &= ~own\n",
        "            seen &= own - 1\n",
    ),
    Sabotage(
        "approval-ends-by-the-clock",
        12,
        "sync/covers.py",
        'return bool(approving) and not is_covered(heads, approving, content[""][1])',
        'return bool(approving) and bool(content[""][1] >> (approving[0] + 1))',
    ),
    Sabotage(
        "a-phone-keeps-the-highest-clock-it-met",
        12,
        "sync/clock.py",
        "return max(wall, 1 + max(seen_ats, default=wall - 1))",
        "return 1 + max([*seen_ats, wall])",
    ),
    Sabotage(
        "the-clock-of-a-change-is-the-wall",
        12,
        "sync/clock.py",
        "return max(wall, 1 + max(seen_ats, default=wall - 1))",
        "return wall",
    ),
]
