"""The functions of expressions that need no more than values, by XPath name.

Where an argument makes no sense the result is blank: nothing stops an interview.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from schemas.coerce import (
    NAN,
    SPACE,
    Value,
    codes,
    to_boolean,
    to_date,
    to_number,
    to_string,
)
from schemas.dates import MS_A_DAY, Day, Moment, format_date, months_between, parse_time
from schemas.patterns import is_match

# 10^309 is no number.
MOST_PLACES = 309


class Call:
    """The arguments of one call, read as the type that the function wants."""

    __slots__ = ("arguments", "lang", "offset_min")

    def __init__(self, arguments: list[Value], offset_min: int, lang: str) -> None:
        self.arguments = arguments
        self.offset_min = offset_min
        self.lang = lang

    def __len__(self) -> int:
        return len(self.arguments)

    def value(self, index: int) -> Value:
        return self.arguments[index] if index < len(self.arguments) else ""

    def text(self, index: int) -> str:
        return to_string(self.value(index))

    def number(self, index: int) -> float:
        return to_number(self.value(index), self.offset_min)

    def truth(self, index: int) -> bool:
        return to_boolean(self.value(index))

    def date(self, index: int) -> Day | Moment | None:
        return to_date(self.value(index), self.offset_min)

    def integer(self, index: int, otherwise: int = 0) -> int:
        """Truncated; `otherwise` for what is no number, capped where only the sign still matters."""
        number = self.number(index)
        if math.isnan(number):
            return otherwise
        return int(max(-1e9, min(1e9, number)))


def same_digits(number: float) -> float:
    """12 significant digits: the last bits of sin, exp or pow differ between C libraries and browsers."""
    return float(f"{number:.11e}") if math.isfinite(number) else number


def analytic(function: Callable[[float], float]) -> Callable[[Call], Value]:
    """A function of real numbers; NaN outside its domain, infinity where it overflows."""

    def apply(call: Call) -> float:
        number = call.number(0)
        try:
            return same_digits(function(number)) + 0.0
        except OverflowError:
            return math.inf
        except ValueError:
            return NAN

    return apply


def power(base: float, exponent: float) -> float:
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return NAN
    try:
        result = math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else NAN
    is_whole = base.is_integer() and exponent.is_integer() and exponent >= 0 and abs(result) <= 2**53
    return result if is_whole else same_digits(result)


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda number: -math.inf if number == 0 else function(number)


def shifted(number: float, places: int) -> float:
    """`number` x 10^places by its shortest decimal text, so that 1.005 is shifted to 100.5 exactly."""
    mantissa, _, exponent = repr(number).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + places}")


def rounded(number: float, places: float) -> float:
    """Half goes up, also below zero; no number for places that no number has."""
    if not abs(places) < MOST_PLACES:
        return NAN
    if not math.isfinite(number):
        return number
    shift = int(places)
    moved = shifted(number, shift)
    if not math.isfinite(moved):
        return number
    whole = math.floor(moved)
    return shifted(float(whole + (moved - whole >= 0.5)), -shift) + 0.0


def whole(function: Callable[[float], int]) -> Callable[[Call], Value]:
    def apply(call: Call) -> float:
        number = call.number(0)
        return float(function(number)) if math.isfinite(number) else number

    return apply


def remainder(dividend: float, divisor: float) -> float:
    """The sign is the dividend's."""
    if divisor == 0 or math.isinf(dividend) or math.isnan(dividend) or math.isnan(divisor):
        return NAN
    return math.fmod(dividend, divisor) + 0.0


def quotient(dividend: float, divisor: float) -> float:
    if divisor != 0:
        return dividend / divisor + 0.0
    if dividend == 0 or math.isnan(dividend):
        return NAN
    return math.copysign(math.inf, dividend)


def substring(call: Call) -> str:
    """XPath 1.0: from position (1-based, rounded), so many characters."""
    text, start = call.text(0), rounded(call.number(1), 0)
    end = math.inf if len(call) < 3 else start + rounded(call.number(2), 0)
    return "".join(char for at, char in enumerate(text, 1) if start <= at < end)


def translate(call: Call) -> str:
    source, target = call.text(1), call.text(2)
    table: dict[str, str] = {}
    for at, char in enumerate(source):
        table.setdefault(char, target[at : at + 1])
    return "".join(table.get(char, char) for char in call.text(0))


def selected(call: Call) -> bool:
    """`selected(${q}, '')`: nothing is (JavaRosa looks for the code between spaces)."""
    chosen, code = codes(call.value(0)), call.text(1).strip(SPACE)
    return code in chosen if code else not chosen


def selected_at(call: Call) -> str:
    chosen, at = codes(call.value(0)), call.integer(1, -1)
    return chosen[at] if 0 <= at < len(chosen) else ""


def checklist(call: Call) -> bool:
    held = sum(call.truth(index) for index in range(2, len(call)))
    return between(held, call)


def weighted_checklist(call: Call) -> bool:
    weight = sum(call.number(index + 1) for index in range(2, len(call) - 1, 2) if call.truth(index))
    return between(weight, call)


def between(held: float, call: Call) -> bool:
    """-1 leaves an end open."""
    least, most = call.number(0), call.number(1)
    return (least == -1 or held >= least) and (most == -1 or held <= most)


def date(call: Call) -> Value:
    found = to_date(call.value(0), call.offset_min, is_whole=True)
    if found is None:
        return ""
    return found if isinstance(found, Day) else found.day()


def date_time(call: Call) -> Value:
    """A date stays one: no time of day is made up."""
    found = call.date(0)
    return "" if found is None else found


def decimal_date_time(call: Call) -> Value:
    found = call.date(0)
    return "" if found is None else to_number(found, call.offset_min)


def decimal_time(call: Call) -> Value:
    """The local time of day as a fraction."""
    time = parse_time(call.text(0).strip(SPACE))
    if time is not None:
        return time[0] / MS_A_DAY
    found = call.date(0)
    if found is None:
        return ""
    return 0.0 if isinstance(found, Day) else found.local_ms() % MS_A_DAY / MS_A_DAY


def formatted(call: Call) -> str:
    found = call.date(0)
    return "" if found is None else format_date(found, call.text(1), call.lang)


def difference_in_months(call: Call) -> Value:
    first, second = call.date(0), call.date(1)
    if first is None or second is None:
        return ""
    days = [found if isinstance(found, Day) else found.day() for found in (first, second)]
    return float(months_between(days[0], days[1]))


def coalesce(call: Call) -> Value:
    return next((value for value in call.arguments if to_string(value) != ""), "")


def before(text: str, mark: str) -> str:
    return text.partition(mark)[0] if mark and mark in text else ""


def after(text: str, mark: str) -> str:
    return text[text.index(mark) + len(mark) :] if mark in text else ""


FUNCTIONS: dict[str, Callable[[Call], Value]] = {
    "not": lambda call: not call.truth(0),
    "true": lambda call: True,
    "false": lambda call: False,
    "boolean": lambda call: call.truth(0),
    "boolean-from-string": lambda call: call.text(0) in ("true", "1"),
    "coalesce": coalesce,
    "concat": lambda call: "".join(call.text(index) for index in range(len(call))),
    "string": lambda call: call.text(0),
    "string-length": lambda call: float(len(call.text(0))),
    "substr": lambda call: call.text(0)[call.integer(1) : call.integer(2) if len(call) > 2 else None],
    "substring": substring,
    "substring-before": lambda call: before(call.text(0), call.text(1)),
    "substring-after": lambda call: after(call.text(0), call.text(1)),
    "contains": lambda call: call.text(1) in call.text(0),
    "starts-with": lambda call: call.text(0).startswith(call.text(1)),
    "ends-with": lambda call: call.text(0).endswith(call.text(1)),
    "translate": translate,
    "normalize-space": lambda call: " ".join(codes(call.value(0))),
    "trim": lambda call: call.text(0).strip(SPACE),
    "regex": lambda call: is_match(call.text(1), call.text(0)),
    "number": lambda call: call.number(0),
    "int": whole(math.trunc),
    "round": lambda call: rounded(call.number(0), call.number(1) if len(call) > 1 else 0.0),
    "floor": whole(math.floor),
    "ceiling": whole(math.ceil),
    "abs": lambda call: abs(call.number(0)),
    "pow": lambda call: power(call.number(0), call.number(1)) + 0.0,
    "pi": lambda call: math.pi,
    "sqrt": lambda call: math.sqrt(call.number(0)) if call.number(0) >= 0 else NAN,
    "exp": analytic(math.exp),
    "exp10": lambda call: power(10.0, call.number(0)),
    "log": analytic(logarithm(math.log)),
    "log10": analytic(logarithm(math.log10)),
    "sin": analytic(math.sin),
    "cos": analytic(math.cos),
    "tan": analytic(math.tan),
    "asin": analytic(math.asin),
    "acos": analytic(math.acos),
    "atan": analytic(math.atan),
    "atan2": lambda call: same_digits(math.atan2(call.number(0), call.number(1))) + 0.0,
    "selected": selected,
    "selected-at": selected_at,
    "count-selected": lambda call: float(len(codes(call.value(0)))),
    "checklist": checklist,
    "weighted-checklist": weighted_checklist,
    "date": date,
    "date-time": date_time,
    "decimal-date-time": decimal_date_time,
    "decimal-time": decimal_time,
    "format-date": formatted,
    "format-date-time": formatted,
    "difference-in-months": difference_in_months,
}
