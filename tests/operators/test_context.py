"""What a task's context says of the days to load, and what the log says where it is not heeded."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.operators.context import warnings_of, window_of
from airflow_provider_ldusage.windows import BY_CONF, BY_DATE, BY_INTERVAL, BY_SCHEDULE, BY_TASK, BY_TIME, RunWindow
from tests.names import BaseTimetable, CronDataIntervalTimetable, CronTriggerTimetable

pytestmark = pytest.mark.airflow

MONDAY = datetime(2026, 11, 23, 6, tzinfo=timezone.utc)
WEEKLY = CronTriggerTimetable("0 6 * * 1", timezone="UTC")
DAY_BEFORE = Window(date(2026, 11, 22), date(2026, 11, 23))
WEEK_BEFORE = Window(date(2026, 11, 16), date(2026, 11, 23))
NAMED = Window(date(2026, 11, 1), date(2026, 11, 3))
CONF = {"ldusage": {"start": "2026-11-01", "end": "2026-11-03"}}


class Special(BaseTimetable):
    """A timetable of the DAG's author."""


def run_of(timetable: Any, run_type: Any = "scheduled", **more: Any) -> dict[str, Any]:
    """A run on that Monday; ``conf`` and ``interval`` may be given."""
    of = more.get("interval", timedelta())
    return {
        "dag": SimpleNamespace(timetable=timetable),
        "dag_run": SimpleNamespace(conf=more.get("conf"), run_after=MONDAY, run_type=run_type),
        "data_interval_start": MONDAY - of,
        "data_interval_end": MONDAY,
        "logical_date": MONDAY - of,
    }


def resolved(context: Any, start: Any = None, end: Any = None) -> tuple[RunWindow, list[str]]:
    """The run's window and the warnings."""
    window = window_of(context, start, end)
    return window, warnings_of(context, window)


class RunType(str, Enum):
    """As Airflow has it: its text is not its value."""

    SCHEDULED = "scheduled"


@pytest.mark.parametrize("run_type", ["scheduled", RunType.SCHEDULED])
def test_a_scheduled_run_loads_the_days_since_the_previous_instant(run_type: Any) -> None:
    found, warnings = resolved(run_of(WEEKLY, run_type))
    assert found == RunWindow(WEEK_BEFORE, BY_SCHEDULE, scheduled=True, at=MONDAY)
    assert found.chosen_by_run and not warnings


def test_so_does_a_backfill_which_nobody_takes_for_a_run_of_the_schedule() -> None:
    found, warnings = resolved(run_of(WEEKLY, "backfill"))
    assert found == RunWindow(WEEK_BEFORE, BY_SCHEDULE, backfill=True, at=MONDAY)
    assert not found.chosen_by_run and not warnings


@pytest.mark.parametrize("run_type", ["manual", "operator_triggered", "asset_triggered", "asset_materialization", None])
def test_any_other_run_loads_the_day_before_under_whatever_schedule(run_type: str | None) -> None:
    found, warnings = resolved(run_of(WEEKLY, run_type))
    assert found == RunWindow(DAY_BEFORE, BY_DATE, scheduled=run_type == "asset_triggered", at=MONDAY)
    assert found.chosen_by_run and not warnings
    without_date = {key: value for key, value in run_of(WEEKLY, run_type).items() if key in ("dag", "dag_run")}
    assert resolved(without_date)[0].rule == BY_TIME


def test_the_schedule_goes_before_a_data_interval_that_does_not_tile() -> None:
    found, _ = resolved(run_of(WEEKLY, interval=timedelta(days=1)))
    assert (found.window, found.rule) == (WEEK_BEFORE, BY_SCHEDULE)
    found, _ = resolved(run_of(WEEKLY, "manual", interval=timedelta(days=1)))
    assert (found.window, found.rule) == (DAY_BEFORE, BY_INTERVAL)


def test_a_data_interval_timetable_needs_no_schedule() -> None:
    timetable = CronDataIntervalTimetable("0 6 * * 1", timezone="UTC")
    found, warnings = resolved(run_of(timetable, interval=timedelta(days=7)))
    assert (found.window, found.rule, warnings) == (WEEK_BEFORE, BY_INTERVAL, [])


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_an_unreadable_schedule_gives_the_day_before_with_a_warning(run_type: str) -> None:
    found, (warning,) = resolved(run_of(Special(), run_type))
    assert (found.window, found.rule) == (DAY_BEFORE, BY_DATE)
    assert "Special" in warning and str(DAY_BEFORE) in warning and "start and end" in warning


def test_no_warning_where_the_schedule_does_not_matter() -> None:
    assert resolved(run_of(Special(), interval=timedelta(days=2)))[1] == []
    assert resolved(run_of(Special(), "manual"))[1] == []
    assert resolved(run_of(Special()), "2026-11-01", "2026-11-03")[1] == []
    assert resolved(run_of(Special(), conf=CONF))[1] == []


def test_a_timetable_of_airflows_own_that_fails_is_no_reason_to_fail() -> None:
    broken = CronTriggerTimetable("0 6 * * 1", timezone="UTC")
    broken.expression = broken._expression = "never"  # as a DAG file has it, and as the core has it
    found, (warning,) = resolved(run_of(broken))
    assert found.window == DAY_BEFORE
    assert "CroniterBadCronError" in warning


def test_a_person_names_the_days_by_the_task_or_by_the_conf() -> None:
    for found, warnings in (
        resolved(run_of(WEEKLY, conf=CONF)),
        resolved(run_of(WEEKLY), "2026-11-01", "2026-11-03"),
        resolved(run_of(WEEKLY, conf=CONF), "2026-11-01T05:00:00Z", date(2026, 11, 3)),  # both, and the same
    ):
        assert (found.window, found.named, found.chosen_by_run, warnings) == (NAMED, True, False, [])
        assert found.rule in (BY_CONF, BY_TASK)


@pytest.mark.parametrize("ldusage", [{"start": "2026-11-05", "end": "2026-11-06"}, {"start": "2026-11-01"}, None])
def test_a_conf_that_a_tasks_own_window_overrules_is_warned_about(ldusage: Any) -> None:
    found, (warning,) = resolved(run_of(WEEKLY, conf={"ldusage": ldusage}), "2026-11-01", "2026-11-03")
    assert found.window == NAMED
    assert repr(ldusage) in warning and "ignored" in warning and str(NAMED) in warning


@pytest.mark.parametrize("conf", [{"start": "2026-11-01", "end": "2026-11-03"}, {"end": "2026-11-03"}])
def test_a_conf_of_the_wrong_shape_is_warned_about_with_the_right_one(conf: dict[str, str]) -> None:
    found, (warning,) = resolved(run_of(WEEKLY, "manual", conf=conf))
    assert found.window == DAY_BEFORE
    assert repr(conf) in warning and str(DAY_BEFORE) in warning
    shape = json.loads(warning[warning.index('{"ldusage"') : warning.index("}}") + 2])
    assert resolved(run_of(WEEKLY, "manual", conf=shape))[0].rule == BY_CONF


def test_a_conf_that_a_tasks_templates_read_is_not_warned_about() -> None:
    conf = {"start": "2026-11-01", "end": "2026-11-03"}
    assert resolved(run_of(WEEKLY, "manual", conf=conf), **conf)[1] == []
    assert resolved(run_of(WEEKLY, "manual", conf={"full": True}))[1] == []


@pytest.mark.parametrize(
    "run",
    [
        RunWindow(WEEK_BEFORE, BY_SCHEDULE, scheduled=True, at=MONDAY),
        RunWindow(NAMED, BY_CONF, named=True, backfill=True, at=MONDAY + timedelta(microseconds=1)),
        RunWindow.of_days(NAMED),
    ],
)
def test_what_a_deferral_keeps_of_a_run_comes_back_whole(run: RunWindow) -> None:
    assert RunWindow.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_days_that_a_caller_names_are_named() -> None:
    assert RunWindow.of_days(NAMED).named and not RunWindow.of_days(NAMED).chosen_by_run


def test_the_operator_warns_in_the_tasks_log(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
    from airflow_provider_ldusage.testing import Simulator

    log = Mock()
    monkeypatch.setattr(LaunchDarklyUsageOperator, "log", log)
    task = LaunchDarklyUsageOperator(task_id="load", metric="vega_ai", destination=(tmp_path / "lake").as_uri())
    with Simulator() as simulator:
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(simulator.connection()))
        task.execute(run_of(WEEKLY, "manual", conf={"start": "2026-11-01", "end": "2026-11-03"}))  # type: ignore[arg-type]
    assert "one level deeper" in log.warning.call_args.args[0]


# --- runs of Airflow 2, which have no run_after


def older_run(run_type: str, timetable: Any = None, of: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    """A run on that Monday as Airflow 2 has it: by a schedule at its interval's end, else at its logical date."""
    by_schedule = run_type in ("scheduled", "backfill")
    return {
        "dag": SimpleNamespace(timetable=timetable),
        "dag_run": SimpleNamespace(conf=None, run_type=run_type),
        "data_interval_start": MONDAY - of,
        "data_interval_end": MONDAY,
        "logical_date": MONDAY - of if by_schedule else MONDAY,
        **more,
    }


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_schedules_run_of_airflow_2_is_due_at_its_intervals_end(run_type: str) -> None:
    found, warnings = resolved(older_run(run_type, WEEKLY, timedelta(hours=1)))
    assert (found.window, found.rule, found.at, warnings) == (WEEK_BEFORE, BY_SCHEDULE, MONDAY, [])


def test_any_other_run_of_airflow_2_is_of_its_logical_date() -> None:
    """Triggered on that Monday, under a weekly cron string: the interval is that of the week which is over."""
    sunday = MONDAY - timedelta(days=1)
    found, _ = resolved(older_run("manual", data_interval_start=sunday - timedelta(days=7), data_interval_end=sunday))
    assert (found.window.isoformat(), found.rule) == (["2026-11-15", "2026-11-22"], BY_INTERVAL)
    assert (found.at, found.scheduled) == (MONDAY, False)


def test_a_run_that_a_dataset_triggers_is_one_that_an_asset_does() -> None:
    found, _ = resolved(older_run("dataset_triggered"))
    assert (found.window, found.scheduled, found.at) == (DAY_BEFORE, True, MONDAY)
