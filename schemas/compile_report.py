"""Where compilers put what they find wrong, so that an author hears of everything at once."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from schemas.expression import Fault
from schemas.problem import Problem
from schemas.xlsform import Row, Sheet


class Report(Struct):
    problems: list[Problem] = field(default_factory=list)

    def error(self, sheet: Sheet, row: int, key: str, message: str, suggestion: str = "") -> None:
        self.problems.append(Problem(message, sheet.name, row, sheet.title(key) if key else "", suggestion))

    def warn(self, sheet: Sheet, row: int, key: str, message: str, suggestion: str = "") -> None:
        column = sheet.title(key) if key else ""
        self.problems.append(Problem(message, sheet.name, row, column, suggestion, "warning"))

    def faults(self, sheet: Sheet, row: Row | int, column: str, faults: Iterable[Fault]) -> None:
        number = row if isinstance(row, int) else row.number
        for fault in faults:
            place = f" (character {fault.position})" if fault.position > 1 else ""
            message = fault.message.removesuffix(".") + place + "." if place else fault.message
            self.problems.append(
                Problem(
                    message,
                    sheet.name,
                    number,
                    column,
                    fault.suggestion,
                    "warning" if fault.warning else "error",
                )
            )

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def ordered(self) -> list[Problem]:
        """Errors before warnings, each in the order of the workbook; no sentence twice."""
        sheets = {"survey": 0, "choices": 1, "external_choices": 2, "settings": 3}

        def place(problem: Problem) -> tuple[bool, int, int]:
            return (
                problem.severity == "warning",
                sheets.get(problem.sheet.strip().lower(), -1),
                problem.row,
            )

        return sorted(dict.fromkeys(self.problems), key=place)
