"""A lake of a few tables, one of each kind, as it was on 12 November 2026: for the command line and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader

FIRST, LAST, TODAY = "2026-10-25", "2026-11-11", "2026-11-12"
PLACE = ["projectId", "environmentId"]


class ExampleLake:
    """The lake and the account that it was loaded from.

    :param store: in place of a folder's
    """

    def __init__(self, simulator: Simulator, folder: Path, store: Store | None = None) -> None:
        self.simulator, self.folder = simulator, folder
        self._loader = Loader(simulator, folder)
        self._loader.store = self.store = store or self._loader.store

    @property
    def destination(self) -> str:
        return self.folder.as_uri()

    def _load(self, first: str, last: str, **arguments: Any) -> None:
        """Load days by name, as a run with a conf does: they settle as all do, three days after their end."""
        self._loader(first, last, lookback=None, **arguments)

    def fill(self) -> ExampleLake:
        for metric in ("projects", "environments"):
            self._load(TODAY, TODAY, table=metric, metric=metric)
        self._load(TODAY, TODAY, table="sdk_versions", metric="sdk_versions_details")
        self._load(FIRST, LAST, table="clientside_mau", metric="clientside_mau")
        self._load(FIRST, LAST, table="clientside_mau_by_project", metric="clientside_mau", group_by=["projectId"])
        self._load(FIRST, LAST, table="service_connections", metric="service_connections", group_by=[*PLACE, "sdkName"])
        self._load(FIRST, LAST, table="ai_runs", metric="ai_runs", granularity="hourly", group_by=["environmentId"])
        place = {"project_key": "default", "environment_key": "production"}
        self._load(FIRST, LAST, table="evaluations", metric="evaluations", **place)
        for source in ("client", "server"):
            self._load(FIRST, "2026-11-01", table="streams", metric="streams", source=source)
        self._load("2026-11-03", "2026-11-10", table="streams", metric="streams", source="server")
        return self


def example_lake(simulator: Simulator, folder: Path) -> ExampleLake:
    assert simulator.now == NOW
    return ExampleLake(simulator, folder).fill()
