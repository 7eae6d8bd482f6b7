"""On a real Airflow, a task that a rate limit holds up for long gives its slot back, and loads the same."""

from __future__ import annotations

import pytest

from tests.support import day_files
from tests.system.deferrals import limit_once, same
from tests.system.servers.conftest import Servers

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_a_deferred_task_has_no_slot_and_is_resumed_by_the_triggerer(servers: Servers) -> None:
    airflow = servers.airflow
    airflow.unpause("waiting", "deferring")
    truth = servers.report("waiting", servers.trigger("waiting"))
    assert truth["rows"] > 0
    limit_once(servers.simulator, 30)  # time enough to look while it lasts
    run_id = servers.trigger("deferring")

    def state() -> str | None:
        sql = "SELECT state FROM task_instance WHERE dag_id = 'deferring' AND run_id = ?"
        found = airflow.query(sql, run_id)
        return str(found[0][0]) if found else None

    airflow.wait("the deferral", lambda: state() == "deferred", 240)
    (slots,) = [pool for pool in airflow.api("GET", "/pools")["pools"] if pool["name"] == "one_slot"]
    assert slots["occupied_slots"] == 0 and slots["deferred_slots"] == 1
    airflow.wait("the end", lambda: state() in ("success", "failed"), 300)
    assert state() == "success"
    assert same(airflow.reports("deferring", run_id)["load"], truth)
    assert day_files(servers.lake / "deferring") == day_files(servers.lake / "waiting")


def test_the_token_is_nowhere_in_this_airflow(servers: Servers) -> None:
    """Neither in the trigger, nor in what a deferred task is resumed with, nor in the triggerer's log."""
    assert servers.files_with_the_token() == []
