"""The fixtures that the package offers, under which the pages' examples run, and the lake that they read."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window, instant_text
from airflow_provider_ldusage.insight.bill.bill import BillOptions
from airflow_provider_ldusage.insight.bill.plan import Plan
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
from tests.docs.pages import NOW, example_tables, json_example
from tests.loading import Loader

RESTATED = "service_connections"


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the tables of the example DAGs and of the README's own DAG, loaded from the simulator, and the report
    with the plan of plans-and-prices.md."""
    root = tmp_path_factory.mktemp("lake")
    days = Window(date(2026, 10, 25), date(2026, 11, 13))
    with Simulator(now=NOW) as simulator:
        loader = Loader(simulator, root)
        tables = dict(example_tables())
        simulator.now = datetime(2026, 11, 1, 3, tzinfo=timezone.utc)  # figures of October may still change
        loader.load(Window(days.start, simulator.now.date()), table=RESTATED, **tables[RESTATED])
        simulator.now = NOW
        loads = [
            _told(table, loader.load(days, table=table, restated_by=Announcer("d", table, "r"), **arguments).to_xcom())
            for table, arguments in tables.items()
        ]
        by_sdk = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
        loader.load(days, table="connections_by_sdk", **by_sdk)
        plan = Plan.of(json_example("plans-and-prices.md", "clientside_mau"))
        report(loader.store, ReportOptions(BillOptions(plan)), loads=loads, now=NOW)
    return root


def _told(table: str, found: dict[str, Any]) -> LoadRow:
    told = {**found, "loaded_at": instant_text(NOW), "try_number": 1}
    return LoadRow.of(LoadTask("ldusage_daily", "scheduled__2026-11-12", table, -1), "success", NOW.date(), told)
