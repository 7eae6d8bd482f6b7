"""The tests that need a scheduler share one, and an account and lakes. Each runs DAGs of its own.

The other system tests run after them or have another Airflow, so that their commands have the database to themselves:
SQLite now and then refuses the command line to write beside a scheduler.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.memory import folder_in_memory
from tests.system.conftest import before_midnight
from tests.system.installation import Airflow

# An account of LaunchDarkly's own instance, behind a proxy that is not there: nothing leaves this machine.
UNREACHABLE = {
    "conn_type": "launchdarkly",
    "password": "api-00000000-0000-0000-0000-000000000000",
    "extra": {"instance": "eu", "proxies": {"https": "http://127.0.0.1:9"}},
}


@dataclass
class Servers:
    """A running Airflow, the simulated account, and two lakes.

    The example DAGs have a lake of their own, as a user's do: their report cannot tell which of several tables of one
    metric to read, and tests load one metric into many.
    """

    airflow: Airflow
    simulator: Simulator
    lake: Path
    examples_lake: Path

    def report(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The report of a run's task, once the run is over."""
        self.succeeded(dag_id, run_id)
        return self.airflow.reports(dag_id, run_id)["load"]

    def succeeded(self, dag_id: str, run_id: str, within: float = 300) -> None:
        """Wait for a run, ``within`` so many seconds."""
        state = self.airflow.wait(f"{dag_id} {run_id}", lambda: self.finished(dag_id, run_id), within)
        assert state == "success", f"{dag_id} {run_id}: {state}"

    def trigger(self, dag_id: str, **body: Any) -> str:
        """Start a run through the API; its run id."""
        return self.airflow.trigger(dag_id, **body)

    def first_run(self, dag_id: str, of: str) -> str:
        """The run id of the first run of a type, in this Airflow's words."""
        sql = "SELECT run_id FROM dag_run WHERE dag_id = ? AND run_type = ?"
        found = self.airflow.wait(f"a run of {dag_id}", lambda: self.airflow.query(sql, dag_id, of), 300)
        return str(found[0][0])

    def day(self, back: int) -> str:
        """The UTC day so many days before today."""
        return (self.simulator.now.date() - timedelta(days=back)).isoformat()

    def finished(self, dag_id: str, run_id: str) -> str | None:
        """The state of a run that is over."""
        ((state,),) = self.airflow.query("SELECT state FROM dag_run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return state if state in ("success", "failed") else None

    def files_with_the_token(self) -> list[Path]:
        """Of all logs, XComs, rendered templates, triggers and whatever else Airflow and the lakes keep. The connection
        itself is in the environment."""
        files = self.airflow.files(self.lake.parent)
        assert any(path.suffix == ".log" for path in files)
        assert any("trigger" in path.name for path in files)
        return [path for path, data in files.items() if self.simulator.token.encode() in data]


@pytest.fixture(scope="package")
def servers(home: Airflow) -> Iterator[Servers]:
    before = dict(home.environment)
    now = before_midnight(15)
    without_streams = Switches(not_in_plan=frozenset({"streams/*"}))
    with (
        folder_in_memory() as folder,
        Simulator(now=now) as simulator,
        Simulator(now=now, switches=without_streams) as smaller,
    ):
        lake, examples_lake = folder / "launchdarkly", folder / "examples"
        home.use(simulator, lake, ldusage_destination=examples_lake.as_uri())
        _tell_openlineage(home)
        home.environment["AIRFLOW_CONN_LAUNCHDARKLY_EU"] = json.dumps(UNREACHABLE)
        home.environment["AIRFLOW_CONN_LAUNCHDARKLY_WITHOUT_STREAMS"] = json.dumps(smaller.connection())
        home.start()
        yield Servers(home, simulator, lake, examples_lake)
        home.stop()
    home.environment = before


def _tell_openlineage(home: Airflow) -> None:
    """Every event becomes a file of its own below ``openlineage/``."""
    (home.home / "openlineage").mkdir()
    transport = {"type": "file", "log_file_path": str(home.home / "openlineage" / "event"), "append": False}
    home.environment["AIRFLOW__OPENLINEAGE__TRANSPORT"] = json.dumps(transport)
