"""The table of docs/reliability.md, each fault tried a few times. ``make reliability`` tries them all in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.faults import FAULTS

pytestmark = pytest.mark.slow

FEW = {"killed": 25}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_does_any_harm(fault: str, tmp_path: Path) -> None:
    _, bring_about = FAULTS[fault]
    outcome = bring_about(FEW.get(fault, 2), tmp_path / "lake")
    assert outcome.tried > 0
    assert outcome.reads > 0
    assert outcome.harm == 0, outcome
