"""From the raw tree of an expression to the expression of a Form.

Names become nodes, sets are told from single values, functions, patterns and formats are checked: all faults
of an expression at once.
"""

from __future__ import annotations

from collections.abc import Callable

from schemas.compile_functions import FUNCTIONS, check_arity, check_format, did_you_mean, unknown_function
from schemas.compile_outline import NOWHERE, Outline, Place
from schemas.expression import Fault, Raw, has_smart_quotes, parse
from schemas.form import Expr
from schemas.patterns import read_pattern

SOURCES = {
    "@subject": (),
    "@area": ("code", "name", "kind", "setting"),
    "@round": ("id", "title", "year", "kind"),
    "@author": ("name",),
}
_WORDS = {"TRUE": ["true"], "true": ["true"], "FALSE": ["false"], "false": ["false"], "null": ""}
_SETS = "sum, count, count-non-empty, min, max, join or indexed-repeat"


def compile_expression(source: str, outline: Outline, place: Place) -> tuple[Expr, list[Fault]]:
    """The expression (None when it can't be used) and what is to be said about it."""
    tree = parse(source)
    if isinstance(tree, Fault):
        return None, [tree]
    resolver = _Resolver(outline, place)
    expr = resolver.resolve(tree)
    if has_smart_quotes(source):
        resolver.warn("Typographic quotes were read as straight ones.", "Other tools may refuse them.")
    failed = any(not fault.warning for fault in resolver.faults)
    return (None if failed else expr), list(dict.fromkeys(resolver.faults))


def reference(name: str, outline: Outline, place: Place) -> tuple[Expr, list[Fault]]:
    """A `${name}` in a text: it must be one value."""
    resolver = _Resolver(outline, place)
    expr = resolver.resolve(["ref", name])
    return (None if resolver.faults else expr), resolver.faults


class _Resolver:
    def __init__(self, outline: Outline, place: Place) -> None:
        self.outline = outline
        self.place = place
        self.faults: list[Fault] = []
        self.special: dict[str, Callable[[list[Raw]], Expr]] = {
            "position": self.position,
            "indexed-repeat": self.indexed,
            "pulldata": self.pull,
            "jr:choice-name": self.choice_name,
            "regex": self.regex,
            "format-date": lambda parts: self.dated("format-date", parts),
            "format-date-time": lambda parts: self.dated("format-date-time", parts),
        }

    def fail(self, message: str, suggestion: str = "") -> Expr:
        self.faults.append(Fault(message, suggestion))
        return ""

    def warn(self, message: str, suggestion: str = "") -> None:
        self.faults.append(Fault(message, suggestion, warning=True))

    def resolve(self, tree: Raw, sets: bool = False) -> Expr:
        if not isinstance(tree, list):
            return tree
        kind, *parts = tree
        match kind:
            case ".":
                return self.own()
            case "ref":
                number = self.find(parts[0])
                return "" if number is None else self.use(number, f"${{{parts[0]}}}", sets)
            case "last":
                number = self.find(parts[0])
                return "" if number is None else ["last", number]
            case "name":
                return self.bare(parts[0], sets)
            case "path":
                return self.walk(parts[0], parts[1], parts[2], sets)
            case "root":
                return self.from_form(parts[0], sets)
            case "lookup":
                return self.lookup(*parts)
            case "call":
                return self.call(parts[0], parts[1:])
            case "=" | "!=":
                self.check_codes(parts[0], parts[1])
                self.check_codes(parts[1], parts[0])
        return [kind, *(self.resolve(part) for part in parts)]

    def check_codes(self, asked: Raw, text: Raw) -> None:
        """Warns where an answer is compared with what is no choice of its question."""
        if not isinstance(text, str | int | float) or isinstance(text, bool) or not isinstance(asked, list):
            return
        entries, found = self.outline.entries, None
        if asked[0] == "." and not self.place.list and self.place.node != NOWHERE:
            found = self.place.node
        elif asked[0] == "ref" and len(numbers := self.outline.by_name.get(asked[1], [])) == 1:
            found = numbers[0]
        codes = self.outline.codes.get(entries[found].list) if found is not None else None
        if found is None or not codes:
            return
        shown = f"{text:g}" if isinstance(text, float) else str(text)
        for code in shown.split():
            if code not in codes:
                name, known = entries[found].name, entries[found].list.removesuffix(" or other")
                hint = did_you_mean(code, sorted(codes), "'{}'")
                self.warn(f"'{code}' is no choice of ${{{name}}} (list {known}): it is never true.", hint)

    def own(self) -> Expr:
        if self.place.list:
            return self.fail(". has no meaning in a choice filter.", "Write name for the code of the choice.")
        if self.place.node == NOWHERE:
            return self.fail(". has no meaning here.", "Write ${name}.")
        return ["."]

    def find(self, name: str) -> int | None:
        """The node that `${name}` means; a question before a group of the same name."""
        numbers = self.outline.by_name.get(name, [])
        entries = self.outline.entries
        valued = [number for number in numbers if entries[number].kind in ("value", "note")]
        found = valued or [number for number in numbers if entries[number].kind == "repeat"] or numbers
        if not found:
            hint = did_you_mean(name, self.outline.by_name, "${{{}}}")
            self.fail(f"${{{name}}} is not in the survey.", hint)
            return None
        if len(found) > 1:
            rows = ", ".join(str(entries[number].row) for number in found[:3])
            self.fail(f"${{{name}}} could mean more than one: rows {rows}.", "Give them different names.")
            return None
        return found[0]

    def use(self, number: int, shown: str, sets: bool) -> Expr:
        """A reference to a node: one value where the place stands in the same rows, else a set."""
        entry = self.outline.entries[number]
        if entry.kind == "group":
            return self.fail(f"{shown} is a group and has no value.", "Refer to a question in it.")
        if entry.kind == "repeat":
            if sets:
                return ["R", number]
            return self.fail(f"{shown} is a repeat and has no value.", f"Write count({shown}) for its rows.")
        if entry.chain == self.place.chain[: len(entry.chain)]:
            return ["r", number]
        if sets:
            return ["R", number]
        repeat = self.outline.entries[entry.chain[-1]].name
        return self.fail(
            f"{shown} has one value in each row of {repeat}; here a single value is needed.",
            f"Use it in {_SETS}.",
        )

    def bare(self, name: str, sets: bool) -> Expr:
        if self.place.list:
            columns = self.outline.columns.get(self.place.list, set())
            if name in columns:
                return ["col", name]
            if name in self.outline.by_name:
                return self.fail(f"{name} is no column of the list {self.place.list}.", f"Write ${{{name}}}.")
            hint = did_you_mean(name, sorted(columns))
            return self.fail(f"{name} is no column of the list {self.place.list}.", hint)
        if name in _WORDS and name not in self.outline.by_name:
            meant = "''" if name == "null" else f"{name.lower()}()"
            self.warn(f"{name} was read as {meant}.", f"Write {meant}.")
            return _WORDS[name]
        number = None
        if self.place.node != NOWHERE:
            number = self.outline.child(self.place.node, name)
        if number is not None:
            return self.use(number, name, sets)
        if name in self.outline.by_name:
            return self.fail(f"{name} is not understood.", f"Write ${{{name}}}.")
        hint = did_you_mean(name, self.outline.by_name, "${{{}}}")
        return self.fail(f"{name} is not understood.", hint or f"A text is written '{name}'.")

    def from_form(self, names: list[str], sets: bool) -> Expr:
        """A path from the form itself: its first step is the form's own name, whatever that is."""
        shown = "/" + "/".join(names)
        number = self.target(0, names[1:], NOWHERE)
        if number is None or number == NOWHERE:
            hint = f"Write ${{{names[-1]}}}." if names[-1] in self.outline.by_name else ""
            return self.fail(f"The path {shown} leads nowhere.", hint)
        return self.use(number, shown, sets)

    def target(self, ups: int, names: list[str], start: int | None = None) -> int | None:
        """The node at the end of a path from `start`, else from the place's own; NOWHERE is the form."""
        at = self.place.node if start is None else start
        for _ in range(ups):
            if at == NOWHERE:
                return None
            at = self.outline.entries[at].parent
        for name in names:
            child = self.outline.child(at, name)
            if child is None:
                return None
            at = child
        return at

    def walk(self, from_current: bool, ups: int, names: list[str], sets: bool) -> Expr:
        shown = "/".join([*([] if not from_current else ["current()"]), *[".."] * ups, *names])
        if self.place.list and not from_current:
            return self.fail(f"{shown} would begin at the choice.", "Write ${name} for a question.")
        if not names:
            return self.fail(f"{shown} has no value.", "Write ${name}; .. is for position(..).")
        number = self.target(ups, names)
        if number is None or number == NOWHERE:
            hint = f"Write ${{{names[-1]}}}." if names[-1] in self.outline.by_name else ""
            return self.fail(f"The path {shown} leads nowhere.", hint)
        return self.use(number, shown, sets)

    def lookup(self, name: str, condition: Raw, column: str) -> Expr:
        columns = self.outline.columns.get(name)
        if columns is None:
            return self.fail(
                f"There is no list {name} in the choices sheet.", did_you_mean(name, self.outline.columns)
            )
        if column not in columns:
            self.fail(f"{column} is no column of the list {name}.", did_you_mean(column, sorted(columns)))
        if isinstance(condition, int | float | str):
            self.fail("A condition is needed in […], as in [name = ${x}].")
        outside = self.place
        self.place = Place(outside.node, outside.chain, name)
        found = self.resolve(condition)
        self.place = outside
        return ["lk", name, found, column]

    def call(self, name: str, parts: list[Raw]) -> Expr:
        if name == "jr:itext" and len(parts) == 1 and isinstance(parts[0], list) and parts[0][0] == "lookup":
            # ODK keeps the labels of choices under the ids that stand in their column itextId.
            return self.lookup(parts[0][1], parts[0][2], "label")
        known = FUNCTIONS.get(name)
        if known is None:
            self.faults.append(unknown_function(name))
            return ""
        if fault := check_arity(name, len(parts)):
            self.faults.append(fault)
            return ""
        if name == "selected":
            self.check_codes(parts[0], parts[1])
        if name in self.special:
            return self.special[name](parts)
        resolved = [self.resolve(part, 0 <= known.sets <= at) for at, part in enumerate(parts)]
        if known.sets >= 0:
            self.check_set(name, resolved[known.sets :])
        return [name, *resolved]

    def check_set(self, name: str, values: list[Expr]) -> None:
        counted = values[0] if name in ("count", "count-non-empty") and values else ["r"]
        if not (isinstance(counted, list) and counted[:1] in (["r"], ["R"])) and not self.faults:
            self.fail(f"{name}() counts the rows of a question or repeat.", f"Write {name}(${{name}}).")
        sets = [value[1] for value in values if isinstance(value, list) and value[:1] == ["R"]]
        for entry in (self.outline.entries[number] for number in sets if name != "count"):
            if entry.kind == "repeat":
                hint = f"Refer to a question in it, or write count(${{{entry.name}}}) for its rows."
                self.fail(f"{entry.name} is a repeat and has no value.", hint)
        if len(values) == 1 and isinstance(values[0], list) and values[0][:1] == ["r"]:
            entry = self.outline.entries[values[0][1]]
            if entry.chain:
                repeat = self.outline.entries[entry.chain[-1]].name
                self.warn(
                    f"{name}(${{{entry.name}}}) stands inside of {repeat}: it sees one row only.",
                    f"Move it after the end of {repeat} to see all rows.",
                )

    def position(self, parts: list[Raw]) -> Expr:
        tree = parts[0]
        if isinstance(tree, list) and tree[0] == "ref":
            number = self.find(tree[1])
        elif isinstance(tree, list) and tree[0] == "path":
            number = self.target(tree[2], tree[3])
        else:
            return self.fail("position() counts the rows of a repeat.", "Write position(..) inside a repeat.")
        if number is not None and number in self.place.chain:
            return ["pos", number]
        entry = self.outline.entries[number] if number is not None and number != NOWHERE else None
        if entry is not None and entry.kind == "group" and entry.chain and number != self.place.node:
            repeat = self.outline.entries[entry.chain[-1]].name
            self.warn(f"position(..) stands in the group {entry.name}: it counts the rows of {repeat}.")
            return ["pos", entry.chain[-1]]
        return self.fail("position(..) stands outside of any repeat.")

    def indexed(self, parts: list[Raw]) -> Expr:
        if len(parts) % 2 == 0:
            return self.fail("indexed-repeat() takes a question and pairs of a repeat and a number.")
        question, *pairs = [self.target_of(part) for part in parts[:1] + parts[1::2]]
        if question is None or None in pairs:
            return ""
        entries = self.outline.entries
        for pair in pairs:
            if pair is None or entries[pair].kind != "repeat" or pair not in entries[question].chain:
                name = entries[pair].name if pair is not None else ""
                return self.fail(f"{name} is not a repeat around ${{{entries[question].name}}}.")
        turned = ["ix", question]
        for repeat, tree in zip(pairs, parts[2::2], strict=True):
            turned += [repeat, self.resolve(tree)]
        return turned

    def target_of(self, tree: Raw) -> int | None:
        if isinstance(tree, list) and tree[0] == "ref":
            return self.find(tree[1])
        if isinstance(tree, list) and tree[0] == "path" and self.target(tree[2], tree[3]) is not None:
            return self.target(tree[2], tree[3])
        if isinstance(tree, list) and tree[0] == "root":
            found = self.target(0, tree[1][1:], NOWHERE)
            if found is not None and found != NOWHERE:
                return found
        self.fail("indexed-repeat() takes references.", "Write indexed-repeat(${question}, ${repeat}, 1).")
        return None

    def pull(self, parts: list[Raw]) -> Expr:
        source = parts[0]
        if not isinstance(source, str):
            return self.fail("pulldata() begins with the name of a source in quotes.")
        if not source.startswith("@"):
            return self.pull_from_table(source, parts[1:])
        if source not in SOURCES:
            return self.fail(f"{source} is not a source.", did_you_mean(source, SOURCES, "'{}'"))
        if len(parts) != 2:
            return self.fail(f"pulldata('{source}', …) takes one field.")
        field = self.resolve(parts[1])
        known = SOURCES[source]
        if known and isinstance(field, str) and field not in known:
            return self.fail(f"{source} has no field {field}.", f"It has {', '.join(known)}.")
        return ["pull", source, field]

    def pull_from_table(self, source: str, parts: list[Raw]) -> Expr:
        if len(parts) != 3:
            return self.fail("pulldata() takes a table, two column names and a key.")
        table = source.removesuffix(".csv")
        columns = self.outline.columns.get(table)
        if columns is None:
            hint = did_you_mean(table, self.outline.columns)
            give = f"Give it with the workbook: thon form publish FORM.xlsx {table}.csv"
            return self.fail(f"{table}.csv is not attached.", hint or give)
        for column in parts[:2]:
            if isinstance(column, str) and column not in columns:
                self.fail(f"{table}.csv has no column {column}.", did_you_mean(column, sorted(columns)))
        return ["pull", table, *(self.resolve(part) for part in parts)]

    def choice_name(self, parts: list[Raw]) -> Expr:
        named = parts[1]
        name = named[1] if isinstance(named, list) and named[0] == "ref" else str(named).strip()
        name = name.removeprefix("${").removesuffix("}").strip()
        number = self.find(name)
        if number is None:
            return ""
        if not self.outline.entries[number].list:
            return self.fail(
                f"${{{name}}} has no choices.", "jr:choice-name() takes a question with choices."
            )
        return ["jr:choice-name", self.resolve(parts[0]), number]

    def regex(self, parts: list[Raw]) -> Expr:
        if not isinstance(parts[1], str):
            return self.fail("The pattern of regex() is written in quotes.")
        value, pattern = self.resolve(parts[0]), read_pattern(parts[1])
        if isinstance(pattern, str):
            return self.fail(f"The pattern {parts[1]} can't be used.", pattern)
        if not (parts[1].startswith("^") and parts[1].endswith("$")):
            self.warn(
                f"The pattern {parts[1]} is compared with the whole answer.",
                "Write ^ and $ around it to say so, or .* where anything may stand.",
            )
        return ["regex", value, parts[1]]

    def dated(self, name: str, parts: list[Raw]) -> Expr:
        if not isinstance(parts[1], str):
            return self.fail(f"The format of {name}() is written in quotes.")
        if fault := check_format(parts[1]):
            self.faults.append(fault)
        return [name, self.resolve(parts[0]), parts[1]]
