"""Problems are returned, bugs are raised: what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Problem(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with an input file.

    `row` is the row number that the spreadsheet shows (1 = header; 0 = the whole sheet),
    `column` the header of the column.
    """

    message: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    suggestion: str = ""
    severity: Literal["error", "warning"] = "error"

    def sentence(self) -> str:
        """`survey, row 12, relevant: ${hh_sise} is not a question. Did you mean ${hh_size}?`"""
        place = ", ".join(
            part for part in (self.sheet, f"row {self.row}" if self.row else "", self.column) if part
        )
        return (
            f"{place}: {self.message} {self.suggestion}".strip()
            if place
            else f"{self.message} {self.suggestion}".strip()
        )
