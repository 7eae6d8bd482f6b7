"""What a load promises: nothing doubled, nothing mixed, nothing refused late."""

from __future__ import annotations

import gc
from datetime import date, timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.collector import RARE
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine import load as load_module
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import (
    LakeError,
    UsageArgumentError,
)
from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, YESTERDAY, Loader

CONNECTIONS = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


def days(report: Report, kind: str) -> list[date]:
    return report.commit.lists()[kind]


def test_loading_twice_leaves_the_same_files_and_touches_none(loader: Loader) -> None:
    first = loader.load(**CONNECTIONS)
    before = {path: path.stat().st_mtime_ns for path in (loader.lake / "t").rglob("*.parquet")}
    files = loader.files()
    again = loader.load(**CONNECTIONS)
    assert loader.files() == files
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert days(first, "written") == days(again, "unchanged") == list(first.window.days())
    assert first.rows == again.rows > 0


def test_days_that_are_restated_are_replaced_and_named_and_no_others(loader: Loader) -> None:
    loader.load(options=LoadOptions(lookback=8), **CONNECTIONS)
    files = loader.files()
    loader.simulator.advance(timedelta(hours=30))
    report = loader.load(
        Window(YESTERDAY.start - timedelta(days=8), YESTERDAY.end), options=LoadOptions(0), **CONNECTIONS
    )
    changed = {name for name, content in loader.files().items() if content != files[name]}
    assert changed == {f"usage_date={day}/all.parquet" for day in days(report, "restated")}
    assert days(report, "restated") and days(report, "unchanged")
    assert set(days(report, "restated")) | set(days(report, "unchanged")) == set(report.window.days())
    assert max(days(report, "unchanged")) < min(days(report, "restated")), "only days that had not settled change"


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
def test_another_variant_is_refused_before_anything_is_asked_for(
    loader: Loader, first: dict[str, Any], second: dict[str, Any], named: str
) -> None:
    loader.load(**{"metric": "service_connections", **first})
    files, description = loader.files(), (loader.lake / "_ldusage" / "t.json").read_bytes()
    loader.simulator.clear_requests()
    with pytest.raises(LakeError, match=f"{named} is .* there and .* here"):
        loader.load(**{"metric": "service_connections", **second})
    assert loader.files() == files
    assert (loader.lake / "_ldusage" / "t.json").read_bytes() == description
    assert not [request for request in loader.simulator.requests if "/usage/" in request.path]


@pytest.mark.parametrize(
    ("first", "second"),
    [(None, "page-size"), ("page-size", None), (["page-size", "kill-switch"], "page-size"), (None, ["page-size", "x"])],
)
def test_one_flag_beside_all_flags_is_refused(loader: Loader, first: Any, second: Any) -> None:
    loader.load(**FLAG, feature_flag_key=first)
    files = loader.files()
    with pytest.raises(LakeError, match=r"slice_keys|filters"):
        loader.load(**FLAG, feature_flag_key=second)
    assert loader.files() == files


@pytest.mark.parametrize("group_by", [[], ["projectId"]], ids=["total", "groups"])
def test_all_control_objects_are_checked_before_anything_is_asked(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, group_by: list[str]
) -> None:
    checked: set[str] = set()
    check = loader.store.check
    monkeypatch.setattr(
        loader.store, "check", lambda name, writes: checked.update([name, *writes]) or check(name, writes)
    )
    loader.load(metric="ai_runs", group_by=group_by)
    stored = {name for name in loader.store.sizes("_ldusage") if "/tmp/" not in name}
    assert stored <= checked and len(stored) == (2 if group_by else 3)


def test_slices_of_one_table_lie_side_by_side(loader: Loader) -> None:
    for flag in ("page-size", "kill-switch"):
        report = loader.load(**FLAG, feature_flag_key=flag)
        assert days(report, "written") == list(report.window.days())
    assert len(loader.files()) == 2 * len(report.window)


def test_another_accounts_token_is_refused(loader: Loader) -> None:
    loader.load(**CONNECTIONS)
    files = loader.files()
    with Simulator(now=NOW, account_id="another") as other, pytest.raises(LakeError, match=r"account is"):
        loader.load(simulator=other, **CONNECTIONS)
    assert loader.files() == files


@pytest.mark.parametrize("table", ["../up", "_ldusage", "a/b", "", ".hidden", "x" * 300, "käse"])
def test_a_table_name_that_is_none_is_refused_before_the_first_request(loader: Loader, table: str) -> None:
    if table == "":
        assert loader.load(table=table, metric="vega_ai").table == "vega_ai_incremental_daily"
        return
    with pytest.raises(UsageArgumentError, match="table="):
        loader.load(table=table, metric="vega_ai")
    assert not loader.simulator.requests


def test_within_a_load_and_no_longer_full_collections_are_rare(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    before, within = gc.get_threshold(), []
    monkeypatch.setattr(load_module, "log_report", lambda *_: within.append(gc.get_threshold()[2]))
    loader.load(**CONNECTIONS)
    with pytest.raises(LakeError):
        loader.load(**{**CONNECTIONS, "group_by": ["projectId"]})
    assert within == [RARE]
    assert gc.get_threshold() == before
