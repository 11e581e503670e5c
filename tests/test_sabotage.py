"""What `python -m tests.sabotage` does still fits the code; running it is for `make sabotage`."""

from __future__ import annotations

from tests.sabotage.catalogue import LAWS, OF_SYNC_MD, misfits
from tests.sabotage.everything import SABOTAGES


def test_every_sabotage_still_fits_its_file_and_has_a_test_of_its_law() -> None:
    assert not misfits(SABOTAGES)


def test_names_are_told_apart() -> None:
    assert len({each.name for each in SABOTAGES}) == len(SABOTAGES)


def test_every_law_and_every_mutation_of_the_rules_has_a_sabotage() -> None:
    assert {each.law for each in SABOTAGES} == set(LAWS)
    assert set(OF_SYNC_MD) <= {each.name for each in SABOTAGES}
