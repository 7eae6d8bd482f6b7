"""Eight task processes at once share a limit of five requests a window, and LaunchDarkly hardly notices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from shared_budget import FLAGS, NOW, PLACE, race
from support import EVALUATIONS, Load, columns_of, expected_rows, stored_rows

from airflow_provider_ldusage.testing import Simulator, Switches

pytestmark = pytest.mark.slow

WINDOW = 2.0  # seconds; LaunchDarkly's ten would take five times as long
PROCESSES = 8


def test_eight_processes_all_succeed_with_the_truth_and_few_refusals(tmp_path: Path) -> None:
    with Simulator(now=NOW, switches=Switches(rate_limit=5, rate_window=WINDOW)) as simulator:
        outcome = race(simulator, tmp_path, processes=PROCESSES, window=WINDOW)
        print(outcome)
        assert not outcome.errors, outcome.errors
        assert len(outcome.reports) == PROCESSES
        # Three of the first eight requests are refused whatever anyone does. Without keeping pace it is every second.
        assert outcome.share < 0.25, str(outcome)
        what = Load("evaluations", EVALUATIONS, path={**PLACE, "feature_flag_key": list(FLAGS)})
        for report in outcome.reports:
            table = report["table"]
            window = [date.fromisoformat(day) for day in report["window"]]
            truth = expected_rows(simulator, what, window[0], window[1], columns_of(tmp_path, table))
            assert truth and stored_rows(tmp_path / table) == truth
    assert {report["table"] for report in outcome.reports} == {f"t{number}" for number in range(PROCESSES)}
    stats = [report["stats"] for report in outcome.reports]
    assert sum(each["limited"] for each in stats) == outcome.refused
    assert sum(each["requests"] for each in stats) == outcome.requests
    assert all(each["waited"] - each["paced"] < 100 for each in stats)  # far below max_wait
