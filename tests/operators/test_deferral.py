"""A long rate limit: a deferrable task frees its slot and loads the same rows; any other waits, within max_wait."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.compat import TaskDeferred
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.operators import deferral
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.names import DateTimeTrigger, deserialize, serialize
from tests.operators.waiting import Clock, a_run, limited, task

pytestmark = pytest.mark.airflow

TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


def deferred(operator: LaunchDarklyUsageOperator, **kept: Any) -> TaskDeferred:
    """The deferral that an execution, or a resumption with what was kept, ends in."""
    with pytest.raises(TaskDeferred) as caught:
        operator.resume(a_run(), **kept) if kept else operator.execute(a_run())
    return caught.value


def passed_through_airflow(found: TaskDeferred) -> dict[str, Any]:
    """The keyword arguments of a deferral as they come back from Airflow's database, with the trigger's event."""
    stored = json.loads(json.dumps(serialize(found.kwargs)))
    return {**deserialize(stored), "event": datetime.now(timezone.utc)}  # type: ignore[dict-item]


def figures(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("uri", "requests", "loaded_at")}


def test_a_long_wait_is_deferred_with_airflows_own_trigger(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator)
    found = deferred(task(tmp_path))
    path, kwargs = found.trigger.serialize()
    assert path == f"{DateTimeTrigger.__module__}.DateTimeTrigger"
    assert 118 <= (kwargs["moment"] - datetime.now(timezone.utc)).total_seconds() <= 122
    assert found.method_name == "resume" and not clock.waits


def test_a_resumed_task_loads_what_an_undisturbed_one_loads(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    undisturbed = task(tmp_path / "a").execute(a_run())
    limited(simulator)
    found = deferred(task(tmp_path / "b"))
    resumed = task(tmp_path / "b").resume(a_run(), **passed_through_airflow(found))
    assert figures(resumed) == figures(undisturbed)
    days = [sorted((tmp_path / side / "lake").rglob("*.parquet")) for side in "ab"]
    assert len(days[0]) == len(days[1]) == 4
    assert [path.read_bytes() for path in days[0]] == [path.read_bytes() for path in days[1]]


def test_nothing_secret_is_kept(tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any) -> None:
    limited(simulator)
    found = deferred(task(tmp_path))
    kept = json.dumps([serialize(found.kwargs), [str(part) for part in found.trigger.serialize()]])
    assert simulator.token not in kept and simulator.url not in kept
    assert set(found.kwargs["attempt"]) == {"run", "now", "waited", "deferrals"}


def test_the_window_and_what_counts_as_closed_stay_when_midnight_passes(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """As if the task had been deferred for two days: the days stay, whatever templates and the clock say now."""
    limited(simulator)
    found = passed_through_airflow(deferred(task(tmp_path, start=str((TODAY - DAY).date()), end=str(TODAY.date()))))
    then = TODAY - 2 * DAY
    found["attempt"]["now"] = then.isoformat()
    found["attempt"]["run"]["window"] = [str((then - DAY).date()), str((then + DAY).date())]
    report = task(tmp_path, start="2020-01-01", end="2020-01-02").resume(a_run(), **found)
    assert report["window"] == [str((then - DAY).date()), str(then.date())]


def test_a_list_without_history_is_stored_under_the_day_it_was_seen(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    run = RunWindow(Window((TODAY - DAY).date(), TODAY.date()), "the schedule", scheduled=True, at=TODAY)
    attempt = {"run": run.to_json(), "waited": 0, "deferrals": 1, "now": (TODAY - DAY).isoformat()}
    before = datetime.now(timezone.utc)
    report = task(tmp_path, metric="sdk_versions_all").resume(a_run(), attempt=attempt)
    days = {moment.date() for moment in (before, datetime.now(timezone.utc))}
    assert report["window"] in [[str(day), str(day + DAY)] for day in days]


def test_short_waits_are_waited_in_place(tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any) -> None:
    limited(simulator, deferral.DEFER_FROM - 2)
    assert task(tmp_path).execute(a_run())["rows"] > 0
    assert len(clock.waits) == 1 and 58 <= clock.waits[0] < 60


def test_a_task_that_is_not_deferrable_waits_in_place(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator)
    assert task(tmp_path, deferrable=False).execute(a_run())["rows"] > 0
    assert len(clock.waits) == 1 and 120 <= clock.waits[0] <= 122


def test_max_wait_is_for_all_executions_together(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, times=3)
    found = deferred(task(tmp_path))
    assert 120 <= found.kwargs["attempt"]["waited"] <= 122
    found = deferred(task(tmp_path), **passed_through_airflow(found))
    assert 240 <= found.kwargs["attempt"]["waited"] <= 244 and found.kwargs["attempt"]["deferrals"] == 2
    with pytest.raises(exceptions.RateLimitedError, match=r"has waited 24\d\.\d s .* max_wait allows 300.0 s"):
        task(tmp_path).resume(a_run(), **passed_through_airflow(found))
    assert not clock.waits


def test_waits_in_place_before_a_deferral_count_too(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, 30)
    limited(simulator, 90)
    found = deferred(task(tmp_path))
    assert len(clock.waits) == 1 and 120 <= found.kwargs["attempt"]["waited"] <= 124


def test_a_wait_beyond_max_wait_fails_at_once_deferrable_or_not(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    limited(simulator, 3600, times=2)
    for deferrable in (True, False):
        with pytest.raises(exceptions.RateLimitedError, match="would need 360"):
            task(tmp_path, deferrable=deferrable).execute(a_run())
    assert not clock.waits


def test_a_load_that_exhausts_the_limit_itself_comes_to_an_end(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """A resumed task asks for everything anew, and so would meet the same limit for ever."""
    connect(max_wait=86_400)
    limited(simulator, times=deferral.MAX_DEFERRALS + 1)
    found = deferred(task(tmp_path))
    for _ in range(deferral.MAX_DEFERRALS - 1):
        found = deferred(task(tmp_path), **passed_through_airflow(found))
    assert task(tmp_path).resume(a_run(), **passed_through_airflow(found))["rows"] > 0
    assert len(clock.waits) == 1


def test_without_what_was_kept_a_resumed_task_waits_in_place(
    tmp_path: Path, simulator: Simulator, clock: Clock, connect: Any
) -> None:
    """``airflow dags test`` hands back the trigger's event alone."""
    limited(simulator)
    assert task(tmp_path).resume(a_run(), event=datetime.now(timezone.utc))["rows"] > 0
    assert len(clock.waits) == 1


def test_the_default_is_airflows_own_setting(tmp_path: Path) -> None:
    assert LaunchDarklyUsageOperator(task_id="load", destination="x").deferrable is False
