"""Laws 17, 18 and 21 where something happens between any two pages of a pull."""

from __future__ import annotations

from pprint import pformat

from tests.between.drawing import Drawing, shortened
from tests.between.village import made
from tests.between.world import run

RUNS = 90


def test_a_phone_at_the_end_has_what_it_is_given_whatever_happened_between_two_pages() -> None:
    kept = 0
    with made() as commune:
        for seed in range(RUNS):
            drawing = Drawing(seed)
            events = drawing.all()
            failure, pages = run(commune, events, drawing.heaviest)
            kept += pages
            assert not failure, (
                f"seed {seed}: {failure}\n{pformat(shortened(commune, events, drawing.heaviest))}"
            )
    assert kept > 10 * RUNS
