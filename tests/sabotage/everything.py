"""Every sabotage, by law."""

from __future__ import annotations

from tests.sabotage.of_the_fold import OF_THE_FOLD

SABOTAGES = sorted([*OF_THE_FOLD], key=lambda each: each.law)
