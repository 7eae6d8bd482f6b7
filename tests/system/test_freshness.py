"""The sensor before a load, through a real ``airflow dags test``: deferred, and in poke mode."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_a_load_waits_for_the_sensor_and_then_finds_its_day_counted(airflow: Airflow, memory: Path) -> None:
    today = datetime.now(timezone.utc).date()
    lake = memory / "lake"
    checks_while_behind = 0
    done = threading.Event()
    with Simulator(switches=Switches(data_through_lag_hours=60)) as sim:

        def catch_up() -> None:
            """LaunchDarkly's pipeline catches up once the sensor has checked three times."""
            nonlocal checks_while_behind
            while not done.wait(0.05):
                checks_while_behind = sum("warehouse-export" in request.path for request in sim.requests)
                if checks_while_behind >= 3:
                    sim.switches = Switches(data_through_lag_hours=0)
                    return

        airflow.use(sim, lake)
        watcher = threading.Thread(target=catch_up)
        watcher.start()
        try:
            reports = airflow.test("freshness", today.isoformat())
        finally:
            done.set()
            watcher.join()

    window = [(today - timedelta(days=1)).isoformat(), today.isoformat()]
    assert checks_while_behind >= 3
    for mode in ("deferred", "poked"):
        assert reports[mode]["window"] == window
        assert set(reports[mode]["data_through"]) == {"data_export_events", "warehouse_export"}
        assert all(through >= f"{today}T00:00:00Z" for through in reports[mode]["data_through"].values())
        load = reports[f"load_after_{mode}"]
        assert load["window"] == window
        assert load["skipped"] is None
        assert load["days"]["written"]["ranges"] == [[window[0], window[0]]]
    first = next(number for number, request in enumerate(sim.requests) if "caller-identity" in request.path)
    before = [request.path for request in sim.requests[:first]]
    assert len(before) >= 8  # three checks of two metrics while behind, and one when caught up
