"""The fixtures that the package offers, under which the pages' examples run, and the lake that they read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.report import ReportOptions, report
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
from tests.docs.pages import NOW, example_tables
from tests.loading import Loader


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the tables of the example DAGs and of the README's own DAG, loaded from the simulator."""
    root = tmp_path_factory.mktemp("lake")
    days = Window(date(2026, 10, 25), date(2026, 11, 13))
    with Simulator(now=NOW) as simulator:
        loader = Loader(simulator, root)
        for table, arguments in example_tables():
            loader.load(days, table=table, **arguments)
        by_sdk = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
        loader.load(days, table="connections_by_sdk", **by_sdk)
        report(loader.store, ReportOptions(), now=NOW)
    return root
