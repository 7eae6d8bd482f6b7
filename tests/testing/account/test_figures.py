"""The figures are consistent: they add up, or are unions, and grow only while data arrive."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing.asking import NOW, flip, utc
from tests.testing.model_rows import ADDITIVE, SERIES, UNIQUE, ask, quick, table, totals

days = st.dates(date(2024, 2, 1), date(2026, 11, 25))
spans = st.integers(1, 9)


@pytest.mark.parametrize("name", [one for one in ADDITIVE if ENDPOINTS[one].groups])
@given(start=days, span=spans, data=st.data())
@quick
def test_groups_add_up_to_the_total(model: Simulator, name: str, start: date, span: int, data: st.DataObject) -> None:
    names = sorted(ENDPOINTS[name].groups)
    groups = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=4))
    aggregation = data.draw(st.sampled_from(sorted(ENDPOINTS[name].aggregations)))
    end = start + timedelta(days=span)
    # Asking data export for projects needs them named, and then leaves other projects out.
    filters = (
        {"projectKey": ["default", "mobile-app"]} if "projectId" in groups and name == "data-export-events" else {}
    )
    grouped = ask(model, name, start, end, group_by=groups, filters=filters, aggregation_type=aggregation)
    if filters:
        whole = ask(model, name, start, end, filters=filters, aggregation_type=aggregation, group_by=["projectId"])
    else:
        whole = ask(model, name, start, end, aggregation_type=aggregation)
    assert totals(grouped) == totals(whole)


@pytest.mark.parametrize(
    "name", [one for one in ADDITIVE if "incremental" in ENDPOINTS[one].aggregations or ENDPOINTS[one].automatic]
)
@given(start=days, span=spans)
@quick
def test_hours_add_up_to_days(model: Simulator, name: str, start: date, span: int) -> None:
    endpoint = ENDPOINTS[name]
    if not endpoint.automatic and "hourly" not in endpoint.aggregations["incremental"]:
        return
    end = start + timedelta(days=span)
    kind = {} if endpoint.automatic else {"aggregation_type": "incremental"}
    daily = totals(ask(model, name, start, end, granularity="daily", **kind))
    hourly = totals(ask(model, name, start, end, granularity="hourly", **kind))
    added: dict[int, float] = {}
    for time, value in hourly.items():
        added[time // 86_400_000 * 86_400_000] = added.get(time // 86_400_000 * 86_400_000, 0) + value
    assert added == daily


@pytest.mark.parametrize("name", [one for one in UNIQUE if "month_to_date" in ENDPOINTS[one].aggregations])
@given(month=st.integers(1, 10), data=st.data())
@quick
def test_unique_keys_are_unions(model: Simulator, name: str, month: int, data: st.DataObject) -> None:
    groups = data.draw(
        st.lists(st.sampled_from(sorted(ENDPOINTS[name].groups)), unique=True, max_size=3).filter(
            lambda chosen: "contextKind" not in chosen
        )
    )
    start = date(2026, month, 1)
    end = date(2026, month + 1, 1)
    increment = "daily_incremental" if name == "mau" else "incremental"
    by_day = table(ask(model, name, start, end, group_by=groups, aggregation_type=increment))
    by_month = table(ask(model, name, start, end, group_by=groups, aggregation_type="month_to_date"))
    newest: dict[Any, float] = {}
    for (time, group), value in sorted(by_month.items()):
        assert value >= newest.get(group, 0), "month to date never falls inside a month"
        assert by_day.get((time, group), 0) <= value
        assert value <= newest.get(group, 0) + by_day.get((time, group), 0)
        newest[group] = value
    ungrouped = totals(ask(model, name, start, end, aggregation_type="month_to_date"))
    grouped = totals(ask(model, name, start, end, group_by=groups, aggregation_type="month_to_date"))
    assert all(grouped[time] >= ungrouped[time] for time in ungrouped)


def test_groups_of_unique_keys_do_not_add_up(model: Simulator) -> None:
    for name, group in (("total-mau", "projectId"), ("experimentation-keys", "environmentId")):
        start, end = date(2026, 10, 1), date(2026, 11, 1)
        whole, grouped = (totals(ask(model, name, start, end, group_by=groups)) for groups in ([], [group]))
        if name == "total-mau":
            assert grouped[max(grouped)] > whole[max(whole)]
        else:  # Each experiment counts its keys apart, and runs in one environment here.
            assert grouped == whole


@pytest.mark.parametrize("name", SERIES)
def test_late_data_arrive_for_the_settling_days_only(name: str) -> None:
    day = date(2026, 10, 14)
    midnight = datetime(2026, 10, 15, tzinfo=timezone.utc)
    endpoint = ENDPOINTS[name]
    kind: dict[str, Any] = {}
    if endpoint.aggregations and endpoint.path != "mau/bycategory":
        names = list(endpoint.aggregations)
        kind = {"aggregation_type": next((one for one in names if "incremental" in one), names[0])}
    seen: list[dict[Any, float]] = []
    for hours in (0, 7, 24, 30, 48, 60, 72, 73, 1000):
        model = Simulator(now=midnight + timedelta(hours=hours), switches=Switches(data_through_lag_hours=0))
        seen.append(
            table(
                ask(model, name, day, day + timedelta(days=1), group_by=list(endpoint.groups)[:1], **kind)
                if name != "data-export-events"
                else ask(model, name, day, day + timedelta(days=1), **kind)
            )
        )
    for before, after in pairwise(seen):
        assert all(after.get(key, 0) >= value for key, value in before.items())
    assert sum(seen[0].values()) < sum(seen[-1].values())
    assert seen[-3] == seen[-2] == seen[-1]


@given(first=st.integers(0, 150), step=st.integers(1, 40))
@quick
def test_no_hour_ever_shrinks(first: int, step: int) -> None:
    begin = datetime(2026, 10, 14, tzinfo=timezone.utc)
    span = (date(2026, 10, 14), date(2026, 10, 16))
    for name in ("service-connections", "experimentation-keys"):
        kind: dict[str, Any] = {"aggregation_type": "incremental", "granularity": "hourly"}
        one, other = (
            table(ask(Simulator(now=begin + timedelta(hours=hours)), name, *span, **kind))
            for hours in (first, first + step)
        )
        assert all(other.get(key, 0) >= value for key, value in one.items())


def test_the_running_day_has_only_what_has_happened(model: Simulator) -> None:
    today = NOW.date()
    hours = ask(
        model,
        "service-connections",
        today,
        today + timedelta(days=1),
        granularity="hourly",
        aggregation_type="incremental",
    )
    assert max(row["time"] for row in hours) == int(NOW.replace(minute=0).timestamp() * 1000)
    assert ask(model, "service-connections", today + timedelta(days=1), today + timedelta(days=3)) == []


def test_there_is_no_usage_before_the_account(model: Simulator) -> None:
    for name in SERIES:
        assert ask(model, name, date(2023, 11, 1), date(2023, 12, 30)) == []


def test_weekends_are_quieter(model: Simulator) -> None:
    found = totals(ask(model, "total-mau", date(2026, 10, 5), date(2026, 10, 12), aggregation_type="incremental"))
    values = [found[time] for time in sorted(found)]
    assert max(values[5:]) < min(values[:5])


def test_settle_days(sim: Simulator, api: Any) -> None:
    yesterday: dict[str, Any] = {"since": utc(2026, 11, 19), "to": utc(2026, 11, 20), "aggregationType": "incremental"}
    figures = []
    for days in (0, 1, 3, 30):
        flip(sim, settle_days=days)
        figures.append(sum(api.one("ai-runs", **yesterday).values()))
    assert figures[0] > figures[1] > figures[2] > figures[3]
    sim.advance(timedelta(days=40))
    assert sum(api.one("ai-runs", **yesterday).values()) == figures[0]
