"""What a load promises: nothing doubled, nothing lost, nothing mixed, nothing asked for in vain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import (
    DataExportIdentityError,
    ForbiddenError,
    LakeError,
    NotFoundError,
    UsageArgumentError,
)
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.support import day_files

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
YESTERDAY = Window(date(2026, 11, 11), date(2026, 11, 12))
CONNECTIONS = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW) as sim:
        yield sim


class Loader:
    """Loads into one lake, from one simulator or another."""

    def __init__(self, simulator: Simulator, lake: Path) -> None:
        self.simulator, self.lake = simulator, lake

    def __call__(
        self,
        window: Window | RunWindow = YESTERDAY,
        *,
        table: str | None = "t",
        now: datetime = NOW,
        simulator: Simulator | None = None,
        extra: dict[str, Any] | None = None,
        options: LoadOptions | None = None,
        **arguments: Any,
    ) -> Report:
        connection = (simulator or self.simulator).connection()
        config = config_from_connection(connection["host"], connection["password"], extra or {})
        store = open_store(LocalFileSystem(), str(self.lake), self.lake.as_uri())
        with UsageClient(config) as client:
            run = window if isinstance(window, RunWindow) else RunWindow(window, "the test")
            return load(client, UsageQuery.build(**arguments), run, store, table, options, now=now)

    def files(self, table: str = "t") -> dict[str, bytes]:
        return day_files(self.lake / table)

    def rows(self, table: str = "t") -> list[dict[str, Any]]:
        return ds.dataset(self.lake / table).to_table().to_pylist()


@pytest.fixture
def loader(simulator: Simulator, tmp_path: Path) -> Loader:
    return Loader(simulator, tmp_path / "lake")


def days(report: Report, kind: str) -> list[date]:
    return report.commit.lists()[kind]


# --- again, later


def test_loading_twice_leaves_the_same_files_and_touches_none(loader: Loader) -> None:
    first = loader(**CONNECTIONS)
    before = {path: path.stat().st_mtime_ns for path in (loader.lake / "t").rglob("*.parquet")}
    files = loader.files()
    again = loader(**CONNECTIONS)
    assert loader.files() == files
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert days(first, "written") == days(again, "unchanged") == list(first.window.days())
    assert first.rows == again.rows > 0


def test_days_that_launchdarkly_restates_are_replaced_and_named_and_no_others(loader: Loader) -> None:
    loader(options=LoadOptions(lookback=8), **CONNECTIONS)
    files = loader.files()
    loader.simulator.advance(timedelta(hours=30))
    report = loader(Window(YESTERDAY.start - timedelta(days=8), YESTERDAY.end), options=LoadOptions(0), **CONNECTIONS)
    changed = {name for name, content in loader.files().items() if content != files[name]}
    assert changed == {f"usage_date={day}/all.parquet" for day in days(report, "restated")}
    assert days(report, "restated") and days(report, "unchanged")
    assert set(days(report, "restated")) | set(days(report, "unchanged")) == set(report.window.days())
    assert max(days(report, "unchanged")) < min(days(report, "restated")), "only days that had not settled change"


def test_the_report_is_small_for_a_year_and_names_days_as_ranges(loader: Loader) -> None:
    report = loader(Window(date(2025, 6, 1), date(2026, 6, 1)), metric="vega_ai").to_xcom()
    assert len(str(report)) < 4000
    assert report["window"] == ["2025-06-01", "2026-06-01"]
    assert sum(report["days"][kind]["count"] for kind in ("written", "empty")) == 365
    assert report["uri"] == f"{loader.lake.as_uri()}/t"
    assert report["skipped"] is None


def test_a_year_is_one_usage_request(loader: Loader) -> None:
    loader(Window(date(2025, 6, 1), date(2026, 6, 1)), metric="vega_ai")
    usage = [request for request in loader.simulator.requests if "/usage/" in request.path]
    assert len(usage) == 1


# --- empty


@pytest.mark.parametrize(
    "switches",
    [{"retention_days": 2}, {"lapsed_plan": frozenset({"service-connections"})}],
    ids=["retention cuts off the oldest days", "the plan lapsed"],
)
def test_days_that_vanish_from_the_answer_stay_in_the_lake(loader: Loader, switches: dict[str, Any]) -> None:
    loader(options=LoadOptions(lookback=8), **CONNECTIONS)
    files = loader.files()
    loader.simulator.switches = Switches(**switches)
    report = loader(options=LoadOptions(lookback=8), **CONNECTIONS)
    assert loader.files() == files
    assert days(report, "kept") and not days(report, "empty") and not days(report, "restated")


def test_zeros_in_place_of_usage_are_no_usage_either(loader: Loader) -> None:
    loader(**CONNECTIONS)
    files = loader.files()
    zeros = [{"time": Window(day, day + timedelta(days=1)).start_ms, "0": 0} for day in YESTERDAY.days()]
    answer = {"metadata": [{"projectId": "p", "sdkName": "Go"}], "series": zeros}
    loader.simulator.fail(200, body=answer, path="service-connections", times=2)
    report = loader(options=LoadOptions(lookback=0), **CONNECTIONS)
    assert days(report, "kept") == list(YESTERDAY.days())
    assert loader.files() == files
    loader(options=LoadOptions(lookback=0, on_empty="write"), **CONNECTIONS)
    assert [row["value"] for row in loader.rows() if row["time"].date() == YESTERDAY.start] == [0]


def test_on_empty_fail_names_the_days_and_writes_nothing(loader: Loader) -> None:
    loader(**CONNECTIONS)
    files = loader.files()
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"service-connections"}))
    with pytest.raises(LakeError, match="2026-11-08 to 2026-11-11"):
        loader(options=LoadOptions(on_empty="fail"), **CONNECTIONS)
    assert loader.files() == files


def test_on_empty_write_empties_the_days(loader: Loader) -> None:
    first = loader(**CONNECTIONS)
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"service-connections"}))
    report = loader(options=LoadOptions(on_empty="write"), **CONNECTIONS)
    assert days(report, "restated") == days(first, "written")
    assert report.rows == 0


def test_a_day_without_usage_has_a_file_without_rows(loader: Loader) -> None:
    before_the_account = Window(date(2023, 5, 1), date(2023, 5, 4))
    report = loader(before_the_account, **CONNECTIONS)
    assert days(report, "empty") == list(before_the_account.days())
    assert set(loader.files()) == {f"usage_date={day}/all.parquet" for day in before_the_account.days()}
    assert days(loader(before_the_account, **CONNECTIONS), "empty") == list(before_the_account.days())


# --- mixed


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (
            {"filters": {"projectKey": ["default", "mobile-app"]}},
            {"filters": {"projectKey": ["default"]}},
            "slice_keys",
        ),
        (
            {"filters": {"projectKey": ["default", "mobile-app"]}},
            {"filters": {"projectKey": ["default", "data-platform"]}},
            "filters",
        ),
        ({}, {"filters": {"projectKey": ["default"]}}, "slice_keys"),
        ({}, {"group_by": ["projectId"]}, "group_by"),
        ({}, {"aggregation_type": "month_to_date"}, "aggregation_type"),
        ({}, {"granularity": "hourly"}, "granularity"),
        ({}, {"metric": "ai_runs"}, "metric"),
    ],
)
def test_another_variant_is_refused_before_anything_is_asked_for_or_written(
    loader: Loader, first: dict[str, Any], second: dict[str, Any], named: str
) -> None:
    loader(**{"metric": "service_connections", **first})
    files, description = loader.files(), (loader.lake / "_ldusage" / "t.json").read_bytes()
    loader.simulator.clear_requests()
    with pytest.raises(LakeError, match=f"{named} is .* there and .* here"):
        loader(**{"metric": "service_connections", **second})
    assert loader.files() == files
    assert (loader.lake / "_ldusage" / "t.json").read_bytes() == description
    assert not [request for request in loader.simulator.requests if "/usage/" in request.path]


@pytest.mark.parametrize(
    ("first", "second"),
    [(None, "page-size"), ("page-size", None), (["page-size", "kill-switch"], "page-size"), (None, ["page-size", "x"])],
)
def test_one_flag_beside_all_flags_is_refused(loader: Loader, first: Any, second: Any) -> None:
    loader(**FLAG, feature_flag_key=first)
    files = loader.files()
    with pytest.raises(LakeError, match=r"slice_keys|filters"):
        loader(**FLAG, feature_flag_key=second)
    assert loader.files() == files


def test_every_flag_means_archived_ones_too(loader: Loader) -> None:
    loader(**FLAG)
    stored = {row["feature_flag_key"] for row in loader.rows()}
    assert {"old-banner", "page-size"} < stored


def test_a_listed_flag_that_is_gone_when_it_is_asked_for_does_not_stop_the_others(loader: Loader) -> None:
    loader.simulator.fail(404, body={"code": "not_found", "message": "gone"}, path="/page-size")
    loader(**FLAG)
    assert "page-size" not in {row["feature_flag_key"] for row in loader.rows()}
    with pytest.raises(NotFoundError):
        loader(**{**FLAG, "environment_key": "nowhere"}, table="u")


def test_slices_of_one_table_lie_side_by_side(loader: Loader) -> None:
    for flag in ("page-size", "kill-switch"):
        report = loader(**FLAG, feature_flag_key=flag)
        assert days(report, "written") == list(report.window.days())
    assert len(loader.files()) == 2 * len(report.window)


def test_another_accounts_token_is_refused(loader: Loader) -> None:
    loader(**CONNECTIONS)
    files = loader.files()
    with Simulator(now=NOW, account_id="another") as other, pytest.raises(LakeError, match=r"account is"):
        loader(simulator=other, **CONNECTIONS)
    assert loader.files() == files


# --- what has no history, what is not counted yet


def test_a_snapshot_is_stored_under_the_day_it_was_seen(loader: Loader) -> None:
    report = loader(metric="sdk_versions_details")
    assert report.window == Window(NOW.date(), NOW.date() + timedelta(days=1))
    assert set(loader.files()) == {"usage_date=2026-11-12/all.parquet"}


def test_a_snapshot_of_an_older_window_is_skipped_with_the_reason_and_without_a_request(loader: Loader) -> None:
    report = loader(Window(date(2026, 11, 10), date(2026, 11, 11)), metric="projects")
    assert "has no history" in str(report.skipped)
    assert report.to_xcom()["rows"] == 0
    assert not loader.lake.exists() and not loader.simulator.requests


def test_the_open_day_is_cut_off_unless_it_is_asked_for(loader: Loader) -> None:
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    assert "is over yet" in str(loader(today, **CONNECTIONS).skipped)
    report = loader(today, options=LoadOptions(lookback=0, include_open_day=True), **CONNECTIONS)
    assert days(report, "written") == [NOW.date()]


def test_days_that_data_export_has_not_counted_through_are_left_for_later(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_through_lag_hours=33)  # counted through 2026-11-11T00:00 or so
    report = loader(metric="data_export_events", options=LoadOptions(lookback=2))
    assert report.data_through is not None and report.data_through.startswith("2026-11-11T00")
    assert days(report, "written") == [date(2026, 11, 9), date(2026, 11, 10)]
    assert report.skipped is None
    loader.simulator.switches = Switches(data_through_lag_hours=200)
    assert "no day is complete" in str(loader(metric="data_export_events", table="u").skipped)


def test_the_open_day_has_no_file_as_long_as_nothing_of_it_is_counted(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_through_lag_hours=33)
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    report = loader(today, metric="data_export_events", options=LoadOptions(lookback=3, include_open_day=True))
    assert days(report, "written") == [date(2026, 11, 9), date(2026, 11, 10)]
    assert not days(report, "empty")


def test_a_list_that_is_answered_after_midnight_is_of_the_new_day(loader: Loader) -> None:
    almost = datetime(2026, 11, 12, 23, 59, 59, 500000, tzinfo=timezone.utc)
    loader.simulator.fail(None, delay=0.8, path="sdk-versions/details")
    report = loader(metric="sdk_versions_details", now=almost)
    assert report.window.start == date(2026, 11, 13)
    assert set(loader.files()) == {"usage_date=2026-11-13/all.parquet"}


def test_a_forecast_says_that_it_is_a_running_total(loader: Loader) -> None:
    loader(**CONNECTIONS)
    (file,) = (loader.lake / "t_projected").rglob("*.parquet")
    footer = pq.read_metadata(file).metadata
    assert footer[b"ldusage.additive_over_time"] == b"false"
    assert footer[b"ldusage.aggregation_type"] == b"cumulative"
    values = pq.read_table(file, columns=["value"]).column(0).to_pylist()
    assert values == sorted(values) and len(values) == 30


def test_a_forecast_is_kept_apart_by_the_day_it_was_seen(loader: Loader) -> None:
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    report = loader(today, options=LoadOptions(include_open_day=True), **CONNECTIONS)
    assert set(loader.files("t_projected")) == {"usage_date=2026-11-12/all.parquet"}
    assert len(loader.files()) == len(report.window)


def test_data_that_belongs_to_no_project_is_an_error_of_its_own(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_export_identity="incomplete")
    with pytest.raises(DataExportIdentityError):
        loader(metric="data_export_project_ranking")
    usage = [request for request in loader.simulator.requests if "/usage/" in request.path]
    assert len(usage) == 1, "retrying does not help"


def test_a_metric_outside_the_plan_says_so(loader: Loader) -> None:
    loader.simulator.switches = Switches(not_in_plan=frozenset({"vega-ai"}))
    with pytest.raises(ForbiddenError, match="plan"):
        loader(metric="vega_ai")
    assert not loader.lake.exists()


def test_an_unknown_flag_says_so(loader: Loader) -> None:
    with pytest.raises(NotFoundError):
        loader(**FLAG, feature_flag_key="no-such-flag")


# --- requests


def test_a_plan_of_too_many_requests_is_refused_before_the_first(loader: Loader) -> None:
    loader.simulator.switches = Switches(extra_flags=20)
    with pytest.raises(UsageArgumentError, match=r"27 flags x 1 ranges.*max_requests=25"):
        loader(options=LoadOptions(max_requests=25), **FLAG)
    assert not [request for request in loader.simulator.requests if "/usage/" in request.path]


def test_an_empty_answer_in_a_doubtful_unit_is_asked_for_once_in_the_other(loader: Loader) -> None:
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"vega-ai"}))
    loader(metric="vega_ai")
    asked = [request.values("from")[0] for request in loader.simulator.requests if "vega-ai" in request.path]
    assert [len(value) for value in asked] == [10, 13]


def test_a_unit_that_the_connection_states_is_not_doubted(loader: Loader) -> None:
    loader.simulator.switches = Switches(seconds_documented="milliseconds")
    loader(metric="vega_ai", extra={"time_units": {"vega_ai": "ms"}})
    asked = [request.values("from")[0] for request in loader.simulator.requests if "vega-ai" in request.path]
    assert [len(value) for value in asked] == [13]


@pytest.mark.parametrize("table", ["../up", "_ldusage", "a/b", "", ".hidden", "x" * 300, "käse"])
def test_a_table_name_that_is_none_is_refused_before_the_first_request(loader: Loader, table: str) -> None:
    if table == "":
        assert loader(table=table, metric="vega_ai").table == "vega_ai_incremental_daily"
        return
    with pytest.raises(UsageArgumentError, match="table="):
        loader(table=table, metric="vega_ai")
    assert not loader.simulator.requests


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_empty": "delete"}, {"max_requests": 0}, {"max_requests": True}, {"compression": "lz4"},
        {"compression": "ZSTD"}, {"compression": ""}, {"compression": ["snappy"]}, {"compression": 1},
    ],
)  # fmt: skip
def test_options_that_are_wrong_name_what_is_allowed(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageArgumentError, match=next(iter(wrong))):
        LoadOptions(**wrong)


def test_options_cannot_change_on_the_way() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LoadOptions().on_empty = "write"  # type: ignore[misc]
