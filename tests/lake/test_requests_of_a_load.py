"""What a whole load asks of the store and of LaunchDarkly. Noting which days are final is three reads and a write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.windows import RunWindow

DAY = timedelta(days=1)
TABLE = 1  # read of the table's description, which also shows that the destination can be read
TOTAL = 1  # the check "groups" reads which tables hold the total: none here
STATE = 3  # reads of the state: for the plan, before days are stored, and before it is written


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(now=datetime(2026, 11, 12, 3, tzinfo=timezone.utc), switches=Switches(settle_days=0)) as running:
        yield running


def scheduled(simulator: Simulator, store: Any, day: int, hour: int = 3, table: str = "t", **arguments: Any) -> Report:
    simulator.now = datetime(2026, 11, day, hour, tzinfo=timezone.utc)
    simulator.clear_requests()
    today = simulator.now.date()
    run = RunWindow(Window(today - DAY, today), "the schedule", scheduled=True, at=simulator.now)
    connection = simulator.connection()
    with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
        query = UsageQuery.build("ai_runs", **{"group_by": ["projectId"], **arguments})
        return load(client, query, run, store, table, now=simulator.now)


def kinds(seen: list[str]) -> dict[str, int]:
    return dict(Counter(line.split()[0] for line in seen))


def test_a_punctual_load_looks_at_four_days_and_stores_one(s3: Any, simulator: Simulator) -> None:
    scheduled(simulator, s3.store, 12)
    with s3.requests() as seen:
        report = scheduled(simulator, s3.store, 13)
    assert [len(report.commit.days(what)) for what in ("written", "unchanged")] == [1, 3]
    assert kinds(seen) == {"GET": TABLE + STATE + 4 + TOTAL, "PUT": 2}, "the new day, and the state"
    assert len(simulator.requests) == 1, "one question; whose token it is, the table knows"


def test_a_load_that_finds_nothing_new_writes_the_state_alone(s3: Any, simulator: Simulator) -> None:
    scheduled(simulator, s3.store, 12)
    with s3.requests() as seen:
        report = scheduled(simulator, s3.store, 12, hour=5)
    assert len(report.commit.days("unchanged")) == 4
    assert kinds(seen) == {"GET": TABLE + STATE + 4 + TOTAL, "PUT": 1}


def test_going_back_is_one_question_more_and_a_put_for_each_missed_day(s3: Any, simulator: Simulator) -> None:
    scheduled(simulator, s3.store, 12)
    with s3.requests() as seen:
        report = scheduled(simulator, s3.store, 22)
    assert len(report.commit.days("written")) == 10
    assert len(simulator.requests) == 3
    # the state is also read before the older days are stored, and noted once for the own days and once for these
    assert kinds(seen) == {"GET": TABLE + STATE + 3 + 4 + 9 + TOTAL, "PUT": 10 + 2}


def test_a_new_total_costs_a_read_and_a_write_more_and_nothing_later(s3: Any, simulator: Simulator) -> None:
    costs = []
    for group_by in (["projectId"], []):
        for day in (12, 13):
            with s3.requests() as seen:
                scheduled(simulator, s3.store, day, table="groups" if group_by else "total", group_by=group_by)
            costs.append(Counter(kinds(seen)))
            costs[-1]["GET"] -= TOTAL if group_by else 0
    first, later, first_total, later_total = costs
    assert first_total - first == {"GET": 1, "PUT": 1} and not first - first_total
    assert later_total == later
