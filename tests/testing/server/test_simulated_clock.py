"""The simulated clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.testing.asking import NOW


def test_the_clock_can_be_moved() -> None:
    simulator = Simulator(now=NOW)
    assert simulator.advance(timedelta(hours=2)) == NOW + timedelta(hours=2) == simulator.now
    simulator.now = None
    assert abs(simulator.now - datetime.now(timezone.utc)) < timedelta(seconds=5)
    simulator.advance(timedelta(days=3))
    assert timedelta(days=2) < simulator.now - datetime.now(timezone.utc) < timedelta(days=4)
    with pytest.raises(ValueError, match="aware"):
        simulator.now = datetime(2026, 11, 20)


@pytest.mark.parametrize("stopped", [True, False])
def test_answers_and_resets_are_dated_by_the_simulated_clock(sim: Simulator, api: Any, stopped: bool) -> None:
    sim.now = NOW if stopped else None
    sim.advance(timedelta(days=400, seconds=1.5))
    for limit, expected in ((1000, 200), (0, 429)):
        sim.switches = Switches(rate_limit=limit)
        before = sim.now
        answer = api.get("mau/sdks")
        assert answer.status_code == expected
        assert [name.lower() for name in answer.raw.headers.keys()].count("date") == 1  # noqa: SIM118
        date = parsedate_to_datetime(answer.headers["Date"])
        assert before - timedelta(seconds=1) < date <= sim.now
        reset = datetime.fromtimestamp(int(answer.headers["X-Ratelimit-Reset"]) / 1000, timezone.utc)
        assert before - timedelta(milliseconds=1) <= reset <= sim.now + timedelta(seconds=10.001)
