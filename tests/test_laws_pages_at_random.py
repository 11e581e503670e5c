"""Laws 17, 18 and 21 where something happens between any two pages of a pull. `PAGE_RUNS`: more of them than
in the fast suite, from a seed of their own."""

from __future__ import annotations

import os
import random
from pprint import pformat

from tests.between.drawing import Drawing, shortened
from tests.between.village import made
from tests.between.world import run

RUNS = int(os.environ.get("PAGE_RUNS", "90"))
FIRST = random.randrange(10**9) if "PAGE_RUNS" in os.environ else 0


def test_law_17_a_phone_at_the_end_has_what_it_is_given_whatever_happened_between_two_pages() -> None:
    kept = 0
    with made() as commune:
        for seed in range(FIRST, FIRST + RUNS):
            drawing = Drawing(seed)
            events = drawing.all()
            failure, pages = run(commune, events, drawing.heaviest)
            kept += pages
            assert not failure, (
                f"seed {seed}: {failure}\n{pformat(shortened(commune, events, drawing.heaviest))}"
            )
    assert kept > 10 * RUNS
