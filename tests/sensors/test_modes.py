"""The modes of the sensor: what happens between two checks, and at the end of the wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from airflow_provider_ldusage.compat import AirflowSensorTimeout, AirflowSkipException, TaskDeferred
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.sensors import freshness
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.names import (
    AirflowRescheduleException,
    BaseTimetable,
    DateTimeTrigger,
    TaskDeferralError,
    deserialize,
    sensor_module,
    serialize,
)
from tests.sensors.checks import BOTH, HOUR, MIDNIGHT, WINDOW, a_run, execute, sensor

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("deferrable", [False, True])
def test_soft_fail_skips_where_it_would_fail_for_good(deferrable: bool, simulator: Simulator) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    with pytest.raises(AirflowSkipException):
        execute(max_delay=0, soft_fail=True, deferrable=deferrable)


@pytest.mark.parametrize("deferrable", [False, True])
def test_never_fail_skips_whatever_happens(deferrable: bool, simulator: Simulator) -> None:
    simulator.fail(status=200, body=b"<html>proxy</html>")
    with pytest.raises(AirflowSkipException):
        execute(never_fail=True, deferrable=deferrable)


def test_reschedule_mode_gives_the_slot_back_until_the_next_check(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sensor_module, "_orig_start_date", lambda **_: None, raising=False
    )  # Airflow 2 asks its database
    ids = {"dag_id": "d", "task_id": "t", "run_id": "r", "map_index": -1, "max_tries": 0}
    nothing = {"get_first_reschedule_date": lambda _: None, "xcom_push": lambda **_: None}
    context = a_run(ti=SimpleNamespace(**nothing, **ids))
    with pytest.raises(AirflowRescheduleException):
        execute(mode="reschedule", context=context)
    simulator.now = MIDNIGHT + HOUR
    assert execute(mode="reschedule", context=context)["window"] == WINDOW


def deferred(act: Callable[[], Any]) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as found:
        act()
    return found.value


def resume(after: TaskDeferred, context: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """As Airflow goes on: in another process, with what went through its database."""
    carried = deserialize(json.loads(json.dumps(serialize(after.kwargs))))
    task = sensor(**{"deferrable": True, **arguments})
    return task.resume_execution(after.method_name, {**carried, "event": after.trigger.moment}, context or a_run())


def test_deferrable_frees_the_slot_between_checks_until_fresh(simulator: Simulator) -> None:
    first = deferred(lambda: execute(deferrable=True))
    assert type(first.trigger).__mro__[1] is DateTimeTrigger
    assert first.trigger.serialize()[0] == f"{DateTimeTrigger.__module__}.DateTimeTrigger"
    pause = (first.trigger.moment - datetime.now(timezone.utc)).total_seconds()
    assert 290 < pause <= 300
    second = deferred(lambda: resume(first))
    assert len(simulator.requests) == 4
    simulator.advance(HOUR)
    assert resume(second) == {"data_through": dict.fromkeys(BOTH, "2026-11-20T00:00:00Z"), "window": WINDOW}


def test_deferrable_is_fresh_at_once_without_deferring(simulator: Simulator) -> None:
    simulator.now = MIDNIGHT + HOUR
    assert execute(deferrable=True)["window"] == WINDOW


def test_the_window_stays_what_the_first_check_found(simulator: Simulator) -> None:
    first = deferred(lambda: execute(deferrable=True))
    later = a_run(logical_date=MIDNIGHT + timedelta(days=1))
    simulator.advance(HOUR)
    assert resume(first, later)["window"] == WINDOW


def test_the_timeout_holds_across_deferrals_with_a_last_check_at_its_end(simulator: Simulator) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    arguments = {"poke_interval": 600, "timeout": 1500}
    pauses = []
    step = deferred(lambda: execute(deferrable=True, **arguments))
    for _ in range(3):
        pause = round((step.trigger.moment - datetime.now(timezone.utc)).total_seconds(), -1)
        pauses.append(pause)
        assert step.timeout is not None
        assert step.timeout.total_seconds() > pause
        simulator.advance(timedelta(seconds=pause))
        if sum(pauses) < 1500:
            step = deferred(lambda after=step: resume(after, **arguments))
    assert pauses == [600, 600, 300]
    with pytest.raises(AirflowSensorTimeout, match=r"1500\.0 seconds exceeds the specified timeout of 1500"):
        resume(step, **arguments)
    with pytest.raises(AirflowSkipException):
        resume(step, soft_fail=True, **arguments)
    simulator.switches = Switches(data_through_lag_hours=0)
    assert resume(step, **arguments)["window"] == WINDOW


def test_a_triggerer_that_never_wakes_it_is_a_timeout(simulator: Simulator) -> None:
    with pytest.raises((AirflowSensorTimeout, TaskDeferralError)):  # the latter in Airflow 2
        sensor().resume_execution("__fail__", {"error": "Trigger timeout"}, a_run())


def test_silent_fail_goes_on_after_an_error_and_defers(simulator: Simulator) -> None:
    simulator.fail(status=200, body=b"<html>proxy</html>")
    step = deferred(lambda: execute(deferrable=True, silent_fail=True))
    simulator.advance(HOUR)
    assert resume(step)["window"] == WINDOW


def test_exponential_backoff_holds_across_deferrals(simulator: Simulator) -> None:
    simulator.switches = Switches(data_through_lag_hours=30)
    arguments = {"poke_interval": 60, "exponential_backoff": True, "timeout": 100_000, "max_delay": 100_000}
    step = deferred(lambda: execute(deferrable=True, **arguments))
    pauses = []
    for _ in range(5):
        pauses.append((step.trigger.moment - datetime.now(timezone.utc)).total_seconds())
        step = deferred(lambda after=step: resume(after, **arguments))
    assert pauses[4] > 4 * pauses[0]


def test_it_goes_on_where_airflow_forgets_what_was_carried(simulator: Simulator) -> None:
    """As ``airflow dags test`` of Airflow 3.3 does."""
    step = deferred(lambda: execute(deferrable=True))
    simulator.advance(HOUR)
    assert sensor(deferrable=True).resume_execution(step.method_name, {"event": None}, a_run())["window"] == WINDOW


class Holidays(BaseTimetable):
    """A timetable of a DAG's author, whose schedule nobody else can read."""


def warnings_of_schedule(log: Mock) -> list[str]:
    return [call.args[0] for call in log.warning.call_args_list if "Holidays" in call.args[0]]


@pytest.mark.parametrize("deferrable", [False, True])
def test_an_unreadable_schedule_is_warned_about_once_for_all_checks(
    deferrable: bool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    monkeypatch.setattr(freshness.LaunchDarklyUsageFreshnessSensor, "log", log := Mock())
    context = a_run(dag=SimpleNamespace(timetable=Holidays()))
    context["dag_run"].run_type = "scheduled"
    if deferrable:
        after = deferred(lambda: execute(deferrable=True, context=context))
        deferred(lambda: resume(after, context, deferrable=True))
    else:
        execute(context=context)
        assert slept
    assert len(warnings_of_schedule(log)) == 1


def test_a_rescheduled_check_does_not_warn_again(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness.LaunchDarklyUsageFreshnessSensor, "log", log := Mock())
    simulator.now = MIDNIGHT + HOUR
    context = a_run(dag=SimpleNamespace(timetable=Holidays()), task_reschedule_count=1)
    context["dag_run"].run_type = "scheduled"
    execute(context=context)
    assert warnings_of_schedule(log) == []


def test_a_check_links_to_the_documentation_of_its_first_metric(simulator: Simulator, slept: list[float]) -> None:
    simulator.now = MIDNIGHT + HOUR
    task = sensor(metric="warehouse_export")
    task.execute(a_run())
    found = {link.name: link.get_link(task, ti_key=None) for link in task.operator_extra_links}
    documentation = METRICS["warehouse_export"].documentation
    assert found == {"LaunchDarkly usage": "", "Metric documentation": documentation}
