"""Mistakes where changes come in: duplicates, holds, commits, bytes, roles, views."""

from __future__ import annotations

from tests.sabotage.catalogue import IN_REQUESTS, IN_THE_MACHINE, IN_TYPESCRIPT, Sabotage

_INTAKE = "server/intake.py"
_ARRIVING = "server/arriving.py"
_TAKEN = "        results = [_take(arriving, sender, each, now_ms) for each in read]\n"
_KNOWN = "    receipt = arriving.receipt(read.id)\n"
_REFUSAL = "    if refusal or standing.is_proved or change.device == devices.CLI_DEVICE:\n"

OF_THE_SERVER = [
    Sabotage(
        "deleting-erases-on-the-server",
        9,
        _ARRIVING,
        "        if keeping.names_files(as_kept):\n",
        """        if change.set.get("@deleted") is True:
            from server.store import erasures

            self._write()
            gone = [entry.id for entry in log.entries_of(self._db, change.record) if entry.id != change_id]
            erasures.erase(self._db, change.record, gone, "deleted", received)
        if keeping.names_files(as_kept):\n""",
    ),
    Sabotage(
        "the-clock-is-not-capped", 12, _INTAKE, "min(change.at, now_ms + CLOCK_TOLERANCE_MS)", "change.at"
    ),
    Sabotage(
        "what-a-courier-brings-again-is-new",
        13,
        _INTAKE,
        "    if receipt is not None:\n",
        '    if receipt is not None and getattr(read.change, "device", "") == sender.device:\n',
    ),
    Sabotage(
        "a-proved-change-is-given-a-new-time",
        13,
        _INTAKE,
        "_Standing(True, sent.at, sent.role)",
        "_Standing(True, min(sent.at, now_ms), sent.role)",
    ),
    Sabotage(
        "a-proved-change-is-given-the-role-of-today",
        13,
        _INTAKE,
        "_Standing(True, sent.at, sent.role)",
        '_Standing(True, sent.at, "interviewer")',
    ),
    Sabotage(
        "changes-must-come-in-the-order-of-seq",
        13,
        _INTAKE,
        _REFUSAL,
        f"""    if change.seq <= log.max_seq(arriving._db, change.device):
        return _Refusal("old_seq")
{_REFUSAL}""",
    ),
    Sabotage(
        "a-hold-ends-the-batch",
        14,
        _INTAKE,
        _TAKEN,
        """        results = []
        for each in read:
            results.append(_take(arriving, sender, each, now_ms))
            if results[-1].result == "held":
                break
""",
    ),
    Sabotage(
        "what-is-no-change-is-an-error",
        14,
        _INTAKE,
        '        return _Refusal("newer_format" if change == "newer_version" else "not_a_change", change)\n',
        "        raise ValueError(change)\n",
    ),
    Sabotage(
        "held-is-answered-and-not-kept",
        14,
        _INTAKE,
        "pos = arriving.keep_on_hold(kept, read.change)",
        "pos = arriving._top + 1",
    ),
    Sabotage(
        "one-bad-change-holds-the-batch",
        14,
        _INTAKE,
        _KNOWN,
        """    receipt = arriving.receipt(read.id)
    if any(not holds.get(arriving._db, i) is None for i in arriving._ids):
        return PushResult(read.id, "held", reason="batch", pos=1)
""",
    ),
    Sabotage(
        "answers-before-a-delayed-commit",
        15,
        "server/store/writer.py",
        '        connection.execute("COMMIT")\n',
        """        for future, value, failure in outcomes:
            if failure is None:
                future.set_result(value)
        outcomes = [outcome for outcome in outcomes if outcome[2]]
        threading.Event().wait(0.05)
        connection.execute("COMMIT")
""",
    ),
    Sabotage(
        "a-hold-lives-in-memory",
        15,
        _INTAKE,
        "pos = arriving.keep_on_hold(kept, read.change)",
        "pos = arriving._top + 1",
    ),
    Sabotage(
        "epoch-only-at-restore",
        19,
        "server/app.py",
        "store.write(lambda db: epochs.begin(db, now))",
        "store.write(lambda db: epochs.newest(db) or epochs.begin(db, now))",
    ),
    Sabotage(
        "a-position-beyond-the-end-is-fine",
        19,
        "server/store/epochs.py",
        "    return pos > end\n",
        "    return False\n",
    ),
    Sabotage(
        "an-unknown-epoch-is-fine",
        19,
        "server/store/epochs.py",
        "    if row is None:\n        return True\n",
        "    if row is None:\n        return False\n",
    ),
    Sabotage(
        "a-receipt-is-no-proof",
        19,
        _INTAKE,
        _REFUSAL,
        "    if refusal or change.device == devices.CLI_DEVICE:\n",
    ),
    Sabotage(
        "revoked-is-said-before-put-back",
        19,
        "server/routes/pull.py",
        "    device = require_device(request, may_be_revoked=True).device\n",
        "    device = require_device(request).device\n",
        IN_REQUESTS,
    ),
    Sabotage(
        "identity-is-device-and-seq",
        20,
        _INTAKE,
        _KNOWN,
        _KNOWN
        + """    if receipt is None and isinstance(read.change, Change):
        row = arriving._db.execute(
            "SELECT pos, at, role, mac FROM log WHERE device = ? AND seq = ?",
            (read.change.device, read.change.seq),
        ).fetchone()
        receipt = log.Receipt(*row) if row else None
""",
    ),
    Sabotage(
        "a-renewed-device-has-no-past", 20, "server/store/devices.py", "            predecessor=old.id,\n", ""
    ),
    Sabotage(
        "max-seq-is-not-told",
        20,
        "server/store/log.py",
        "    return int(row[0])\n\n\ndef counts",
        "    return 0\n\n\ndef counts",
        IN_TYPESCRIPT,
    ),
    Sabotage(
        "unknown-keys-are-dropped-by-re-encoding",
        22,
        _ARRIVING,
        "        as_kept = kept.keep(",
        """        body = __import__("schemas.change", fromlist=["change"]).encode_change(
            **{name: getattr(change, name) for name in change.__struct_fields__ if name != "v"}
        )
        as_kept = kept.keep(""",
    ),
    Sabotage(
        "a-newer-format-is-read-as-ours",
        22,
        "schemas/change.py",
        """    if data["v"] > 1:
        return "newer_version"
""",
        "",
    ),
    Sabotage(
        "what-goes-out-is-written-anew",
        22,
        "server/store/pulls.py",
        "log.body_of(db, row).decode())",
        'json.dumps(json.loads(log.body_of(db, row)), ensure_ascii=False, separators=(",", ":")))',
    ),
    Sabotage(
        "the-role-is-what-the-message-claims",
        23,
        _INTAKE,
        'if hmac.compare_digest(mac.encode(), sent.mac.encode("utf-8", "surrogatepass")):',
        "if mac and sent.mac:",
    ),
    Sabotage(
        "any-author-may-be-named",
        23,
        _INTAKE,
        "if not (origin.is_author and standing.role):",
        "if not standing.role:",
    ),
    Sabotage(
        "a-stranger-may-write-on-any-phone",
        23,
        _INTAKE,
        "        is_author = device is not None and change.author in device.users\n        return _Origin(",
        "        is_author = device is not None\n        return _Origin(",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "a-phone-may-move-a-record-beyond-its-areas",
        23,
        _INTAKE,
        "if wanted is not None and (not isinstance(wanted, str) or wanted not in scope):",
        "if wanted is not None and not isinstance(wanted, str):",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "one-valid-change-in-eight-is-put-on-hold",
        14,
        _INTAKE,
        "    return _area_refusal(arriving, change, origin.scope)\n",
        """    if read.id[0] in "ABCDEFGH":
        return _Refusal("area", "C1")
    return _area_refusal(arriving, change, origin.scope)
""",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "any-device-may-be-named",
        23,
        _INTAKE,
        "    if change.device == sender.device or change.device in arriving.lineage(sender.device):\n",
        "    if device is not None:\n",
    ),
    Sabotage(
        "no-signature-is-a-signature",
        23,
        _INTAKE,
        "    if not offered.sig or not device_key:\n        return False\n",
        "    if not offered.sig:\n        return True\n",
    ),
    Sabotage(
        "an-interviewer-may-approve",
        23,
        _INTAKE,
        '(None, "draft", "submitted")',
        '(None, "draft", "submitted", "approved")',
    ),
    Sabotage(
        "an-interviewer-may-tie-records",
        23,
        _INTAKE,
        'return "@same_as" if "@same_as" in change.set else ""',
        'return ""',
    ),
    Sabotage(
        "a-released-forgery-has-the-role-it-claimed",
        23,
        _INTAKE,
        'return standing.role if is_author and refusal.reason != "courier" else ""',
        "return standing.role",
    ),
    Sabotage(
        "a-view-is-not-marked-stale",
        24,
        _ARRIVING,
        "        views.mark_all_of(self._db, self._to_mark)\n",
        "        return\n",
    ),
    Sabotage(
        "those-about-a-record-are-not-marked",
        24,
        "server/store/views.py",
        "\" SELECT r.record FROM named n JOIN record r ON r.subject = n.record WHERE r.subject <> '')\"",
        "\" SELECT '')\"",
    ),
    Sabotage(
        "a-view-made-meanwhile-counts-as-fresh",
        24,
        "server/store/views.py",
        "stale = 0 WHERE marks = ? AND record",
        "stale = 0 WHERE ? >= 0 AND record",
    ),
    Sabotage(
        "a-record-of-which-nothing-is-left-keeps-its-area",
        24,
        "server/erasing.py",
        "    if left:\n        placing.place_again",
        "    if left or record:\n        placing.place_again",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "what-is-about-an-erased-record-keeps-its-area",
        24,
        "server/placing.py",
        "    _place_those_about(db, record, {NOWHERE}, pos)\n",
        "",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "an-erased-hold-counts-as-a-change",
        24,
        "server/store/views.py",
        "FROM erased e JOIN log l ON l.id = e.id WHERE",
        "FROM erased e WHERE",
        IN_THE_MACHINE,
    ),
    Sabotage(
        "interviews-keep-the-name-of-whom-another-stands-for",
        24,
        "server/store/views.py",
        "    for name in sorted(name for name in names if before.get(name) != representatives.get(name)):\n",
        "    for name in names - names:\n",
    ),
]
