"""Who a task is, and what became of others."""

from __future__ import annotations

import logging
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.engine.announcing import Fate
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.operators.announcer import UNDER_WAY, Fates, announcer_of, log_missing
from tests.operators.outlet_events import ME, Task

pytestmark = pytest.mark.airflow


class State(str, Enum):
    """As Airflow 2 has them."""

    SUCCESS = "success"


def fates(states: dict[str, dict[str, Any]]) -> Fates:
    return Fates({"ti": Task(ME, states)})  # type: ignore[typeddict-item]


def test_a_task_that_is_not_mapped_has_the_index_that_airflow_stores() -> None:
    task = SimpleNamespace(dag_id="dag", task_id="load", run_id="today", map_index=None, try_number=1)
    assert announcer_of({"ti": task}) == ME  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ("success", Fate.SUCCEEDED), (State.SUCCESS, Fate.SUCCEEDED), *((state, Fate.PENDING) for state in UNDER_WAY),
        *((state, Fate.LOST) for state in ("failed", "upstream_failed", "removed", "skipped", None, "new in 4.0")),
    ],
)  # fmt: skip
def test_what_a_state_means(state: Any, fate: Fate) -> None:
    assert fates({"today": {"load": state}})(ME) is fate


def test_the_index_of_a_mapped_task_has_a_fate_of_its_own() -> None:
    asked = fates({"today": {"load_0": "success", "load_12": "failed"}})
    found = [asked(ME._replace(map_index=index)) for index in (0, 12, 13)]
    assert found == [Fate.SUCCEEDED, Fate.LOST, Fate.LOST]
    assert asked._task.asked == 1


def test_a_run_that_is_not_there_any_more_announces_nothing() -> None:
    assert fates({})(Announcer("gone", "load", "long ago")) is Fate.LOST


def test_airflow_that_cannot_be_asked_knows_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(**_: Any) -> None:
        raise RuntimeError("no server")

    with caplog.at_level(logging.WARNING):
        assert Fates({"ti": SimpleNamespace(get_task_states=refuse)})(ME) is Fate.LOST  # type: ignore[typeddict-item]
    assert "cannot be asked" in caplog.text and "no server" in caplog.text


def test_which_tasks_and_indexes_of_a_run_are_missing() -> None:
    asked = fates({"today": {"load_0": "success", "load_1": "skipped", "other": "failed", "done": "success"}})
    assert asked.missing("dag", ["done"], "today") == {}
    assert asked.missing("dag", ["other", "load", "done", "gone"], "today") == {
        "gone": "unknown", "load[1]": "skipped", "other": "failed"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "level"),
    [({"a": "skipped"}, logging.INFO), ({"a": "skipped", "b": "upstream_failed"}, logging.WARNING)],
)
def test_what_is_missing_is_said_and_only_failures_are_a_warning(
    caplog: pytest.LogCaptureFixture, missing: dict[str, str], level: int
) -> None:
    with caplog.at_level(logging.INFO):
        log_missing({})
        log_missing(missing)
    (said,) = caplog.records
    assert said.levelno == level
    assert said.getMessage() == "Without a report: " + "; ".join(f"{task} ({s})" for task, s in missing.items())
