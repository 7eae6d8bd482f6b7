"""Which days a load is about, in how many requests, and which options it takes."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.exceptions import (
    UsageArgumentError,
)
from airflow_provider_ldusage.testing import Switches
from tests.loading import NOW, Loader

CONNECTIONS = {"metric": "service_connections", "group_by": ["projectId", "sdkName"]}
FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


def days(report: Report, kind: str) -> list[date]:
    return report.commit.lists()[kind]


def test_a_year_is_one_usage_request(loader: Loader) -> None:
    loader.load(Window(date(2025, 6, 1), date(2026, 6, 1)), metric="vega_ai")
    usage = [request for request in loader.simulator.requests if "/usage/" in request.path]
    assert len(usage) == 1


def test_a_snapshot_of_an_older_window_is_skipped_with_the_reason(loader: Loader) -> None:
    report = loader.load(Window(date(2026, 11, 10), date(2026, 11, 11)), metric="projects")
    assert "has no history" in str(report.skipped)
    assert report.to_xcom()["rows"] == 0
    assert not loader.lake.exists() and not loader.simulator.requests


def test_the_open_day_is_cut_off_unless_it_is_asked_for(loader: Loader) -> None:
    today = Window(NOW.date(), NOW.date() + timedelta(days=1))
    assert "is over yet" in str(loader.load(today, **CONNECTIONS).skipped)
    report = loader.load(today, options=LoadOptions(lookback=0, include_open_day=True), **CONNECTIONS)
    assert days(report, "written") == [NOW.date()]


def test_a_plan_of_too_many_requests_is_refused_before_the_first(loader: Loader) -> None:
    loader.simulator.switches = Switches(extra_flags=20)
    with pytest.raises(UsageArgumentError, match=r"27 flags x 1 range\).*max_requests=25"):
        loader.load(options=LoadOptions(max_requests=25), **FLAG)
    assert not [request for request in loader.simulator.requests if "/usage/" in request.path]


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
