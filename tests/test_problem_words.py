"""Every sentence of the compiler has its Vietnamese at the desk."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "client_pwa" / "src" / "desk" / "words" / "problems.ts"
SPEAKING = [*ROOT.glob("schemas/compile*.py"), *(ROOT / "schemas" / f"{name}.py" for name in (
    "xlsform", "expression", "patterns", "tables",
))]  # fmt: skip
# Put together from others: what is filled in is a part of a sentence.
PUT_TOGETHER = {"{} {}.", "{}() {}.", "{} is not attached. {}"}


def catalogue() -> dict[str, str]:
    lines = re.findall(r'^  (".*"): (".*"),$', WORDS.read_text("utf-8"), re.MULTILINE)
    return {json.loads(english): json.loads(vietnamese) for english, vietnamese in lines}


def sentence_of(node: ast.AST) -> str:
    """The text of a literal, with {} for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def sentences(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    owners = (ast.FunctionDef, ast.ClassDef, ast.Module)
    left_out = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, owners)
                and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    left_out |= {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in ast.walk(tree):
        text = "" if id(node) in left_out else sentence_of(node)
        if " " in text.strip() and text[-1] in ".?" and not text.startswith(" "):
            yield text


def test_every_sentence_of_the_compiler_is_there_in_vietnamese() -> None:
    patterns = [
        re.compile("(.*?)".join(re.escape(part) for part in template.split("{}")), re.DOTALL)
        for template in catalogue()
    ]
    said = {sentence for file in SPEAKING for sentence in sentences(file)} - PUT_TOGETHER
    assert len(said) > 150
    unknown = [text for text in said if not any(each.fullmatch(text.replace("{}", "x")) for each in patterns)]
    assert unknown == []


def test_vietnamese_fills_in_what_english_does() -> None:
    for english, vietnamese in catalogue().items():
        numbers = {int(number) for number in re.findall(r"\{(\d)\}", vietnamese)}
        assert numbers <= set(range(1, english.count("{}") + 1)), english
