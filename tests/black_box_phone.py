"""A phone written from the design alone: it keeps what it writes until the server has it, over any line."""

from __future__ import annotations

import base64
import copy
import gzip
import hmac
import json
import random
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from tests.black_box import Server, id_of, some_values

SCOPES = {"X": {"X", "X1", "X2"}, "X1": {"X1"}, "X2": {"X2"}}
_MOST_EPOCHS = 6
Receipt = dict[str, Any]


class OfflineError(Exception):
    """No answer, or one that is cut short."""


class PutBackError(Exception):
    """The server is not the one that we knew."""


class RefusedError(Exception):
    """`problem`: the code of it."""

    def __init__(self, problem: str, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem


@dataclass
class Kept:
    body: str
    state: str = "waiting"
    receipt: Receipt | None = None
    generation: int = 0
    change: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.change = json.loads(self.body)


class Phone:
    """`port`: of the line to the server. `area`: what it was invited for. `packs`: says changes by
    position."""

    packs = False

    def __init__(self, server: Server, port: int, user: str, area: str, seed: int) -> None:
        self.port, self.area, self.dice = port, area, random.Random(seed)
        self.is_chief = user == "Bà Sáu"
        self.kept: dict[str, Kept] = {}
        self.seq = self.generation = 0
        self.cursor = ""
        self.last: dict[str, Any] | None = None
        self.leaving: set[str] = set()
        self.keys: dict[str, str] = {}
        # Every id that this phone had, with its token: the oldest first.
        self.line: list[tuple[str, str]] = []
        invited = json.loads(server.thon("device", "invite", "--area", area, "--user", user, "--json"))
        self.device, self.token = f"box{self.dice.getrandbits(40):010x}", ""
        for _ in range(50):
            try:
                message = {"code": invited["code"], "device": self.device, "label": "box"}
                enrolled = self._ask("POST", "/api/enrol", message)
                break
            except OfflineError:
                continue
        self.token, self.author = enrolled["token"], enrolled["users"][0]["id"]
        self.keys[self.device] = enrolled["device_key"]
        self.line.append((self.device, self.token))

    def cloned(self, seed: int) -> Phone:
        """A phone that goes on from a copy of everything in this one."""
        twin = copy.deepcopy(self)
        twin.dice = random.Random(seed)
        return twin

    # Writing

    def records(self) -> set[str]:
        return {kept.change["record"] for kept in self.kept.values()}

    def of_record(self, record: str) -> dict[str, Kept]:
        return {
            name: kept
            for name, kept in self.kept.items()
            if kept.change["record"] == record and kept.state != "discarded"
        }

    def write(self, record: str, values: dict[str, Any] | None = None) -> str:
        """One change by somebody who was shown everything here, or what somebody had been shown before."""
        present = self.of_record(record)
        shown = set(present)
        if present and self.dice.random() < 0.3:
            name = self.dice.choice(sorted(present))
            shown = {name, *present[name].change["seen"]}
        values = dict(values or some_values(self.dice, self.is_chief))
        if not shown:
            values["@area"] = self.dice.choice(sorted(SCOPES[self.area] - {"X"}))
        self.seq += 1
        at = self.dice.choice([0, 1_700_000_000_000 + self.seq, 1_700_000_000_000 - self.seq, 4 * 10**12])
        change = {
            "v": 1, "record": record, "form": "box", "form_version": "1", "device": self.device,
            "seq": self.seq, "at": at, "author": self.author, "seen": sorted(shown), "set": values,
            "of_later": {"é": [1, None]},
        }  # fmt: skip
        is_ascii = self.dice.random() < 0.5
        if self.packs and self.dice.random() < 0.7:
            # Nothing that packing has no place for.
            del change["of_later"]
            is_ascii = False
        body = json.dumps(change, ensure_ascii=is_ascii, separators=(",", ":"))
        self.kept[id_of(body)] = Kept(body, generation=self.generation)
        return body

    # Syncing

    def sync(self) -> None:
        """Until everything is said and everything is heard. Raises OfflineError, with nothing forgotten."""
        for _ in range(_MOST_EPOCHS):
            try:
                self._push_all()
                self._pull_all()
                self._let_go()
                return
            except PutBackError:
                self.cursor, self.last = "", None
                self.generation += 1
            except RefusedError as refusal:
                if refusal.problem != "unknown_token" or len(self.line) == 1:
                    raise
                self._take_ids_again()
        raise AssertionError("the server was put back without end")

    def outbox(self) -> list[str]:
        unsaid = [
            name
            for name, kept in self.kept.items()
            if kept.state == "waiting" or kept.generation < self.generation
        ]
        return sorted(unsaid, key=lambda name: (self.kept[name].change["seq"], name))

    def _push_all(self) -> None:
        while outbox := self.outbox():
            batch = outbox[: self.dice.randint(1, 12)]
            sent = [
                {"body": kept.body, "receipt": kept.receipt} if kept.receipt else kept.body
                for kept in (self.kept[name] for name in batch)
            ]
            self._settle(batch, self._push_packed(batch, sent) if self.packs else self._push(sent))

    def _push(self, sent: list[Any]) -> dict[str, Any]:
        message = {"changes": sent, **({"last": self.last} if self.last else {})}
        answer: dict[str, Any] = self._ask("POST", "/api/push", message)
        return answer

    def _push_packed(self, batch: list[str], sent: list[Any]) -> dict[str, Any]:
        """Each write by its own pair of keys, every name spelled; the answer as to a push of bytes."""
        tables, changes = [], []
        for name, each in zip(batch, sent, strict=True):
            packed = self._packed(self.kept[name], tables)
            changes.append({**each, "body": packed} if packed and isinstance(each, dict) else packed or each)
        proof = id_of("".join(batch))[:11]
        message = {"tables": tables, "changes": changes, "proof": proof}
        answer = self._ask("POST", "/api/push", message | ({"last": self.last} if self.last else {}))
        results = []
        for name, said in zip(batch, answer["said"], strict=True):
            if len(said) == 2:
                results.append({"id": name, "result": "held", "reason": said[0], "pos": said[1]})
                continue
            pos, at, role, mac = said
            at = self.kept[name].change["at"] if at is None else at
            results.append({"id": name, "result": "stored", "pos": pos, "at": at, "role": role, "mac": mac})
        server = answer.get("server") or (self.last or {})["epoch"]
        return {"server": server, "max_seq": answer.get("max_seq", 0), "results": results}

    def _packed(self, kept: Kept, tables: list[Any]) -> list[Any] | None:
        change = kept.change
        if "of_later" in change or json.dumps(change, ensure_ascii=False, separators=(",", ":")) != kept.body:
            return None
        names, keys = [], []
        for path in change["set"]:
            parts = path.split("/")
            keys += ["/".join(parts[1::2]), len(names), 1]
            names.append("/".join(parts[::2]))
        tables.append([*(change[key] for key in ("form", "form_version", "device", "author")), names])
        return [
            len(tables) - 1, change["record"], change["seq"], change["at"], change["seen"], keys,
            list(change["set"].values()),
        ]  # fmt: skip

    def _settle(self, batch: list[str], answer: dict[str, Any]) -> None:
        assert [result["id"] for result in answer["results"]] == batch, "one result per change, in order"
        for result in answer["results"]:
            kept = self.kept[result["id"]]
            kept.generation = self.generation
            if result["result"] == "held":
                assert result["reason"] == "area", result
                kept.state = "held"
            else:
                kept.state = "confirmed"
                kept.receipt = {key: result[key] for key in ("pos", "at", "role", "mac")}
            self._note(answer["server"], result["pos"])
        if answer["max_seq"] > self.seq:
            self._renew()

    def _renew(self) -> None:
        """We are a copy: from now on under an id of our own."""
        device = f"box{self.dice.getrandbits(40):010x}"
        self._take_id(device, self.token)
        self.device, self.seq = device, 0
        self.line.append((device, self.token))

    def _take_id(self, device: str, token: str) -> None:
        answer = self._ask("POST", "/api/device", {"device": device}, token)
        self.token, self.keys[device] = answer["token"], answer["device_key"]

    def _take_ids_again(self) -> None:
        """Where the server was put back to before we took them: it knows the oldest still."""
        token = self.line[0][1]
        for device, former in self.line[1:]:
            try:
                self._take_id(device, token)
                assert self.token == former
            except RefusedError as refusal:
                # Another copy of this phone had it too, and took it again already.
                assert refusal.problem == "device_taken", refusal
            token = former
        self.token = token

    def carry(self, other: Phone) -> None:
        """As a courier: what another phone could not send yet, signed by it, and what it has receipts for."""
        chosen = [(name, kept) for name, kept in other.kept.items() if kept.state in ("waiting", "confirmed")]
        sent = []
        for _, kept in chosen[-20:]:
            key = other.keys.get(kept.change["device"])
            if kept.receipt:
                sent.append({"body": kept.body, "receipt": kept.receipt})
            elif key:
                digest = hmac.digest(_bytes_of(key), kept.body.encode(), "sha256")
                sent.append({"body": kept.body, "sig": base64.urlsafe_b64encode(digest).decode().rstrip("=")})
        if sent:
            for result in self._push(sent)["results"]:
                assert result["result"] != "held" or result["reason"] == "area", result

    def push_as_they_are(self, bodies: list[str]) -> list[dict[str, Any]]:
        """Of any phone, without proof: what is on hold is answered so."""
        results: list[dict[str, Any]] = self._push(list(bodies))["results"]
        return results

    def read(self, record: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("GET", f"/api/records/{record}")
        return answer

    def _pull_all(self) -> None:
        more = True
        while more:
            last = f"&last={self.last['epoch']}:{self.last['pos']}" if self.last else ""
            limit = self.dice.choice([1, 3, 10, 50, 1000])
            page = self._page(f"/api/pull?limit={limit}&cursor={self.cursor}{last}")
            assert page["cursor"] != self.cursor or not page["more"], "the cursor moves"
            self._take(page)
            self.cursor, more = page["cursor"], page["more"]

    def _page(self, path: str) -> dict[str, Any]:
        if not self.packs:
            plain: dict[str, Any] = self._ask("GET", path)
            return plain
        empty = {name: [] for name in ("changes", "erased", "released", "discarded", "carried", "forget")}
        page = {**empty, "more": False, "server": (self.last or {}).get("epoch")}
        page |= self._ask("GET", f"{path}&packed=1")
        came = [_unpacked(each, page["tables"]) for each in page.get("packed", ())]
        assert page.get("proof", "") == (id_of("".join(each["id"] for each in came))[:11] if came else "")
        return page | {"cursor": page["next"], "changes": page["changes"] + came}

    def _take(self, page: dict[str, Any]) -> None:
        came = set()
        for change in page["changes"]:
            name = change["id"]
            assert id_of(change["body"]) == name, "bytes come back as they went"
            receipt = {key: change[key] for key in ("pos", "at", "role", "mac")}
            self.kept[name] = Kept(change["body"], "confirmed", receipt, self.generation)
            came.add(self.kept[name].change["record"])
            self._note(page["server"], change["pos"])
        assert not page["erased"] and not page["released"] and not page["discarded"] and not page["carried"]
        self.leaving = (self.leaving - came) | set(page["forget"])
        if self.last:
            self._note(page["server"], self.last["pos"])

    def _let_go(self) -> None:
        unsent = {self.kept[name].change["record"] for name in self.outbox()}
        gone = self.leaving - unsent
        self.kept = {name: kept for name, kept in self.kept.items() if kept.change["record"] not in gone}
        self.leaving -= gone

    def _note(self, epoch: str, pos: int) -> None:
        self.last = {"epoch": epoch, "pos": max(pos, self.last["pos"] if self.last else 0)}

    def _ask(self, method: str, path: str, message: Any = None, token: str = "") -> Any:
        data = None if message is None else json.dumps(message, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.token}"}
        if data and self.dice.random() < 0.5:
            data, headers["Content-Encoding"] = gzip.compress(data), "gzip"
        if path == "/api/enrol":
            data, headers = json.dumps(message).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise _refused(f"{method} {path}", refusal) from None
        except (OSError, HTTPException, ValueError) as error:
            raise OfflineError(str(error)) from None


def _unpacked(given: list[Any], tables: list[Any]) -> dict[str, Any]:
    pos, at, role, mac, (table, record, seq, made_at, seen, keys, values) = given
    form, version, device, author, names, more = tables[table]
    while isinstance(names, int):
        names = tables[names][4]
    assert not more
    paths: list[str] = []
    rows: list[str] = []
    places = iter(keys)
    for key in places:
        if isinstance(key, str):
            rows = key.split("/") if key else []
            continue
        for name in names[key : key + next(places)]:
            parts = [part for pair in zip(name.split("/"), [*rows, ""], strict=False) for part in pair]
            paths.append("/".join(parts[: 2 * len(rows) + 1] if "/" in name else [name, *rows]))
    change = {
        "v": 1, "record": record, "form": form, "form_version": version, "device": device, "seq": seq,
        "at": made_at, "author": author, "seen": seen, "set": dict(zip(paths, values, strict=True)),
    }  # fmt: skip
    body = json.dumps(change, ensure_ascii=False, separators=(",", ":"))
    at = made_at if at is None else at
    return {"id": id_of(body), "pos": pos, "at": at, "role": role, "mac": mac, "body": body}


def _refused(asked: str, refusal: urllib.error.HTTPError) -> Exception:
    try:
        said = json.load(refusal)
    except (OSError, HTTPException, ValueError) as error:
        return OfflineError(str(error))
    if said["problem"] == "epoch_changed":
        return PutBackError()
    return RefusedError(said["problem"], f"{asked} was answered {refusal.code}: {said['detail']}")


def _bytes_of(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
