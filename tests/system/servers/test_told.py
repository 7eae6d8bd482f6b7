"""What a real Airflow tells of loads: the events as OpenLineage's file transport wrote them, and a task's links."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.metrics import METRICS
from tests.support import day_files
from tests.system.servers.conftest import Servers

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

Names = list[tuple[str, str]]


@dataclass
class Told:
    """A run of the DAG, and the events of its tasks."""

    servers: Servers
    run_id: str
    events: list[dict[str, Any]]

    def of(self, task: str, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.events if (each["job"]["name"], each["eventType"]) == (f"told.{task}", kind)]

    def links(self, task: str, map_index: int = -1) -> dict[str, str | None]:
        path = f"/dags/told/dagRuns/{self.run_id}/taskInstances/{task}/links?map_index={map_index}"
        found: dict[str, str | None] = self.servers.airflow.api("GET", path)["extra_links"]
        return found


@pytest.fixture(scope="module")
def told(servers: Servers) -> Told:
    airflow = servers.airflow
    airflow.unpause("told")
    run_id = servers.trigger("told", conf={"start": servers.day(3), "end": servers.day(-1)})
    airflow.wait("the end", lambda: servers.finished("told", run_id), 300)
    found = [json.loads(path.read_text()) for path in sorted((airflow.home / "openlineage").iterdir())]
    of_run = [each for each in found if run_id in json.dumps(each["run"]["facets"])]
    return Told(servers, run_id, of_run)


def names(datasets: list[dict[str, Any]]) -> Names:
    return [(each["namespace"], each["name"]) for each in datasets]


def written(dataset: dict[str, Any]) -> tuple[int, int]:
    statistics = dataset["outputFacets"]["outputStatistics"]
    return statistics["rowCount"], statistics["size"]


def rows(servers: Servers, table: str) -> int:
    count: int = ds.dataset(servers.lake / table, partitioning="hive").count_rows()
    return count


def test_a_loads_event_names_the_endpoint_and_the_tables(told: Told) -> None:
    (event,) = told.of("plain", "COMPLETE")
    servers = told.servers
    assert names(event["inputs"]) == [(servers.simulator.connection()["host"], "/api/v2/usage/service-connections")]
    tables = ["told_plain", "told_plain_projected"]
    assert names(event["outputs"]) == [("file", f"{servers.lake}/{table}") for table in tables]
    for table, output in zip(tables, event["outputs"], strict=True):
        described = json.loads((servers.lake / "_ldusage" / f"{table}.json").read_text())["schema"]
        fields = output["facets"]["schema"]["fields"]
        assert [{name: field[name] for name in ("name", "type")} for field in fields] == described
        files = day_files(servers.lake / table)
        assert written(output) == (rows(servers, table), sum(map(len, files.values())))
        assert files


def test_each_task_of_a_mapped_load_tells_of_itself(told: Told) -> None:
    events = told.of("mapped", "COMPLETE")
    host, place = told.servers.simulator.connection()["host"], f"{told.servers.lake}/told_mapped"
    inputs = sorted(name for event in events for _, name in names(event["inputs"]))
    assert inputs == ["/api/v2/usage/streams/client", "/api/v2/usage/streams/server"]
    assert {namespace for event in events for namespace, _ in names(event["inputs"])} == {host}
    assert [names(event["outputs"]) for event in events] == [[("file", place)]] * 2
    assert sum(written(event["outputs"][0])[0] for event in events) == rows(told.servers, "told_mapped") > 0
    assert len({event["run"]["runId"] for event in events}) == 2


def test_a_task_that_failed_names_no_output_whatever_its_outlets_are(told: Told) -> None:
    (event,) = told.of("unreachable", "FAIL")
    assert names(event["inputs"]) == [("https://app.eu.launchdarkly.com", "/api/v2/usage/vega-ai")]
    assert event["outputs"] == []


def test_links_lead_to_the_documentation_and_the_usage_page(told: Told) -> None:
    """The simulator has no usage page, and a folder has no console."""
    nowhere = {"LaunchDarkly usage": None, "Table in the store": None}
    documentation = {metric: METRICS[metric].documentation for metric in METRICS}
    assert told.links("plain") == {**nowhere, "Metric documentation": documentation["service_connections"]}
    for map_index in (0, 1):
        assert told.links("mapped", map_index) == {**nowhere, "Metric documentation": documentation["streams"]}
    assert told.links("unreachable") == {
        **nowhere,
        "LaunchDarkly usage": "https://app.eu.launchdarkly.com/settings",
        "Metric documentation": documentation["vega_ai"],
    }


def test_links_leave_nothing_in_the_logs(told: Told) -> None:
    logs = [path.read_text() for path in told.servers.airflow.home.rglob("*.log") if "dag_id=told" in str(path)]
    assert len(logs) == 4
    assert not [line for log in logs for line in log.splitlines() if "XCom not found" in line or "extra link" in line]
