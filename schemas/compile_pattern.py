"""Regular expressions in one dialect that Python and JavaScript (flag u) read alike, and that can't run away.

Understood: literals, `.`, classes, groups, `|`, `* + ? {m,n}` also lazy, `^` and `$` at the ends. Shorthands
are written out in ASCII (`\\d` is `[0-9]`), stray hyphens in classes are escaped. All else is refused.
"""

from __future__ import annotations

from msgspec import Struct

from schemas.expression import Fault

_TOP = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_BLANK: Ranges = ((9, 13), (32, 32), (160, 160))
_NEWLINE: Ranges = ((10, 10), (13, 13), (0x2028, 0x2029))
_SHORTHANDS = {"d": _DIGIT, "w": _WORD, "s": _BLANK}
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11}
_LONGEST_REPEAT = 1_000
_FEW = 10


class Pattern(Struct, frozen=True):
    """`source` in the dialect; `is_anchored`: written with `^…$` (the whole text is compared anyway)."""

    source: str
    is_anchored: bool


class _Piece(Struct):
    """One quantified atom: what it may begin with, whether it varies, and how often it may run."""

    text: str
    chars: Ranges = ()  # every character that can occur in it
    first: Ranges = ()
    is_single: bool = False  # exactly one character
    varies: bool = False  # may match at many lengths


class _Stop(Exception):
    pass


def compile_pattern(source: str) -> Pattern | Fault:
    """The pattern in the dialect, or why it is refused."""
    try:
        text = _Reader(source).whole()
    except _Stop as stop:
        return Fault(f"The pattern {source} is not understood: {stop}")
    return Pattern(text, source.startswith("^") and source.endswith("$"))


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        self.at += 1
        return char

    def whole(self) -> str:
        choices = self.alternatives()
        if self.at < len(self.source):
            raise _Stop("there is a ) too many.")
        return _joined(choices)

    def alternatives(self) -> list[list[_Piece]]:
        self.depth += 1
        if self.depth > 20:
            raise _Stop("it is nested too deeply.")
        choices = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            choices.append(self.sequence())
        self.depth -= 1
        return choices

    def sequence(self) -> list[_Piece]:
        pieces: list[_Piece] = []
        while (char := self.peek()) and char not in "|)":
            if char == "^":
                if any(piece.text != "^" for piece in pieces):
                    raise _Stop("^ stands at the beginning only.")
                self.at += 1
                pieces.append(_Piece("^"))
            elif char == "$":
                self.at += 1
                if self.peek() not in ("", "|", ")", "$"):
                    raise _Stop("$ stands at the end only.")
                pieces.append(_Piece("$"))
            else:
                pieces.append(self.quantified(self.atom()))
        return pieces

    def atom(self) -> _Piece | list[list[_Piece]]:
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            text, ranges = self.charset()
            return _Piece(text, ranges, ranges, is_single=True)
        if char == ".":
            return _class(_complement(_NEWLINE), negated=_NEWLINE)
        if char == "\\":
            return self.escaped()
        if char in "*+?":
            raise _Stop(f"{char} has nothing to repeat.")
        if char in "{}]":
            char = "\\" + char
        return _literal(char)

    def group(self) -> list[list[_Piece]]:
        if self.peek() == "?":
            if self.source[self.at : self.at + 2] != "?:":
                raise _Stop("(?…) is not supported, only plain groups.")
            self.at += 2
        choices = self.alternatives()
        if self.take() != ")":
            raise _Stop("a ( is not closed.")
        return choices

    def escaped(self) -> _Piece:
        char = self.take()
        if not char:
            raise _Stop("it ends with a backslash.")
        if char.lower() in _SHORTHANDS:
            ranges = _SHORTHANDS[char.lower()]
            return _class(ranges) if char.islower() else _class(_complement(ranges), negated=ranges)
        if char in _CONTROLS:
            return _literal(chr(_CONTROLS[char]))
        if char.isalnum():
            raise _Stop(f"\\{char} is not supported.")
        return _literal("\\" + char if char in "\\^$.*+?()[]{}|/" else char)

    def charset(self) -> tuple[str, Ranges]:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while (char := self.peek()) != "]" or first:
            if not char:
                raise _Stop("a [ is not closed.")
            if char == "[" and self.source[self.at + 1 : self.at + 2] in (":", ".", "="):
                raise _Stop("[:…:] is not supported.")
            ranges.extend(self.member())
            first = False
        self.at += 1
        merged = _merged(ranges)
        shown = f"[{'^' if negated else ''}{''.join(_range_text(*pair) for pair in merged)}]"
        return shown, _complement(merged) if negated else merged

    def member(self) -> Ranges:
        low = self.single()
        if isinstance(low, tuple):
            return low
        if self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
            mark = self.at
            self.at += 1
            high = self.single()
            if isinstance(high, tuple):
                self.at = mark  # "[\w-\d]": the hyphen is itself
                return ((low, low),)
            if high < low:
                raise _Stop(f"{chr(low)}-{chr(high)} runs backwards.")
            return ((low, high),)
        return ((low, low),)

    def single(self) -> int | Ranges:
        char = self.take()
        if char != "\\":
            return ord(char)
        char = self.take()
        if char in _SHORTHANDS:
            return _SHORTHANDS[char]
        if char.lower() in _SHORTHANDS:
            return _complement(_SHORTHANDS[char.lower()])
        if char in _CONTROLS:
            return _CONTROLS[char]
        if not char or char.isalnum():
            raise _Stop(f"\\{char} is not supported.")
        return ord(char)

    def quantified(self, atom: _Piece | list[list[_Piece]]) -> _Piece:
        low, high, sign = self.quantifier()
        choices = [[atom]] if isinstance(atom, _Piece) else atom
        if isinstance(atom, list) and (high is None or high > _FEW):
            _check_growth(choices)
        chars = _merged(pair for choice in choices for piece in choice for pair in piece.chars)
        first = _merged(pair for choice in choices for pair in _first(choice))
        text = atom.text if isinstance(atom, _Piece) else f"(?:{_joined(atom)})"
        is_plain = isinstance(atom, _Piece) and not sign
        return _Piece(
            text + sign,
            chars,
            first,
            is_single=is_plain and choices[0][0].is_single,
            varies=low != high
            or any(piece.varies for choice in choices for piece in choice)
            or len(choices) > 1,
        )

    def quantifier(self) -> tuple[int, int | None, str]:
        start, char = self.at, self.peek()
        if char in ("*", "+", "?"):
            self.at += 1
            low, high = (1, None) if char == "+" else (0, 1 if char == "?" else None)
        elif char == "{":
            low, high = self.counts()
        else:
            return 1, 1, ""
        if self.peek() == "?":
            self.at += 1
        if self.peek() in ("*", "+", "?", "{"):
            raise _Stop("two repeat signs follow each other.")
        return low, high, self.source[start : self.at]

    def counts(self) -> tuple[int, int | None]:
        end = self.source.find("}", self.at)
        low, comma, high = self.source[self.at + 1 : end].partition(",")
        if (
            end < 0
            or not low.isascii()
            or not low.isdigit()
            or not (high + "0").isascii()
            or not (high + "0").isdigit()
        ):
            raise _Stop("{…} is written {3} or {2,5}.")
        self.at = end + 1
        least, most = int(low), (int(high) if high else None) if comma else int(low)
        if least > _LONGEST_REPEAT or (most is not None and (most > _LONGEST_REPEAT or most < least)):
            raise _Stop(f"{{…}} counts up to {_LONGEST_REPEAT}.")
        return least, most


def _joined(choices: list[list[_Piece]]) -> str:
    return "|".join("".join(piece.text for piece in choice) for choice in choices)


def _first(choice: list[_Piece]) -> Ranges:
    """The characters that a sequence may begin with (all of them where that is not plain)."""
    solid = [piece for piece in choice if piece.text not in ("^", "$")]
    if not solid:
        return ((0, _TOP),)
    return solid[0].first if solid[0].is_single else ((0, _TOP),)


def _check_growth(choices: list[list[_Piece]]) -> None:
    """A repeated group must tell by one character where a turn begins or ends: else time explodes."""
    for number, choice in enumerate(choices):
        first = _first(choice)
        inner = [piece for piece in choice if piece.varies]
        is_ambiguous = any(_overlap(first, _first(other)) for other in choices[:number])
        is_marked = _stands_apart(choice, 0) or (len(choices) == 1 and _stands_apart(choice, -1))
        if is_ambiguous or (inner and not is_marked):
            raise _Stop("a repeat inside of a repeat could run for minutes.")


def _stands_apart(choice: list[_Piece], at: int) -> bool:
    """Whether the first (last) piece is one character that occurs nowhere else in the turn."""
    mark = choice[at]
    others = [piece for piece in choice if piece is not mark]
    return mark.is_single and not any(_overlap(mark.chars, piece.chars) for piece in others)


def _literal(text: str) -> _Piece:
    ranges = ((ord(text[-1]), ord(text[-1])),)
    return _Piece(text, ranges, ranges, is_single=True)


def _class(ranges: Ranges, negated: Ranges | None = None) -> _Piece:
    inner = "".join(_range_text(*pair) for pair in (ranges if negated is None else negated))
    return _Piece(f"[{'' if negated is None else '^'}{inner}]", ranges, ranges, is_single=True)


def _range_text(low: int, high: int) -> str:
    def shown(code: int) -> str:
        return "\\" + chr(code) if chr(code) in "\\]^-[" else chr(code)

    if low == high:
        return shown(low)
    return shown(low) + ("" if high == low + 1 else "-") + shown(high)


def _merged(ranges: object) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):  # type: ignore[call-overload]
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _complement(ranges: Ranges) -> Ranges:
    gaps, start = [], 0
    for low, high in ranges:
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return (*gaps, (start, _TOP)) if start <= _TOP else tuple(gaps)


def _overlap(left: Ranges, right: Ranges) -> bool:
    return any(
        low <= other_high and other_low <= high for low, high in left for other_low, other_high in right
    )
