"""In a real ``airflow dags test``, a task that a rate limit holds up for long defers, and loads the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.support import day_files
from tests.system.deferrals import limit_once, same
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_dags_test_defers_and_resumes_in_line(airflow: Airflow, now: datetime, memory: Path) -> None:
    with Simulator(now=now) as simulator:
        airflow.use(simulator, memory)
        truth = airflow.test("waiting", now.date().isoformat())["load"]
        assert truth["rows"] > 0
        limit_once(simulator, 5)
        report = airflow.test("deferring", now.date().isoformat())["load"]
    assert [request.path for request in simulator.requests].count("/api/v2/caller-identity") == 2  # it began twice
    assert same(report, truth)
    assert day_files(memory / "deferring") == day_files(memory / "waiting")
