"""The table of endpoints is that of the documentation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing.asking import START, refused, unit_range

YEAR = [path for path, one in ENDPOINTS.items() if one.max_days]


def test_there_are_28_endpoints() -> None:
    assert len(ENDPOINTS) == 28


def test_the_year_limit_is_the_documented_one(api: Any) -> None:
    assert len(YEAR) == 11
    assert api.get("mau", since=START - timedelta(days=400), to=START).status_code == 200


def test_documented_combinations_are_accepted(api: Any) -> None:
    """The rules above again, for one endpoint of each kind, without looking at the table."""
    day = {"since": START, "to": START + timedelta(days=1)}
    seconds = unit_range("vega-ai", START, START + timedelta(days=1))
    for path, span, aggregation, allowed in (
        ("clientside-mau", day, "month_to_date", {"daily", "monthly"}),
        ("clientside-mau", day, "rolling_30d", {"daily"}),
        ("service-connections", day, "incremental", {"daily", "hourly"}),
        ("service-connections", day, "month_to_date", {"daily", "hourly", "monthly"}),
        ("service-connections", day, "rolling_30d", set()),
        ("observability/metrics", seconds, "average", {"daily", "hourly", "monthly"}),
        ("observability/metrics", seconds, "incremental", set()),
        ("vega-ai", seconds, "incremental", {"daily"}),
    ):
        for granularity in ("minutely", "hourly", "daily", "monthly"):
            response = api.get(path, **span, aggregationType=aggregation, granularity=granularity)
            assert (response.status_code == 200) == (granularity in allowed), (path, aggregation, granularity)
    assert api.get("mau", aggregationType="daily_incremental").status_code == 200
    refused(api.get("mau", aggregationType="incremental"))
    refused(api.get("mau", granularity="daily"))
    refused(api.get("streams/server", aggregationType="incremental"))


def test_defaults_are_the_documented_ones(api: Any) -> None:
    now = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)
    month = int(START.timestamp() * 1000)
    day = 86_400_000
    assert min(api.one("clientside-mau")) == month
    assert api.one("clientside-mau") == api.one(
        "clientside-mau", since=START, to=now, aggregationType="month_to_date", granularity="daily"
    )
    assert min(api.one("vega-ai")) == month
    assert api.one("mau") == api.one("mau", since=now - timedelta(days=30), to=now, aggregationType="rolling_30d")
    assert len(api.one("streams/client")) == 31
    hours = api.one("events/published")
    assert min(hours) >= int(now.timestamp() * 1000) - day - 3_600_000
    assert len(hours) == 25
    assert len(api.one("mau")) == 31


@pytest.mark.parametrize(
    "path",
    [
        "evaluations/nowhere/production/banner_text",
        "evaluations/retired/production/banner_text",
        "evaluations/default/nowhere/banner_text",
        "evaluations/mobile-app/legacy/banner_text",
        "evaluations/default/production/no-flag",
        "streams/browser",
        "streams/mobile/bysdkversion",
        "streams/Client/sdkversions",
        "events/sent",
        "nothing",
        "streams",
        "mau/",
    ],
)
def test_unknown_paths_are_not_found(api: Any, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
