"""Which days are stored, kept, left for later or emptied, and what is kept apart."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions, Part
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import (
    LakeError,
)
from airflow_provider_ldusage.testing import Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.engine.tasks import MINE, THEIRS, YOUNG, Task, figures
from tests.loading import NOW, YESTERDAY, Loader

CONNECTIONS = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}


def days(report: Report, kind: str) -> list[date]:
    return report.commit.lists()[kind]


@pytest.mark.parametrize(
    "switches",
    [{"retention_days": 2}, {"lapsed_plan": frozenset({"service-connections"})}],
    ids=["retention cuts off the oldest days", "the plan lapsed"],
)
def test_days_that_vanish_from_the_answer_stay_in_the_lake(loader: Loader, switches: dict[str, Any]) -> None:
    loader.load(options=LoadOptions(lookback=8), **CONNECTIONS)
    files = loader.files()
    loader.simulator.switches = Switches(**switches)
    report = loader.load(options=LoadOptions(lookback=8), **CONNECTIONS)
    assert loader.files() == files
    assert days(report, "kept") and not days(report, "empty") and not days(report, "restated")


def test_zeros_in_place_of_usage_are_no_usage_either(loader: Loader) -> None:
    loader.load(**CONNECTIONS)
    files = loader.files()
    zeros = [{"time": Window(day, day + timedelta(days=1)).start_ms, "0": 0} for day in YESTERDAY.days()]
    answer = {"metadata": [{"projectId": "p", "sdkName": "Go"}], "series": zeros}
    loader.simulator.fail(200, body=answer, path="service-connections", times=2)
    report = loader.load(options=LoadOptions(lookback=0), **CONNECTIONS)
    assert days(report, "kept") == list(YESTERDAY.days())
    assert loader.files() == files
    loader.load(options=LoadOptions(lookback=0, on_empty="write"), **CONNECTIONS)
    assert [row["value"] for row in loader.rows() if row["time"].date() == YESTERDAY.start] == [0]


def test_on_empty_fail_names_the_days_and_writes_nothing(loader: Loader) -> None:
    loader.load(**CONNECTIONS)
    files = loader.files()
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"service-connections"}))
    with pytest.raises(LakeError, match="2026-11-08 to 2026-11-11"):
        loader.load(options=LoadOptions(on_empty="fail"), **CONNECTIONS)
    assert loader.files() == files


def test_on_empty_write_empties_the_days(loader: Loader) -> None:
    first = loader.load(**CONNECTIONS)
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"service-connections"}))
    report = loader.load(options=LoadOptions(on_empty="write"), **CONNECTIONS)
    assert days(report, "restated") == days(first, "written")
    assert report.rows == 0


def test_a_day_without_usage_has_a_file_without_rows(loader: Loader) -> None:
    before_the_account = Window(date(2023, 5, 1), date(2023, 5, 4))
    report = loader.load(before_the_account, **CONNECTIONS)
    assert days(report, "empty") == list(before_the_account.days())
    assert set(loader.files()) == {f"usage_date={day}/all.parquet" for day in before_the_account.days()}
    assert days(loader.load(before_the_account, **CONNECTIONS), "empty") == list(before_the_account.days())


def test_a_snapshot_is_stored_under_the_day_it_was_seen(loader: Loader) -> None:
    report = loader.load(metric="sdk_versions_details")
    assert report.window == Window(NOW.date(), NOW.date() + timedelta(days=1))
    assert set(loader.files()) == {"usage_date=2026-11-12/all.parquet"}


def test_days_that_data_export_has_not_counted_through_are_left_for_later(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_through_lag_hours=33)  # counted through 2026-11-11T00:00 or so
    report = loader.load(metric="data_export_events", options=LoadOptions(lookback=2))
    assert report.data_through is not None and report.data_through.startswith("2026-11-11T00")
    assert days(report, "written") == [date(2026, 11, 9), date(2026, 11, 10)]
    assert report.skipped is None
    loader.simulator.switches = Switches(data_through_lag_hours=200)
    assert "no day is complete" in str(loader.load(metric="data_export_events", table="u").skipped)


def test_the_open_day_has_no_file_as_long_as_nothing_of_it_is_counted(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_through_lag_hours=33)
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    report = loader.load(today, metric="data_export_events", options=LoadOptions(lookback=3, include_open_day=True))
    assert days(report, "written") == [date(2026, 11, 9), date(2026, 11, 10)]
    assert not days(report, "empty")


def test_a_list_that_is_answered_after_midnight_is_of_the_new_day(loader: Loader) -> None:
    almost = datetime(2026, 11, 12, 23, 59, 59, 500000, tzinfo=timezone.utc)
    loader.simulator.fail(None, delay=0.8, path="sdk-versions/details")
    report = loader.load(metric="sdk_versions_details", now=almost)
    assert report.window.start == date(2026, 11, 13)
    assert set(loader.files()) == {"usage_date=2026-11-13/all.parquet"}


def test_a_forecast_says_that_it_is_a_running_total(loader: Loader) -> None:
    loader.load(**CONNECTIONS)
    (file,) = (loader.lake / "t_projected").rglob("*.parquet")
    footer = pq.read_metadata(file).metadata
    assert footer[b"ldusage.additive_over_time"] == b"false"
    assert footer[b"ldusage.aggregation_type"] == b"cumulative"
    values = pq.read_table(file, columns=["value"]).column(0).to_pylist()
    assert values == sorted(values) and len(values) == 30


def test_a_forecast_is_kept_apart_by_the_day_it_was_seen(loader: Loader) -> None:
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    report = loader.load(today, options=LoadOptions(include_open_day=True), **CONNECTIONS)
    assert set(loader.files("t_projected")) == {"usage_date=2026-11-12/all.parquet"}
    assert len(loader.files()) == len(report.window)


@pytest.mark.parametrize(("first", "last", "stored"), [("01", "10", False), ("10", "11", True)])
def test_a_forecast_is_stored_if_the_window_reaches_to_yesterday(
    loader: Loader, first: str, last: str, stored: bool
) -> None:
    loader(f"2026-11-{first}", f"2026-11-{last}", table="t", **CONNECTIONS)
    assert (loader.lake / "t_projected").exists() is stored


def test_older_days_that_end_today_do_not_replace_the_latest_forecast(lake: Path) -> None:
    task, older = Task(lake, days=YOUNG), Window(date(2026, 11, 1), NOW.date())
    task.answers.forecast = MINE
    own = task.stored()
    task.answers.forecast = THEIRS
    part = task.storing.load(Part.of(task.plan.query, older, NOW))
    assert own.forecast_asked_at == NOW and part.forecast_asked_at is None
    assert figures(lake, "t_projected") == {MINE}


def test_going_back_to_yesterday_leaves_the_forecast(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for first in (NOW.date() - timedelta(days=5), NOW.date()):
        run = RunWindow(Window(first, first + timedelta(days=1)), "the schedule", scheduled=True, at=NOW)
        report = loader.load(run, options=LoadOptions(lookback=0, include_open_day=True), **CONNECTIONS)
    assert len(report.commit.outcomes) == 5, "today, and the four days before"
    assert [record.message.partition(" in ")[0] for record in caplog.records if "the forecast" in record.message] == [
        "Stored the forecast of 2026-11-12"
    ]
