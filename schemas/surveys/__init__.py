"""The built-in questionnaires, as the workbooks that anyone may open, change and publish instead."""

from __future__ import annotations

from importlib import resources


def built_in() -> dict[str, bytes]:
    """Form id to the bytes of its workbook."""
    return {
        file.name.removesuffix(".xlsx"): file.read_bytes()
        for file in sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".xlsx")
    }
