"""Arguments from params, XComs and mapped tasks, through a real ``airflow dags test``, in both ways of rendering."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

PROJECTS = {
    "param": ["1.10"],
    "number": ["2024"],
    "pulled": ["1.20", "2025"],
    "pulled_numbers": ["2026", "7"],
    "pulled_from_mapped": ["1.30", "2.30"],
    "given": ["1.20", "2025"],
    "given_from_mapped": ["1.30", "2.30"],
}


@pytest.mark.parametrize("rendering", ["text", "native"])
def test_the_same_is_asked_however_it_was_rendered(airflow: Airflow, memory: Path, rendering: str) -> None:
    lake = memory / "lake"
    with Simulator(switches=Switches(unknown_project="empty")) as sim:
        airflow.use(sim, lake)
        airflow.test(f"rendering_{rendering}", "2026-11-01")
        asked = Counter(tuple(sorted(r.values("projectKey"))) for r in sim.requests if "ai-runs" in r.path)
    assert asked == Counter([*map(tuple, PROJECTS.values()), ("1.40",), ("2028",)])
    for name in PROJECTS:
        days = sorted(path.parent.name for path in (lake / name).rglob("*.parquet"))
        assert days == ["usage_date=2026-03-01", "usage_date=2026-03-02"]
    files = Counter(path.name for path in (lake / "expanded").rglob("*.parquet"))
    assert len(files) == 2 and sum(files.values()) == 2 + 1
