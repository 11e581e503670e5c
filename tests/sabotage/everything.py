"""Every sabotage, by law."""

from __future__ import annotations

from tests.sabotage.of_pulling import OF_PULLING
from tests.sabotage.of_the_fold import OF_THE_FOLD
from tests.sabotage.of_the_phone import OF_THE_PHONE
from tests.sabotage.of_the_server import OF_THE_SERVER

SABOTAGES = sorted([*OF_THE_FOLD, *OF_THE_SERVER, *OF_PULLING, *OF_THE_PHONE], key=lambda each: each.law)
