"""The report in a real scheduler: what it learns of the loads of its run, whatever became of them.

Nothing here depends on the version of Airflow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from tests.system.servers.conftest import Servers

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]
NAMES = ("task_id", "map_index", "try_number", "outcome", "table", "written")
DAYS = "2026-10-01..2026-10-03"
FIRST = {
    ("mau", -1, 1, "success", "clientside_mau_month_to_date_daily", DAYS),
    ("again", -1, 1, "failed", "ai_runs_incremental_daily", None),
    ("again", -1, 2, "success", "ai_runs_incremental_daily", None),  # its first try had stored everything
    ("killed", -1, 1, "failed", "vega_ai_incremental_daily", None),
    ("streams", 0, 1, "success", "streams", DAYS),
    ("streams", 1, None, "failed", None, None),  # failed before it began: its argument is invalid
}


def run(servers: Servers) -> str:
    run_id = servers.trigger("gathering")
    state = servers.airflow.wait(run_id, lambda: servers.finished("gathering", run_id), 300)
    assert state == "failed"
    return run_id


def rows(lake: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ds.dataset(lake / "usage_loads", partitioning="hive").to_table().to_pylist()
    return found


def of_run(lake: Path, run_id: str) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in NAMES) for row in rows(lake) if row["run_id"] == run_id}


def test_every_load_of_a_run_has_its_rows_and_another_run_adds_its_own(servers: Servers) -> None:
    lake = Path(f"{servers.lake}-gathered")
    servers.airflow.unpause("gathering")
    first = run(servers)
    assert of_run(lake, first) == FIRST
    second = run(servers)
    unchanged = {(*key[:5], None) for key in FIRST}
    assert (of_run(lake, first), of_run(lake, second)) == (FIRST, unchanged)
    assert len(rows(lake)) == 2 * len(FIRST)
    assert {row["dag_id"] for row in rows(lake)} == {"gathering"}
    assert servers.airflow.reports("gathering", second)["report"]["tables"]
