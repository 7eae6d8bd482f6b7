"""Tasks that are killed between storing and announcing, by a real scheduler's retries: consumers hear of every day.

``LDUSAGE_KILLS`` is how many tasks are killed.
"""

from __future__ import annotations

import json
import os
from datetime import date, timedelta

import pytest

from tests.system.installation import Airflow
from tests.system.killing import POST
from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in, heard

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(3600)]

TASKS = int(os.environ.get("LDUSAGE_KILLS", "6"))
DAYS = {date(2026, 10, 1) + timedelta(days=n) for n in range(4)}
MAPPED_DAYS = {date(2026, 10, 1) + timedelta(days=n) for n in range(3)}
MOMENTS: tuple[int | str, ...] = (*range(18), POST)
"""Each operation that a first load of four days takes, and the time after all of them."""


def kills_of(task: int) -> str | list[int | str]:
    """When the tries of a task are killed. Half are killed before they announce and after they have stored something,
    some twice. Every tenth loses all of its tries, and another run has to announce what they have stored."""
    if task % 10 == 4:
        return POST
    first = MOMENTS[-1 - task // 2 % 8] if task % 2 else MOMENTS[task // 2 % len(MOMENTS)]
    return [first, POST] if task % 3 == 0 else [first]


def test_no_kill_loses_an_announcement(servers: Servers) -> None:
    airflow = servers.airflow
    airflow.unpause("announced_killed", "hears_killed")
    kills = {task: kills_of(task) for task in range(TASKS)}
    run = servers.trigger("announced_killed", conf={"tasks": TASKS, "kills": kills})
    state = "SELECT state FROM dag_run WHERE run_id = ?"
    airflow.wait("the killed tasks", lambda: airflow.query(state, run) in ([("success",)], [("failed",)]), 3000)
    instances = airflow.query(
        "SELECT map_index, state, try_number FROM task_instance WHERE run_id = ? AND task_id = 'load'", run
    )
    failed = {task for task, state, _ in instances if state == "failed"}
    assert failed >= {task for task, when in kills.items() if when == POST}
    assert not [task for task, _, tries in instances if task not in failed and tries <= len(kills[task])]

    again = servers.trigger("announced_killed", conf={"tasks": TASKS})
    airflow.wait("the run after it", lambda: airflow.query(state, again) == [("success",)], 3000)
    airflow.wait("all days to be heard of", lambda: not missed(airflow), 300)
    assert repeated(airflow, again) == dict.fromkeys(failed, len(DAYS)), "and nothing of those that have succeeded"


def missed(airflow: Airflow) -> set[str]:
    """The tables of which not all days were heard of."""
    found = {f"killed_{task}": set[date]() for task in range(TASKS)}
    for event in heard(airflow, "hears_killed"):
        found[event["table"]] |= days_in(event["days"])
    return {table for table, days in found.items() if days != DAYS}


def repeated(airflow: Airflow, run: str) -> dict[int, int]:
    """How many days each task of a run announces that an earlier one has stored."""
    found = airflow.query(
        "SELECT map_index, value FROM xcom WHERE run_id = ? AND task_id = 'load' AND key = 'return_value'", run
    )
    reports = {task: json.loads(value) for task, value in found}
    reports = {task: json.loads(report) if isinstance(report, str) else report for task, report in reports.items()}
    return {task: report["announced"]["again"] for task, report in reports.items() if report["announced"]["count"]}


def test_the_closing_task_announces_what_a_killed_index_has_stored(servers: Servers) -> None:
    airflow = servers.airflow
    airflow.unpause("announced_mapped", "hears_mapped")
    killed = servers.trigger("announced_mapped", conf={"kills": {"1": [POST]}})
    state = airflow.wait("a killed index", lambda: servers.finished("announced_mapped", killed), 300)
    found = airflow.reports("announced_mapped", killed)["close"]
    assert (state, found["missing"]) == ("failed", {"load[1]": "failed"})
    assert found["announced"]["count"] == len(MAPPED_DAYS)
    airflow.wait("the event", lambda: heard(airflow, "hears_mapped"), 300)
    (event,) = heard(airflow, "hears_mapped")
    assert (days_in(event["days"]), event["final_through"]) == (MAPPED_DAYS, None)

    whole = servers.trigger("announced_mapped")
    servers.succeeded("announced_mapped", whole)
    found = airflow.reports("announced_mapped", whole)["close"]
    assert (found["announced"]["count"], found["missing"]) == (0, {})
    assert found["final_through"] is not None
