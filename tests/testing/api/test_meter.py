"""Cumulative, rolling and averaged values."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing.asking import OCTOBER, flip, ms, utc
from tests.testing.model_rows import ADDITIVE, ask, quick, totals

SPARSE: dict[str, Any] = {**OCTOBER, "groupBy": ["environmentId", "sdkName", "sdkVersion"]}
SPARSE_DAYS = {**SPARSE, "aggregationType": "incremental"}


@pytest.mark.parametrize("name", [one for one in ADDITIVE if "incremental" in ENDPOINTS[one].aggregations])
@given(month=st.integers(1, 10), day=st.integers(1, 28))
@quick
def test_month_to_date_is_the_sum_since_the_month_began(model: Simulator, name: str, month: int, day: int) -> None:
    start, end = date(2026, month, 1), date(2026, month, day) + timedelta(days=1)
    incremental = totals(ask(model, name, start, end, aggregation_type="incremental"))
    cumulative = totals(ask(model, name, start, end, aggregation_type="month_to_date"))
    for time, value in cumulative.items():
        assert value == sum(part for when, part in incremental.items() if when <= time)
    last = ask(model, name, end - timedelta(days=1), end, aggregation_type="month_to_date")
    assert totals(last) == {time: value for time, value in cumulative.items() if time == max(cumulative)}


def test_rolling_30_days_spans_months(model: Simulator) -> None:
    for name in ("total-mau", "vega-ai"):
        end = date(2026, 10, 31)  # The thirty days before are 1 to 30 October.
        rolling = totals(ask(model, name, end - timedelta(days=1), end, aggregation_type="rolling_30d"))
        cumulative = totals(ask(model, name, end - timedelta(days=1), end, aggregation_type="month_to_date"))
        assert rolling == cumulative
        early = totals(ask(model, name, date(2026, 10, 2), date(2026, 10, 3), aggregation_type="rolling_30d"))
        begun = totals(ask(model, name, date(2026, 10, 2), date(2026, 10, 3), aggregation_type="month_to_date"))
        assert all(early[time] > begun[time] for time in begun)


def test_month_to_date_from(sim: Simulator, api: Any) -> None:
    middle = {"since": utc(2026, 10, 10), "to": utc(2026, 11, 3)}
    whole = api.one("ai-runs", since=utc(2026, 10, 1), to=utc(2026, 11, 3))
    assert api.one("ai-runs", **middle) == {time: value for time, value in whole.items() if time >= ms(2026, 10, 10)}
    flip(sim, month_to_date_from="requested_from")
    restarted = api.one("ai-runs", **middle)
    assert restarted[ms(2026, 10, 10)] == api.one("ai-runs", **middle, aggregationType="incremental")[ms(2026, 10, 10)]
    assert restarted[ms(2026, 10, 31)] < whole[ms(2026, 10, 31)]
    assert restarted[ms(2026, 11, 2)] == whole[ms(2026, 11, 2)]
    monthly = api.one("ai-runs", **middle, granularity="monthly")
    assert monthly[ms(2026, 10, 1)] == restarted[ms(2026, 10, 31)]
    assert api.one("ai-runs", since=utc(2026, 10, 1), to=utc(2026, 11, 3)) == whole


def test_month_to_date_gaps(sim: Simulator, api: Any) -> None:
    days = api.points("service-connections", **SPARSE_DAYS)
    carried = api.points("service-connections", **SPARSE)
    flip(sim, month_to_date_gaps="absent")
    absent = api.points("service-connections", **SPARSE)
    assert {key: set(one) for key, one in absent.items()} == {key: set(one) for key, one in days.items()}
    assert sum(map(len, carried.values())) > sum(map(len, absent.values()))
    assert all(one.items() <= carried[key].items() for key, one in absent.items())


def test_incremental_uniques(sim: Simulator, api: Any) -> None:
    span: dict[str, Any] = {**OCTOBER, "aggregationType": "incremental"}
    of_day, cumulative = api.one("total-mau", **span), api.one("total-mau", **OCTOBER)
    flip(sim, incremental_uniques="new_in_month")
    new = api.one("total-mau", **span)
    assert sum(new.values()) == cumulative[ms(2026, 10, 10)]
    assert sum(of_day.values()) > sum(new.values())
    later = api.one("total-mau", since=utc(2026, 10, 5), to=utc(2026, 10, 11), aggregationType="incremental")
    assert later.items() <= new.items()


def test_observability_average(sim: Simulator, api: Any) -> None:
    span = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 3) // 1000, "aggregationType": "average"}
    hour = api.one("observability/metrics", **span)
    hourly = api.one("observability/metrics", **span, granularity="hourly")
    assert abs(hour[ms(2026, 10, 1)] - sum(v for t, v in hourly.items() if t < ms(2026, 10, 2)) / 24) <= 0.5
    flip(sim, observability_average="per_minute")
    assert abs(api.one("observability/metrics", **span)[ms(2026, 10, 1)] - hour[ms(2026, 10, 1)] / 60) <= 1
