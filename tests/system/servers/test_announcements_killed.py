"""Tasks that are killed between storing and announcing, by a real scheduler's retries: consumers hear of every day.

``LDUSAGE_KILLS`` is how many tasks are killed.
"""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from tests.system.killing import POST
from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in, heard

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(3600)]

TASKS = int(os.environ.get("LDUSAGE_KILLS", "6"))
DAYS = {date(2026, 10, 1) + timedelta(days=n) for n in range(4)}
MAPPED_DAYS = {date(2026, 10, 1) + timedelta(days=n) for n in range(3)}
MOMENTS: tuple[int | str, ...] = (*range(21), POST)
"""Each operation that a first load of four days takes, and the time after all of them."""


def kills_of(task: int) -> list[int | str]:
    """When the tries of a task are killed. Half are killed before they announce and after they have stored something,
    some twice. Every tenth loses all of its tries, and another run has to announce what they have stored."""
    if task % 10 == 4:
        return [POST, POST, POST, POST]
    first = MOMENTS[-1 - task // 2 % 10] if task % 2 else MOMENTS[task // 2 % len(MOMENTS)]
    return [first, POST] if task % 3 == 0 else [first]


def test_no_kill_loses_an_announcement(servers: Servers) -> None:
    airflow = servers.airflow
    airflow.unpause("announced_killed", "hears_killed")
    kills = {f"killed_{task}": kills_of(task) for task in range(TASKS)}
    runs = {
        table: servers.trigger("announced_killed", conf={"table": table, "kills": when})
        for table, when in kills.items()
    }
    over = "SELECT count(*) FROM dag_run WHERE dag_id = 'announced_killed' AND state IN ('success', 'failed')"
    airflow.wait("the killed tasks", lambda: airflow.query(over) == [(TASKS,)], 3000)
    failed = [
        run
        for (run,) in airflow.query("SELECT run_id FROM dag_run WHERE state = 'failed' AND dag_id = 'announced_killed'")
    ]
    assert {table for table, run in runs.items() if run in failed} == {
        table for table, when in kills.items() if len(when) == 4
    }
    for table, run in runs.items():
        if run in failed:
            report = servers.report("announced_killed", servers.trigger("announced_killed", conf={"table": table}))
            assert report["announced"]["again"] == len(DAYS)

    def missed() -> list[str]:
        events = heard(airflow, "hears_killed")
        found = {table: set[date]() for table in kills}
        for event in events:
            found[event["table"]] |= days_in(event["days"])
        return [table for table, days in found.items() if days != DAYS]

    airflow.wait("all days to be heard of", lambda: not missed(), 300)
    assert missed() == []


def test_a_mapped_table_is_announced_when_it_is_whole(servers: Servers) -> None:
    airflow = servers.airflow
    airflow.unpause("announced_mapped", "hears_mapped")
    killed = servers.trigger("announced_mapped", conf={"kills": {"1": [POST]}})
    sql = "SELECT state FROM dag_run WHERE dag_id = 'announced_mapped' AND run_id = ?"
    airflow.wait("a failed run", lambda: airflow.query(sql, killed) == [("failed",)], 300)
    whole = servers.trigger("announced_mapped")
    airflow.wait("a whole table", lambda: airflow.query(sql, whole) == [("success",)], 300)
    found = airflow.reports("announced_mapped", whole)["close"]
    assert found["announced"]["count"] == found["announced"]["again"] == len(MAPPED_DAYS)
    again = servers.trigger("announced_mapped")
    airflow.wait("nothing new", lambda: airflow.query(sql, again) == [("success",)], 300)
    airflow.wait("the event", lambda: heard(airflow, "hears_mapped"), 300)
    (event,) = heard(airflow, "hears_mapped")
    assert days_in(event["days"]) == MAPPED_DAYS
    assert airflow.reports("announced_mapped", again)["close"]["announced"]["count"] == 0
