"""Eight task processes at once share a limit of five requests a window, and LaunchDarkly hardly notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.shared_budget import NOW, holds_the_truth, race

pytestmark = pytest.mark.slow

WINDOW = 2.0  # seconds; LaunchDarkly's ten would take five times as long
PROCESSES = 8


def test_eight_processes_all_succeed_with_the_truth_and_few_refusals(memory: Path) -> None:
    with Simulator(now=NOW, switches=Switches(rate_limit=5, rate_window=WINDOW)) as simulator:
        outcome = race(simulator, memory, processes=PROCESSES, window=WINDOW)
        print(outcome)
        assert not outcome.errors, outcome.errors
        assert len(outcome.reports) == PROCESSES
        # Three of the first eight requests are refused whatever anyone does. Without keeping pace it is every second.
        assert outcome.share < 0.25, str(outcome)
        assert holds_the_truth(simulator, memory, outcome)
    stats = [report["stats"] for report in outcome.reports]
    assert sum(each["limited"] for each in stats) == outcome.refused
    assert sum(each["requests"] for each in stats) == outcome.requests
    assert all(each["waited"] - each["paced"] < 100 for each in stats)  # far below max_wait
