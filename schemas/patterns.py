"""Regular expressions of `regex(…)`: one dialect, the same in both languages, in bounded time.

Classes, quantifiers, groups, alternation, lookahead, `^ $ \\b \\d \\w \\s` (ASCII). A text matches as a whole
or not at all. All states are followed at once (Thompson's construction): no pattern can hang a phone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Ranges = list[tuple[int, int]]

LAST = 0x10FFFF
DIGIT: Ranges = [(48, 57)]
WORD: Ranges = [(48, 57), (65, 90), (95, 95), (97, 122)]
BLANK: Ranges = [(9, 13), (32, 32)]
CLASSES = {"d": DIGIT, "w": WORD, "s": BLANK}
CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
MOST_REPEATS = 1000
MOST_STATES = 10_000
DEEPEST = 50


class Unsupported(Exception):
    """The sentence that an author reads."""


def complement(ranges: Ranges) -> Ranges:
    gaps, at = [], 0
    for low, high in sorted(ranges):
        if low > at:
            gaps.append((at, low - 1))
        at = max(at, high + 1)
    return [*gaps, (at, LAST)] if at <= LAST else gaps


class Parser:
    """Reads a pattern into lists: `["set", ranges]`, `["seq", …]`, `["rep", node, least, most]`…"""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        return self.source[self.at + ahead : self.at + ahead + 1]

    def take(self, text: str) -> bool:
        if self.source.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def parse(self) -> list[Any]:
        node = self.alternatives()
        if self.at < len(self.source):
            raise Unsupported("A ) closes no group.")
        return node

    def alternatives(self) -> list[Any]:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ["alt", *branches]

    def sequence(self) -> list[Any]:
        parts: list[Any] = ["seq"]
        while self.peek() not in ("", "|", ")"):
            parts.append(self.quantified())
        return parts

    def quantified(self) -> list[Any]:
        atom = self.atom()
        bounds = self.bounds()
        if bounds is None:
            return atom
        if atom[0] in ("start", "end", "word", "look"):
            raise Unsupported("A quantifier follows something that has no length.")
        self.take("?")
        if self.peek() == "+" or self.bounds() is not None:
            raise Unsupported("A quantifier follows a quantifier.")
        return ["rep", atom, *bounds]

    def bounds(self) -> tuple[int, int] | None:
        """(least, most) of the quantifier that follows; most -1: no end."""
        for sign, found in (("*", (0, -1)), ("+", (1, -1)), ("?", (0, 1))):
            if self.take(sign):
                return found
        end = self.source.find("}", self.at)
        if self.peek() != "{" or end < 0:
            return None
        least, comma, most = self.source[self.at + 1 : end].partition(",")
        if not is_digits(least) or (most and not is_digits(most)):
            return None
        first = int(least)
        last = int(most) if most else (-1 if comma else first)
        if max(first, last) > MOST_REPEATS or (0 <= last < first):
            raise Unsupported(f"A quantifier counts at most {MOST_REPEATS}, the smaller number first.")
        self.at = end + 1
        return first, last

    def atom(self) -> list[Any]:
        char = self.peek()
        self.at += 1
        if char == "(":
            return self.group()
        if char == "[":
            return ["set", self.bracket()]
        if char == ".":
            return ["set", complement([(10, 10), (13, 13)])]
        if char == "^":
            return ["start"]
        if char == "$":
            return ["end"]
        if char == "\\":
            if self.peek() in ("b", "B") and self.peek():
                self.at += 1
                return ["word", self.source[self.at - 1] == "b"]
            return ["set", self.escape()]
        if char in "*+?":
            raise Unsupported(f"Nothing stands before {char}.")
        return ["set", [(ord(char), ord(char))]]

    def group(self) -> list[Any]:
        look = next((sign for sign in ("?=", "?!") if self.take(sign)), "")
        if not look and not self.take("?:") and self.peek() == "?":
            raise Unsupported("Groups are ( ), (?: ), (?= ) or (?! ).")
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported("Groups are nested too deeply.")
        node = self.alternatives()
        self.depth -= 1
        if not self.take(")"):
            raise Unsupported("A group is not closed.")
        return ["look", node, look == "?="] if look else node

    def escape(self) -> Ranges:
        char = self.peek()
        self.at += 1
        if char.lower() in CLASSES:
            ranges = CLASSES[char.lower()]
            return ranges if char.islower() else complement(ranges)
        if char in CONTROLS:
            return [(CONTROLS[char], CONTROLS[char])]
        if char in ("x", "u"):
            digits = self.source[self.at : self.at + (2 if char == "x" else 4)]
            if len(digits) == (2 if char == "x" else 4) and all(
                d in "0123456789abcdefABCDEF" for d in digits
            ):
                self.at += len(digits)
                return [(int(digits, 16), int(digits, 16))]
        if not char or (char.isascii() and char.isalnum()):
            raise Unsupported(f"\\{char} is not supported.")
        return [(ord(char), ord(char))]

    def bracket(self) -> Ranges:
        negated = self.take("^")
        ranges: Ranges = []
        first = True
        while first or self.peek() != "]":
            if not self.peek() or self.source.startswith(("[:", "&&"), self.at):
                raise Unsupported("A class in [ ] is not closed, or of a kind that is not supported.")
            low = self.member()
            # A hyphen beside a class such as \w, or at an end, stands for itself.
            ranged = (
                self.peek() == "-"
                and self.peek(1) not in ("", "]")
                and len(low) == 1
                and low[0][0] == low[0][1]
            )
            if ranged:
                mark = self.at
                self.at += 1
                high = self.member()
                if len(high) != 1 or high[0][0] != high[0][1]:
                    self.at = mark
                elif high[0][0] < low[0][0]:
                    raise Unsupported("A range in [ ] runs backwards.")
                else:
                    low = [(low[0][0], high[0][0])]
            ranges += low
            first = False
        self.at += 1
        return complement(ranges) if negated else ranges

    def member(self) -> Ranges:
        char = self.peek()
        self.at += 1
        return self.escape() if char == "\\" else [(ord(char), ord(char))]


def is_digits(text: str) -> bool:
    return text != "" and all(char in "0123456789" for char in text) and len(text) < 7


class Pattern:
    """States are `(kind, detail, next)`: `set` reads a character, the others read nothing."""

    def __init__(self, source: str) -> None:
        self.states: list[tuple[str, Any, list[int]]] = [("accept", None, [])]
        self.first = self.build(Parser(source).parse(), 0)

    def add(self, kind: str, detail: Any, following: list[int]) -> int:
        if len(self.states) >= MOST_STATES:
            raise Unsupported("The pattern is too large.")
        self.states.append((kind, detail, following))
        return len(self.states) - 1

    def build(self, node: list[Any], following: int) -> int:
        """The state where `node` begins, given what follows it."""
        kind = node[0]
        if kind == "seq":
            for part in reversed(node[1:]):
                following = self.build(part, following)
            return following
        if kind == "alt":
            return self.add("split", None, [self.build(branch, following) for branch in node[1:]])
        if kind == "rep":
            return self.build_repeat(node, following)
        if kind == "look":
            return self.add("look", (self.build(node[1], 0), node[2]), [following])
        return self.add(kind, node[1] if len(node) > 1 else None, [following])

    def build_repeat(self, node: list[Any], following: int) -> int:
        _, body, least, most = node
        if most < 0:
            start = self.add("split", None, [following])
            self.states[start][2].append(self.build(body, start))
        else:
            start = following
            for _ in range(most - least):
                start = self.add("split", None, [self.build(body, start), following])
        for _ in range(least):
            start = self.build(body, start)
        return start

    def reach(self, starts: list[int], text: list[int], at: int) -> set[int]:
        """All states that are reached from `starts` without reading."""
        reached: set[int] = set()
        stack = list(starts)
        while stack:
            number = stack.pop()
            if number in reached:
                continue
            reached.add(number)
            kind, detail, following = self.states[number]
            if kind == "split" or (kind not in ("set", "accept") and self.holds(kind, detail, text, at)):
                stack.extend(following)
        return reached

    def holds(self, kind: str, detail: Any, text: list[int], at: int) -> bool:
        if kind == "start":
            return at == 0
        if kind == "end":
            return at == len(text)
        if kind == "word":
            before = at > 0 and is_in(text[at - 1], WORD)
            after = at < len(text) and is_in(text[at], WORD)
            return (before != after) is bool(detail)
        start, wanted = detail
        return self.run(start, text, at, whole=False) is bool(wanted)

    def run(self, start: int, text: list[int], at: int, whole: bool) -> bool:
        """Whether the accepting state is reached: at the end of the text, or anywhere."""
        current = self.reach([start], text, at)
        while current:
            if 0 in current and (at == len(text) or not whole):
                return True
            if at == len(text):
                return False
            code = text[at]
            steps = [
                self.states[number][2][0]
                for number in current
                if self.states[number][0] == "set" and is_in(code, self.states[number][1])
            ]
            at += 1
            current = self.reach(steps, text, at)
        return False


def is_in(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


@lru_cache(maxsize=256)
def read_pattern(source: str) -> Pattern | str:
    """The pattern, or the sentence that says why it is not supported."""
    try:
        return Pattern(source)
    except Unsupported as reason:
        return str(reason)


def is_match(source: str, text: str) -> bool:
    """Whether the whole `text` matches; false for a pattern that is not supported."""
    pattern = read_pattern(source)
    if isinstance(pattern, str):
        return False
    return pattern.run(pattern.first, [ord(char) for char in text], 0, whole=True)
