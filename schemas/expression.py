"""Expressions as survey authors write them: a Pratt parser to a raw tree, and back to text.

The raw tree is made of nested lists; a string, number or boolean stands for itself:

* `[operator, left, right]` with the XPath names (`or and = != < <= > >= + - * div mod`), `["neg", operand]`,
* `["call", name, argument…]`, `["."]`, `["ref", name]` for `${name}`,
* `["last", name]` for `${last-saved#name}`,
* `["name", name]` for a bare name, `["path", from_current, steps_up, [name…]]`,
* `["root", [name…]]` for a path from the form itself, as in `/data/group/question`,
* `["lookup", list, condition, column]` for `instance('list')/root/item[condition]/column`.

`compile_expression.resolve` turns it into the expression of a Form. Grammar: XPath 1.0 as ODK XForms uses it.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

Raw = Any

LONGEST = 20_000  # characters
DEEPEST = 150  # levels; every evaluator recurses through them

# Left binding powers; "-" before an operand binds tighter than all of them.
_POWERS = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
_WORDS = {"or", "and", "div", "mod"}
_SINGLE, _DOUBLE = "'‘’‚‛", '"“”„‟'
_NAME = r"[^\W\d][\w.\-]*"
_TOKEN = re.compile(
    rf"""(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<ref>\$\{{\s*(?:last-saved\#)?{_NAME}\s*\}})
    |(?P<name>{_NAME}(?::{_NAME})?)
    |(?P<symbol>!=|<=|>=|\.\.|[-+*=<>().,/\[\]])""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_LIKELY = {
    "==": "Write = for equality.",
    "&&": "Write and.",
    "||": "Write or.",
    "<>": "Write != for inequality.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "!": "Write not(…) or !=.",
    "%": "Write mod for the remainder.",
    "&": "Write and, or concat(…) to join texts.",
    "|": "Write or.",
    ";": "Arguments are separated by commas.",
    **dict.fromkeys("#${}", "A reference is written ${name}."),
}


class Fault(Struct, frozen=True):
    """Why an expression can't be used. `position` counts characters from 1 (0: the whole expression)."""

    message: str
    suggestion: str = ""
    position: int = 0
    warning: bool = False


class Token(Struct, frozen=True):
    kind: str  # number, string, ref, last, name, symbol, end
    text: str
    position: int
    smart: bool = False  # was written with typographic quotes


class _Stop(Exception):
    def __init__(self, message: str, position: int, suggestion: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(message, suggestion, position)


def parse(source: str) -> Raw | Fault:
    """The raw tree of an expression, or the first thing that is wrong with it. Never raises."""
    if len(source) > LONGEST:
        return Fault(f"The expression is longer than {LONGEST} characters.", "Split it into calculations.")
    try:
        return _Parser(_tokens(source)).whole()
    except _Stop as stop:
        return stop.fault


def has_smart_quotes(source: str) -> bool:
    """Whether typographic quotes stand where straight ones belong (they are read as straight ones)."""
    try:
        return any(token.smart for token in _tokens(source))
    except _Stop:
        return False


def _tokens(source: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(source):
        if blank := _BLANK.match(source, at):
            at = blank.end()
        elif source[at] in _SINGLE + _DOUBLE:
            token, at = _string(source, at)
            found.append(token)
        elif source[at] in "−–":
            found.append(Token("symbol", "-", at + 1))
            at += 1
        else:
            match = _TOKEN.match(source, at)
            if match is None:
                raise _unknown(source, at)
            found.append(_token(match))
            at = match.end()
    return [*found, Token("end", "", len(source) + 1)]


def _token(match: re.Match[str]) -> Token:
    kind, text, position = match.lastgroup or "", match.group(), match.start() + 1
    if kind == "ref":
        name = text[2:-1].strip()
        if name.startswith("last-saved#"):
            return Token("last", name.removeprefix("last-saved#"), position)
        return Token("ref", name, position)
    return Token(kind, text, position)


def _string(source: str, start: int) -> tuple[Token, int]:
    family = _SINGLE if source[start] in _SINGLE else _DOUBLE
    smart = source[start] != family[0]
    # ’ inside straight quotes is an apostrophe (K’Ho), not an end, unless nothing else ends the text.
    ends = [source.find(mark, start + 1) for mark in (family if smart else family[0])]
    if not smart and ends == [-1]:
        ends, smart = [source.find(mark, start + 1) for mark in family], True
    reached = [end for end in ends if end >= 0]
    if not reached:
        raise _Stop("A text is not closed.", start + 1, f"Add {family[0]} at its end.")
    end = min(reached)
    smart = smart or source[end] != family[0]
    return Token("string", source[start + 1 : end], start + 1, smart), end + 1


def _unknown(source: str, at: int) -> _Stop:
    if source.startswith("${", at):
        end = source.find("}", at)
        if end < 0:
            return _Stop("A reference is not closed.", at + 1, "Write ${name}.")
        name = source[at : end + 1]
        return _Stop(f"{name} is no reference.", at + 1, "Names have letters, digits, _ - and . only.")
    for sign in (source[at : at + 2], source[at]):
        if sign in _LIKELY:
            return _Stop(f"{sign} is not understood.", at + 1, _LIKELY[sign])
    return _Stop(f"{source[at]} is not understood.", at + 1)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.depth = 0

    def whole(self) -> Raw:
        if self.tokens[0].kind == "end":
            raise _Stop("The expression is empty.", 1)
        tree = self.expression(0)
        token = self.peek()
        if token.kind != "end":
            raise self.surplus(token)
        if _depth(tree) > DEEPEST:
            raise _Stop("The expression is nested too deeply.", 1, "Split it into calculations.")
        return tree

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.next + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self.next += 1
        return token

    def is_symbol(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "symbol" and token.text == text

    def expect(self, text: str) -> None:
        token = self.peek()
        if not self.is_symbol(text):
            if token.kind == "end":
                raise _Stop(f"{text} is missing at the end.", token.position)
            raise self.surplus(token) if text == ")" else _Stop(f"{text} is missing here.", token.position)
        self.next += 1

    def surplus(self, token: Token) -> _Stop:
        if token.kind == "symbol" and token.text == ")":
            return _Stop("There is a ) too many.", token.position)
        if token.kind == "symbol" and token.text == ",":
            return _Stop("A comma stands outside of a function.", token.position)
        if token.kind == "symbol" and token.text == "[":
            return _Stop(
                "[…] is only understood in instance('list')/root/item[…]/column.",
                token.position,
                "Use indexed-repeat(…) for a row of a repeat.",
            )
        if token.text.lower() in _WORDS:
            return _Stop(f"{token.text} is not understood.", token.position, f"Write {token.text.lower()}.")
        shown = f"'{token.text}'" if token.kind == "string" else token.text
        return _Stop(f"An operator or a comma is missing before {shown}.", token.position)

    def expression(self, power: int) -> Raw:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Stop(
                "The expression is nested too deeply.", self.peek().position, "Split it into calculations."
            )
        left = self.operand()
        while True:
            token = self.peek()
            binding = _POWERS.get(token.text, 0) if token.kind in ("symbol", "name") else 0
            if binding <= power:
                break
            self.next += 1
            left = [token.text, left, self.expression(binding)]
        self.depth -= 1
        return left

    def operand(self) -> Raw:
        token = self.take()
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "string":
            return token.text
        if token.kind in ("ref", "last"):
            if self.is_symbol("/"):
                raise _Stop(
                    "A path can't follow a reference.", token.position, "Write ${name} of the target."
                )
            return [token.kind, token.text]
        if token.kind == "name":
            return self.call(token) if self.is_symbol("(") else self.path(False, token)
        if token.text == "-" and token.kind == "symbol":
            return ["neg", self.expression(7)]
        if token.text == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        if token.text == "." and not self.is_symbol("/"):
            return ["."]
        if token.text in ("..", "."):
            return self.path(False, token)
        if token.text == "/" and self.peek().kind == "name":
            return self.path_from_form()
        raise self.no_operand(token)

    def no_operand(self, token: Token) -> _Stop:
        if token.kind == "end":
            return _Stop("The expression ends too early.", token.position)
        if token.text == "/":
            return _Stop("The path is not understood.", token.position, "Write ${name} instead.")
        if token.text == "=":
            return _Stop(
                "= stands where a value is expected.", token.position, "Equality is written with one =."
            )
        before = self.tokens[self.next - 2].text if self.next > 1 else ""
        if before == "=" and token.text in ("<", ">"):
            return _Stop(f"={token.text} is not understood.", token.position - 1, f"Write {token.text}=.")
        if before == "<" and token.text == ">":
            return _Stop("<> is not understood.", token.position - 1, _LIKELY["<>"])
        if token.text == "*":
            return _Stop("* stands where a value is expected.", token.position)
        return _Stop(f"{token.text} stands where a value is expected.", token.position)

    def call(self, name: Token) -> Raw:
        self.expect("(")
        arguments: list[Raw] = []
        if not self.is_symbol(")"):
            arguments.append(self.expression(0))
            while self.is_symbol(","):
                self.next += 1
                arguments.append(self.expression(0))
        self.expect(")")
        if name.text == "instance":
            return self.lookup(name, arguments)
        if name.text == "current" and not arguments and self.is_symbol("/"):
            self.next += 1
            return self.path(True, self.take())
        if self.is_symbol("/"):
            raise _Stop(f"A path can't follow {name.text}(…).", self.peek().position)
        return ["call", name.text, *arguments]

    def lookup(self, name: Token, arguments: list[Raw]) -> Raw:
        shape = "Only instance('list')/root/item[condition]/column is understood."
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise _Stop(shape, name.position)
        for step in ("/", "root", "/", "item", "["):
            if self.take().text != step:
                raise _Stop(shape, name.position)
        condition = self.expression(0)
        self.expect("]")
        self.expect("/")
        column = self.take()
        if column.kind != "name" or self.is_symbol("/"):
            raise _Stop(shape, name.position)
        return ["lookup", arguments[0], condition, column.text]

    def path(self, from_current: bool, token: Token) -> Raw:
        ups, names = 0, []
        while True:
            if token.kind == "name":
                names.append(token.text)
            elif token.text == ".." and not names:
                ups += 1
            elif token.text != ".":
                raise _Stop("The path is not understood.", token.position, "Write ${name} instead.")
            if not self.is_symbol("/"):
                break
            self.next += 1
            token = self.take()
        if len(names) == 1 and not ups and not from_current:
            return ["name", names[0]]
        return ["path", from_current, ups, names]

    def path_from_form(self) -> Raw:
        names = [self.take().text]
        while self.is_symbol("/"):
            self.next += 1
            token = self.take()
            if token.kind != "name":
                raise _Stop("The path is not understood.", token.position, "Write ${name} instead.")
            names.append(token.text)
        return ["root", names]


def _number(text: str) -> int | float:
    if "." not in text and len(text) <= 15:
        return int(text)
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _depth(tree: Raw) -> int:
    """Levels of a tree, counted without recursion: chains of operators lean to the left."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(node, list):
            waiting.extend((part, level + 1) for part in node)
    return deepest


def unparse(tree: Raw) -> str:
    """An expression that parses to the same tree."""
    if isinstance(tree, bool):
        return "true()" if tree else "false()"
    if isinstance(tree, str):
        return f'"{tree}"' if "'" in tree else f"'{tree}'"
    if isinstance(tree, int | float):
        return format(tree, "f") if isinstance(tree, float) and "e" in repr(tree) else repr(tree)
    kind, *parts = tree
    match kind:
        case ".":
            return "."
        case "ref":
            return f"${{{parts[0]}}}"
        case "last":
            return f"${{last-saved#{parts[0]}}}"
        case "name":
            return str(parts[0])
        case "path":
            start = ["current()"] if parts[0] else []
            return "/".join([*start, *[".."] * parts[1], *parts[2]])
        case "root":
            return "/" + "/".join(parts[0])
        case "lookup":
            return f"instance('{parts[0]}')/root/item[{unparse(parts[1])}]/{parts[2]}"
        case "call":
            return f"{parts[0]}({', '.join(unparse(part) for part in parts[1:])})"
        case "neg":
            return f"-{_in_brackets(parts[0])}"
    return f"{_in_brackets(parts[0])} {kind} {_in_brackets(parts[1])}"


def _in_brackets(tree: Raw) -> str:
    composed = isinstance(tree, list) and (tree[0] in _POWERS or tree[0] == "neg")
    return f"({unparse(tree)})" if composed else unparse(tree)
