"""Mistakes on the phone: what was seen, what is saved, outbox, pages, copies, what leaves."""

from __future__ import annotations

from tests.sabotage.catalogue import IN_THE_BROWSER, IN_THE_MODEL, Sabotage

_PHONE = "client_pwa/src/phone/"
_COMPOSED = "device: ledger.device.id, seq, at, author, seen, set });"
_KEPT = "    await ledger.commit(entryOf(ledger, page));\n"
_SAVED = "    await ledger.commit({ drafts: [this.draft], device: ledger.device }, begin);\n    this.savedAt"
_SEALED = "      await ledger.commit({ changes: [known], device: ledger.device, ...drafts });\n"
_SENT = "    const sending = batch && wire.pushBegun("
_SAFE = "!unsent.has(record) && !ledger.drafts.has(record) && !isOpen(record)"


def _on_the_phone(name: str, law: int, file: str, old: str, new: str) -> Sabotage:
    return Sabotage(name, law, _PHONE + file, old, new, IN_THE_MODEL)


OF_THE_PHONE = [
    _on_the_phone(
        "what-was-said-of-a-change-counts-in-any-order",
        1,
        "said.ts",
        "    words.sort((a, b) => Number(a.id) - Number(b.id));\n",
        "",
    ),
    _on_the_phone(
        "seen-lists-only-the-newest-change",
        8,
        "open_record.ts",
        _COMPOSED,
        "device: ledger.device.id, seq, at, author, seen: seen.slice(-1), set });",
    ),
    _on_the_phone(
        "seen-is-all-that-is-present",
        8,
        "open_record.ts",
        _COMPOSED,
        "device: ledger.device.id, seq, at, author, seen: ledger.presentIn(record).map(({ id }) => id), set });",
    ),
    _on_the_phone(
        "the-phone-writes-by-its-own-clock",
        12,
        "open_record.ts",
        "const at = nextAt(shown.map((known) => ledger.stored(known).at), now());",
        "const at = now() + 0 * nextAt([], shown.length);",
    ),
    _on_the_phone(
        "saved-is-said-before-it-is", 16, "open_record.ts", _SAVED, _SAVED.replace("await", "void")
    ),
    _on_the_phone(
        "a-write-is-over-before-it-is-complete",
        16,
        "vault.ts",
        "          await transaction.done;\n        } catch",
        "          transaction.done.catch(() => undefined);\n        } catch",
    ),
    _on_the_phone(
        "the-draft-goes-before-the-change-is-kept",
        16,
        "open_record.ts",
        _SEALED,
        "      await ledger.commit(drafts);\n      await ledger.commit({ changes: [known], device: ledger.device });\n",
    ),
    Sabotage(
        "saved-is-said-and-written-a-second-later",
        16,
        _PHONE + "open_record.ts",
        _SAVED,
        _SAVED.replace("await ledger.commit(", "setTimeout(() => void ledger.commit(").replace(
            "device }, begin);", "device }, begin), 1000);"
        ),
        IN_THE_BROWSER,
    ),
    _on_the_phone(
        "the-cursor-is-kept-before-the-page",
        17,
        "incoming.ts",
        _KEPT,
        "    const { sync, ...rest } = entryOf(ledger, page);\n    await ledger.commit({ sync });\n    await ledger.commit(rest);\n",
    ),
    Sabotage(
        "a-release-is-not-heard",
        17,
        _PHONE + "incoming.ts",
        'if (have && !changes.has(id) && have.state !== "confirmed") changes.set(',
        "if (!have) changes.set(",
        ("client_pwa/tests/phone_incoming.test.ts",),
    ),
    _on_the_phone(
        "only-the-first-page-is-kept",
        17,
        "incoming.ts",
        _KEPT,
        "    await ledger.commit(ledger.sync.cursor ? { sync: entryOf(ledger, page).sync } : entryOf(ledger, page));\n",
    ),
    _on_the_phone(
        "the-outbox-is-emptied-before-the-answer",
        18,
        "outgoing.ts",
        _SENT,
        '    if (batch) await ledger.commit({ changes: batch.changes.map((change) => ({ ...change, state: "confirmed" as const })) });\n'
        + _SENT,
    ),
    _on_the_phone(
        "an-answer-settles-the-whole-outbox",
        18,
        "outgoing.ts",
        "  const written = ledger.commit({ changes, sync: {",
        '  for (const change of ledger.outbox()) if (!changes.some(({ id }) => id === change.id)) changes.push({ ...change, state: "confirmed", generation });\n  const written = ledger.commit({ changes, sync: {',
    ),
    _on_the_phone(
        "what-the-server-forgot-is-not-said-again",
        19,
        "ledger.ts",
        " || change.generation < generation)\n",
        ")\n",
    ),
    Sabotage(
        "a-phone-only-pulls-again",
        19,
        _PHONE + "beginning.ts",
        "generation: sync.generation + 1 }",
        "generation: sync.generation }",
        ("client_pwa/tests/phone_accidents.test.ts",),
    ),
    _on_the_phone(
        "a-copy-keeps-its-device-id",
        20,
        "syncer.ts",
        "        if (pushed.maxSeq > this.ledger.device.seq) await this.renew();\n",
        "",
    ),
    _on_the_phone(
        "a-phone-knows-changes-by-device-and-seq",
        20,
        "ledger.ts",
        "      this.known.set(change.id, change);\n",
        """      const { device, seq } = change.change;
      if ([...this.known.values()].some((each) => each.id !== change.id && each.change.device === device && each.change.seq === seq)) continue;
      this.known.set(change.id, change);
""",
    ),
    _on_the_phone(
        "forgets-what-is-unsent", 21, "incoming.ts", _SAFE, "!ledger.drafts.has(record) && !isOpen(record)"
    ),
    _on_the_phone(
        "forgets-what-is-in-a-draft", 21, "incoming.ts", _SAFE, "!unsent.has(record) && !isOpen(record)"
    ),
    _on_the_phone(
        "forgets-what-is-on-the-screen",
        21,
        "incoming.ts",
        _SAFE,
        "!unsent.has(record) && !ledger.drafts.has(record)",
    ),
    _on_the_phone(
        "forgets-what-came-back",
        17,
        "incoming.ts",
        "ledger.sync.leaving.filter((record) => !came.has(record))",
        "ledger.sync.leaving",
    ),
    _on_the_phone(
        "never-lets-go", 21, "incoming.ts", "...page.forget, ...missed.whole])];", "...missed.whole])];"
    ),
    _on_the_phone(
        "what-a-server-put-back-never-had-stays",
        21,
        "incoming.ts",
        "...page.forget, ...missed.whole])];",
        "...page.forget])];",
    ),
    _on_the_phone(
        "what-it-cannot-read-is-thrown-away", 22, "incoming.ts", "    else unread.push({ id, row });\n", ""
    ),
]
