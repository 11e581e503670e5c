"""An XML document as the form that would have made it: groups, questions, repeats of what occurs twice."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.dom.minidom import Element, Node, parseString

from schemas.compile_outline import NOWHERE, Entry, Outline, Place
from schemas.form import AnyNode, Form, Group, Repeat, TextQuestion


class XmlDocument:
    """`form`, `answers` and `outline` of the document. An element that occurs twice beside its like is a
    repeat; one without elements inside is then a question of that name in it. `root`: the steps before the
    form."""

    def __init__(self, xml: str) -> None:
        self.dom = parseString(xml)
        top = self.dom.documentElement
        assert top is not None
        self.root, self.data = _instance(top)
        self.outline = Outline()
        self.nodes: list[AnyNode] = []
        self.answers: dict[str, Any] = {}
        self.spots: dict[Element, tuple[int, str]] = {self.data: (NOWHERE, "")}
        self.leaf_repeats: set[str] = set()
        self._children(self.data, NOWHERE, "", "")
        self.form = Form(
            id="xml",
            version="1",
            title="",
            languages=[""],
            nodes=self.nodes,
            order=list(range(len(self.nodes))),
        )

    def expression(self, source: str) -> str:
        """As an author of this form would write it: from the form's own name on, and to the question in a
        repeat of one question."""
        for step in (f"{self.root}[1]", self.root) if self.root else ():
            source = source.replace(step, "")
        for path in self.leaf_repeats:
            name = path.rpartition("/")[2]
            source = re.sub(rf"({re.escape(path)})(?![\w/\[.-])", rf"\1/{name}", source)
        return source

    def spot(self, context: str) -> tuple[Place, str]:
        """Where an expression at this node stands, and the path it is evaluated at."""
        node: Node = self.dom
        for number in re.findall(r"node\(\)\[(\d+)\]", context):
            node = node.childNodes[int(number) - 1]
        while node is not None and node not in self.spots:
            node = node.parentNode  # type: ignore[assignment]
        number, path = self.spots.get(node, (NOWHERE, ""))  # type: ignore[arg-type]
        return Place(number, self.outline.inner_chain(number) if number != NOWHERE else ()), path

    def _children(self, around: Element, parent: int, path: str, place: str) -> None:
        inside = [node for node in around.childNodes if isinstance(node, Element)]
        often = Counter(node.tagName for node in inside)
        repeats: dict[str, int] = {}
        for at, node in enumerate(inside):
            name = node.tagName
            if often[name] < 2:
                self._one(node, parent, path + name, place + name)
                continue
            if name not in repeats:
                repeats[name] = self._add(name, "repeat", parent, path + name)
            row = f"{place}{name}/r{at:02}/"
            self.spots[node] = (repeats[name], row.rstrip("/"))
            if any(isinstance(each, Element) for each in node.childNodes):
                self._children(node, repeats[name], f"{path}{name}/", row)
            else:
                self.leaf_repeats.add(_path_of(node, self.data))
                self._one(node, repeats[name], f"{path}{name}/{name}", row + name)
            self.answers.setdefault(f"{row}@row", True)

    def _one(self, node: Element, parent: int, path: str, place: str) -> None:
        if any(isinstance(each, Element) for each in node.childNodes):
            number = self._add(node.tagName, "group", parent, path)
            self.spots[node] = (number, place)
            self._children(node, number, _around(path), _around(place))
            return
        number = self.outline.child(parent, node.tagName)
        if number is None:
            number = self._add(node.tagName, "value", parent, path)
        self.spots[node] = (number, place)
        self.answers[place] = "".join(
            each.data for each in node.childNodes if each.nodeType == each.TEXT_NODE
        )

    def _add(self, name: str, kind: str, parent: int, path: str) -> int:
        number = self.outline.child(parent, name)
        if number is not None:
            return number
        chain = self.outline.inner_chain(parent)
        number = self.outline.add(Entry(name, kind, kind, parent, chain, len(self.nodes) + 2))
        where = {"parent": parent, "repeat": chain[-1] if chain else -1}
        made = {"group": Group, "repeat": Repeat, "value": TextQuestion}[kind]
        self.nodes.append(made(name=name, path=path, **where))
        return number


def _around(path: str) -> str:
    """Groups are not in paths."""
    return path[: path.rfind("/") + 1]


def _instance(top: Element) -> tuple[str, Element]:
    """The element that is the form, and the path of what stands around it."""
    if top.tagName != "model":
        return "", top
    instance = next(node for node in top.childNodes if isinstance(node, Element))
    return "/model/instance", next(node for node in instance.childNodes if isinstance(node, Element))


def _path_of(node: Element, data: Element) -> str:
    steps = []
    while node is not data:
        steps.append(node.tagName)
        node = node.parentNode  # type: ignore[assignment]
    return "/" + "/".join([data.tagName, *reversed(steps)])
