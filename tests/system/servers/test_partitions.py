"""The example with partitions in a real scheduler: what runs for which days, be they new, the same or corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from tests.names import PartitionedAtRuntime
from tests.support import Load, expected_rows
from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(PartitionedAtRuntime is None, reason="a task's own partition keys came with Airflow 3.3"),
]

MINUTES_PER_CONNECTION = 43_800
USAGE = Load(
    "service_connections", "service-connections", ("projectId", "environmentId"), aggregation_type="incremental"
)


@dataclass
class Story:
    """Three loads, and what ran after them.

    :ivar announced: the days that each load has announced
    :ivar by_day: for each run of the DAG by day, its partition key and what it has worked out
    :ivar by_month: the same of the DAG by month
    :ivar minutes: minutes of service connections, as LaunchDarkly has them in the end, by day
    """

    announced: list[list[str]]
    by_day: list[tuple[str, float]]
    by_month: list[tuple[str, float]]
    minutes: dict[str, float]


@pytest.fixture(scope="module")
def story(servers: Servers) -> Iterator[Story]:
    simulator = servers.simulator
    servers.airflow.unpause("ldusage_partitions", "ldusage_by_day", "ldusage_by_month")
    announced = [_announced(servers, servers.first_run("ldusage_partitions", "scheduled"))]
    announced.append(_announced(servers, servers.trigger("ldusage_partitions")))
    before, simulator.switches = simulator.switches, simulator.switches.but(settle_days=0)
    simulator.advance(timedelta(minutes=2))  # the later of two questions counts
    announced.append(_announced(servers, servers.trigger("ldusage_partitions")))
    by_day = _runs(servers, "ldusage_by_day", sum(map(len, announced)))
    by_month = _runs(servers, "ldusage_by_month", sum(len(_months(days)) for days in announced))
    yield Story(announced, by_day, by_month, {day: _minutes(servers, day) for day in announced[0]})
    simulator.switches = before


def test_a_first_load_announces_every_day_and_no_change_none(story: Story, servers: Servers) -> None:
    first, same, corrected = story.announced
    assert first == [servers.day(back) for back in (4, 3, 2, 1)]
    assert same == []
    assert set(corrected) <= set(first) and len(corrected) > 0


def test_the_dag_by_day_runs_for_each_announced_day(story: Story) -> None:
    assert Counter(key for key, _ in story.by_day) == Counter(day for days in story.announced for day in days)


def test_the_dag_by_month_runs_once_for_all_days_of_a_load(story: Story) -> None:
    assert Counter(key for key, _ in story.by_month) == Counter(m for days in story.announced for m in _months(days))


def test_the_last_run_for_a_period_has_its_corrected_figure(story: Story) -> None:
    connections = {day: minutes / MINUTES_PER_CONNECTION for day, minutes in story.minutes.items()}
    assert dict(story.by_day) == pytest.approx(connections)
    months: Counter[str] = Counter()
    for day, figure in connections.items():
        months[day[:7]] += figure
    assert dict(story.by_month) == pytest.approx(dict(months))


def _announced(servers: Servers, run_id: str) -> list[str]:
    servers.succeeded("ldusage_partitions", run_id)
    report = servers.airflow.reports("ldusage_partitions", run_id)["service_connections"]
    text = ",".join("/".join(pair) for pair in report["announced"]["ranges"])
    return sorted(day.isoformat() for day in days_in(text))


def _months(days: list[str]) -> set[str]:
    return {day[:7] for day in days}


def _runs(servers: Servers, dag_id: str, count: int) -> list[tuple[str, float]]:
    """The partition key and the result of each run, in the order of the runs; at least ``count`` are waited for."""
    sql = "SELECT run_id, partition_key FROM dag_run WHERE dag_id = ? AND state = 'success' ORDER BY id"
    servers.airflow.wait(f"{count} runs of {dag_id}", lambda: len(servers.airflow.query(sql, dag_id)) >= count, 300)
    found = servers.airflow.query(sql, dag_id)
    results = [servers.airflow.reports(dag_id, run_id)["connections"] for run_id, _ in found]
    return [(key, result["service_connections"]) for (_, key), result in zip(found, results, strict=True)]


def _minutes(servers: Servers, day: str) -> float:
    first = date.fromisoformat(day)
    columns = ["time", "value", "project_id", "environment_id"]
    rows = expected_rows(servers.simulator, USAGE, first, first + timedelta(days=1), columns)
    return sum(dict(row)["value"] * count for row, count in rows.items())
