"""Headers as authors write them (`label::English (en)`, `read only`, `bind:relevant`), each with one name."""

from __future__ import annotations

import re

from msgspec import Struct

TRANSLATED = {
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "image",
    "audio",
    "video",
    "big-image",
}

_SURVEY = {
    "type",
    "name",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "readonly",
    "default",
    "appearance",
    "choice_filter",
    "repeat_count",
    "parameters",
    "trigger",
    "disabled",
    "conflict",
    "carry",
    "sensitivity",
    "indicator",
    "meaning",
    "module",
    "unit",
    "source",
    "old_name",
}
_CHOICES = {"list_name", "name", "old_name"}
_SETTINGS = {
    "form_title",
    "form_id",
    "version",
    "default_language",
    "style",
    "instance_name",
    "subject_form",
    "one_per",
    "phones",
    "public_key",
    "allow_choice_duplicates",
}
KNOWN = {"survey": _SURVEY, "choices": _CHOICES, "external_choices": _CHOICES, "settings": _SETTINGS}

_ALIASES = {
    "relevance": "relevant",
    "read_only": "readonly",
    "calculate": "calculation",
    "constraint_msg": "constraint_message",
    "constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "required_msg": "required_message",
    "count": "repeat_count",
    "command": "type",
    "caption": "label",
    "hints": "hint",
    "guidance": "guidance_hint",
    "id_string": "form_id",
    "title": "form_title",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
}
_SHEET_ALIASES = {"choices": {"value": "name"}, "external_choices": {"value": "name"}}

# Languages that authors name without a code.
_CODES = {
    "english": "en",
    "tiếng việt": "vi",
    "vietnamese": "vi",
    "français": "fr",
    "francais": "fr",
    "french": "fr",
    "español": "es",
    "spanish": "es",
    "português": "pt",
    "portuguese": "pt",
    "deutsch": "de",
    "german": "de",
    "swahili": "sw",
    "kiswahili": "sw",
    "arabic": "ar",
    "chinese": "zh",
    "khmer": "km",
    "lao": "lo",
    "thai": "th",
}


_WRITTEN = _SURVEY | TRANSLATED | _SETTINGS | set(_ALIASES)
_HYPHENS = {key.replace("_", "-"): key for key in _WRITTEN if "_" in key} | {"big_image": "big-image"}


class Column(Struct, frozen=True):
    """`key` in the one spelling, `language` as the author names it ("" where none), `title` as it stands."""

    key: str
    language: str
    title: str


def read_header(sheet: str, title: str) -> Column:
    """The column that a header names. Unknown headers keep their own name: they may be columns of choices."""
    parts = [part.strip() for part in re.split(r"::?", title.strip(" \n\t:").replace("jr:", ""))]
    if len(parts) > 1 and parts[0].lower() in ("media", "bind", "body", "control"):
        parts = parts[1:]
    key = re.sub(r"[\s_]+", "_", parts[0].lower().strip("?*:. "))
    key = _HYPHENS.get(key, key)
    key = _ALIASES.get(key, key)
    key = _SHEET_ALIASES.get(sheet, {}).get(key, key)
    if key in TRANSLATED and (sheet != "settings" or key == "label"):
        return Column(key, parts[1] if len(parts) > 1 else "", title)
    if key in KNOWN.get(sheet, set()) and len(parts) == 1:
        return Column(key, "", title)
    return Column(title.strip(), "", title)


def meant_header(sheet: str, column: Column) -> str:
    """The known header that an unknown one was probably meant to be, or nothing."""
    import difflib

    known = KNOWN.get(sheet, set()) | (TRANSLATED if sheet != "settings" else set())
    key = re.sub(r"[\s_]+", "_", column.key.lower().split("::")[0])
    if column.key in known or key in known or len(key) < 5:
        return ""
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.85)
    return near[0] if near else ""


def language_code(named: str) -> str:
    """`English (en)` is `en`, `Español` is `es`; a language without a known code is its own name."""
    if match := re.fullmatch(r"(.*?)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*\)\s*", named):
        return match.group(2)
    return _CODES.get(named.strip().lower(), named.strip())


def language_name(named: str) -> str:
    """`English (en)` is `English`."""
    return re.sub(r"\s*\([^()]*\)\s*$", "", named).strip() or named.strip()
