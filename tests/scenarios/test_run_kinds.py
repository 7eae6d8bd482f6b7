"""What each kind of run loads: lists without history around midnight, the open day, and days that a person named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import window
from tests.scenarios.runs import Runs, moment, told
from tests.support import SNAPSHOTS

PATHS: dict[str, dict[str, Any]] = {"stream_sdk_versions": {"source": "server"}}


Run = Callable[..., Report]


@pytest.fixture
def run(runs: Runs) -> Run:
    def one(asked: RunWindow, now: str, metric: str, options: LoadOptions | None = None, **query: Any) -> Report:
        runs.options = vars(options) if options else {}
        return runs.run(asked, moment(now), metric=metric, **query)

    return one


@pytest.mark.parametrize("metric", SNAPSHOTS)
@pytest.mark.parametrize(
    ("asked", "now", "stored"),
    [
        (told("11-11", "11-11", "11-12T00:00", scheduled=True), "11-12T00:00:30", "11-12"),
        (told("11-11", "11-11", "11-12T23:50", scheduled=True), "11-12T23:50:05", "11-12"),
        (told("11-11", "11-11", "11-12T23:50", scheduled=True), "11-13T00:05", "11-13"),
        (told("11-11", "11-11", "11-12T03:00", scheduled=True), "11-13T02:59", "11-13"),
        (told("11-02", "11-08", "11-09T06:00", scheduled=True), "11-10T05:00", "11-10"),
        (told("11-11", "11-11", "11-12T15:00"), "11-12T15:00:10", "11-12"),
        (told("11-11", "11-11", "11-12T03:00", scheduled=True), "11-13T03:01", None),
        (told("11-11", "11-11", "11-12T03:00", scheduled=True), "11-20T03:00", None),
        (told("11-11", "11-11", "11-12T03:00", backfill=True), "11-12T03:00", None),
        (RunWindow(window("2026-11-01", "2026-11-05"), "the run's conf", named=True), "11-12T03:00", None),
        (RunWindow(window("2026-11-01", "2026-11-11"), "the run's conf", named=True), "11-12T03:00", "11-12"),
    ],
    ids=["punctual", "before midnight", "retried after midnight", "a day late at most", "weekly, a day late", "manual",
         "cleared after a day", "cleared after a week", "backfill", "named, over", "named, up to today"],
)  # fmt: skip
def test_what_is_seen_is_stored_unless_the_run_is_about_the_past(
    run: Run, metric: str, asked: RunWindow, now: str, stored: str | None
) -> None:
    report = run(asked, now, metric, **PATHS.get(metric, {}))
    if stored is None:
        assert report.skipped and "no history" in report.skipped and not report.commit.outcomes
        return
    assert report.skipped is None
    day = date.fromisoformat(f"2026-{stored}")
    assert report.commit.days("written") + report.commit.days("empty") == [day]
    assert report.final_through == day and not report.open


def test_lists_without_history_never_go_back(run: Run, simulator: Simulator) -> None:
    run(told("11-01", "11-01", "11-02T03:00", scheduled=True), "11-02T03:00", "sdk_versions_all")
    report = run(told("11-19", "11-19", "11-20T03:00", scheduled=True), "11-20T03:00", "sdk_versions_all")
    assert report.commit.days("written") == [date(2026, 11, 20)] and not report.given_up
    assert sum("/usage/" in request.path for request in simulator.requests) == 1


@pytest.mark.parametrize("granularity", ["daily", "hourly"])
def test_a_window_of_the_run_that_ends_today_includes_the_open_day(run: Run, granularity: str) -> None:
    options = LoadOptions(include_open_day=True)
    asked = told("11-11", "11-11", "11-12T15:00", scheduled=True)
    report = run(asked, "11-12T15:00", "service_connections", options, granularity=granularity)
    assert report.window.end == date(2026, 11, 13)
    assert date(2026, 11, 12) in report.commit.days("written")
    assert report.open[-1] == date(2026, 11, 12)
    assert report.final_through == date(2026, 11, 8)


def test_a_day_that_was_loaded_while_it_was_open_is_not_final(run: Run) -> None:
    for hour in range(0, 24, 6):
        at = f"11-12T{hour:02}:00"
        run(told("11-11", "11-11", at, scheduled=True), at, "service_connections", LoadOptions(include_open_day=True))
    report = run(told("11-12", "11-12", "11-13T00:00", scheduled=True), "11-13T00:00", "service_connections")
    assert date(2026, 11, 12) in report.commit.days("restated")


def test_an_older_window_and_a_named_one_stay_as_they_are(run: Run) -> None:
    options = LoadOptions(include_open_day=True)
    report = run(told("11-05", "11-05", "11-06T03:00", scheduled=True), "11-12T15:00", "service_connections", options)
    assert report.window == window("2026-11-05", "2026-11-05")
    named = RunWindow(window("2026-11-11", "2026-11-11"), "start and end of the task", named=True)
    assert run(named, "11-12T15:00", "service_connections", options).window == named.window


def test_the_open_day_of_data_export_is_stored_as_far_as_it_is_counted(run: Run) -> None:
    options = LoadOptions(include_open_day=True)
    asked = told("11-11", "11-11", "11-12T15:00", scheduled=True)
    report = run(asked, "11-12T15:00", "data_export_events", options, aggregation_type="incremental")
    assert date(2026, 11, 12) in report.commit.days("written")
    assert date(2026, 11, 12) in report.open


@pytest.mark.parametrize(
    ("lookback", "first"), [(None, "2026-11-10"), (0, "2026-11-10"), (2, "2026-11-08")], ids=["none", "zero", "two"]
)
@pytest.mark.parametrize("query", [{"metric": "service_connections"}, {"metric": "total_mau"}], ids=["sum", "month"])
def test_named_days_are_loaded_as_they_are_unless_a_look_back_is_given(
    run: Run, query: dict[str, Any], lookback: int | None, first: str
) -> None:
    named = RunWindow(window("2026-11-10", "2026-11-11"), "start and end of the task", named=True)
    report = run(named, "11-12T03:00", options=LoadOptions(lookback=lookback), **query)
    assert report.window == window(first, "2026-11-11")


def test_the_log_says_which_rule_chose_the_days(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run(told("11-11", "11-11", "11-12T03:00", scheduled=True), "11-12T03:00", "service_connections")
    assert "(exclusive), chosen by the schedule, 1 request planned, into " in caplog.text
    run(told("11-12", "11-12", "11-12T03:00"), "11-12T03:00", "service_connections")
    assert "Skipped t, 2026-11-12 to 2026-11-13 (exclusive), chosen by the schedule: No day" in caplog.text


def test_older_days_are_told_before_anything_is_asked_for(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run(told("11-01", "11-01", "11-02T03:00", scheduled=True), "11-02T03:00", "service_connections")
    caplog.set_level(logging.INFO)
    run(told("11-11", "11-11", "11-12T03:00", scheduled=True), "11-12T03:00", "service_connections")
    asking = next(record.getMessage() for record in caplog.records if record.getMessage().startswith("Asking"))
    assert "1 request planned; then 9 older days still open, 2026-10-30 to 2026-11-07, 1 request more" in asking


def test_a_folder_that_is_not_there_is_made_with_a_warning_once(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    for day in ("11-12", "11-13"):
        run(told("11-11", "11-11", f"{day}T03:00", scheduled=True), f"{day}T03:00", "service_connections")
    (said,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("The folder")]
    assert "each get a lake of their own" in said
