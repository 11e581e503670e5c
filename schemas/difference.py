"""One difference between two versions of a form, and how it is said."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from schemas.form import AnyNode, DateQuestion, GeoQuestion, NumberQuestion

Weight = Literal["note", "decide", "refused"]
Kind = Literal[
    "added",
    "removed",
    "renamed",
    "unknown_old_name",
    "old_name_dropped",
    "text_added",
    "text_removed",
    "type",
    "text",
    "became_required",
    "rule",
    "setting",
    "moved",
    "choices_added",
    "choices_removed",
    "choice_renamed",
    "choice_label",
    "choice_reused",
    "choice_meaning",
    "form_setting",
    "language_added",
    "language_removed",
]


class Difference(Struct, frozen=True, omit_defaults=True):
    """`path`: the question now (before, where it was removed), or the list for choices; `row`: of the new
    sheet; `what`: the column, setting, language or code that it is about. `decide`: published only when
    somebody says so; `refused`: it would break answers that are stored."""

    kind: Kind
    weight: Weight = "note"
    path: str = ""
    row: int = 0
    what: str = ""
    was: str = ""
    now: str = ""
    languages: list[str] = []

    def sentence(self) -> str:
        """`income: its label changed in vi.`"""
        pattern = _SENTENCES[self.kind]
        if self.kind == "removed" and self.now:
            pattern = (
                "{path} stands at {now} now: its answers stay behind and are exported in their own columns."
            )
        if self.kind == "type" and (self.was, self.now) == ("integer", "decimal"):
            pattern = "{path} takes decimal numbers too."
        if self.kind == "type" and self.weight == "refused":
            pattern = "{path} was {was} and has answers; it can't become {now}: give it a new name."
        if self.kind == "choices_removed" and self.weight == "refused":
            pattern = (
                "{path}: the choices {what} are gone, but were chosen: keep their rows, or use old_name."
            )
        languages = f" in {', '.join(self.languages)}" if any(self.languages) else ""
        return pattern.format(
            path=self.path,
            what=self.what,
            was=self.was or "nothing",
            now=self.now or "nothing",
            languages=languages,
        )


_SENTENCES: dict[Kind, str] = {
    "added": "{path} is new.",
    "removed": "{path} is not asked any more: its answers stay and are exported in columns of their own.",
    "renamed": "{path} was called {was}: its answers are carried over.",
    "unknown_old_name": "{path}: no question was ever called {was}.",
    "old_name_dropped": "{path} does not say any more that it was called {was}: answers given then leave it.",
    "text_added": "{path} is a new text or group.",
    "text_removed": "The text or group {path} is gone.",
    "type": "{path} was {was} and becomes {now}: phones may still bring answers that it can't read.",
    "text": "{path}: its {what} changed{languages}.",
    "became_required": "{path} has to be answered now.",
    "rule": "{path}: its {what} changed.",
    "setting": "{path}: its {what} was {was} and is {now}.",
    "moved": "{path} stands elsewhere in the questionnaire.",
    "choices_added": "The list {path} has new choices: {what}.",
    "choices_removed": "The list {path} has no choices {what} any more; nobody chose them.",
    "choice_renamed": "The list {path}: {was} is called {what} now; answers are carried over.",
    "choice_label": "The list {path}: the label of {what} changed{languages}.",
    "choice_reused": (
        "The list {path}: {was} meant “{what}”, which is {now} now: answers would change their meaning. "
        "Keep the codes, or name {was} in old_name of {now}."
    ),
    "choice_meaning": (
        "The list {path}: {what} was “{was}” and is “{now}”: if that is another thing, give it a new code."
    ),
    "form_setting": "The setting {what} was {was} and is {now}.",
    "language_added": "The form speaks {what} too.",
    "language_removed": "The form does not speak {what} any more.",
}


def node_type(node: AnyNode) -> str:
    """What values a node holds; every integer is a decimal, not the other way round."""
    match node:
        case NumberQuestion(kind=kind):
            return "decimal" if kind == "decimal" else "integer"
        case DateQuestion(kind=kind) | GeoQuestion(kind=kind):
            return kind
        case _:
            return str(node.__struct_config__.tag)
