"""The ranges that are asked for are such that every answer comes as it was meant, and each day is stored once."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.chunks import Chunk, plan_chunks
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.metrics import METRICS, History
from airflow_provider_ldusage.query import UsageQuery

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=timezone.utc)
TODAY = NOW.date()
DAY = timedelta(days=1)
PATHS: dict[str, dict[str, Any]] = {
    "events": {"event_type": "received"},
    "streams": {"source": "client"},
    "streams_by_sdk_version": {"source": "server"},
    "evaluations": {"project_key": "p", "environment_key": "e", "feature_flag_key": "f"},
}


def queries(**which: Any) -> list[UsageQuery]:
    """Every metric with a range, in each of its aggregations, whose entry has these values."""
    return [
        UsageQuery.build(name, aggregation_type=aggregation, **PATHS.get(name, {}))
        for name, metric in METRICS.items()
        if metric.history is not History.SNAPSHOT and all(getattr(metric, k) == v for k, v in which.items())
        for aggregation in metric.aggregations or (None,)
    ]


SERIES = queries(history=History.SERIES)
AUTOMATIC = queries(automatic_granularity=True)
CUMULATIVE = [query for query in SERIES if query.cumulative]
OTHERS = [query for query in SERIES if not query.cumulative and not query.metric.automatic_granularity]
DAILY_LISTS = queries(history=History.DAILY_LIST)
NAMES = {"ids": lambda query: query.default_table}


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, datetime]:
    """A window of up to three years that ends today, tonight, or some time ago; and the present."""
    now = draw(st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(timezone.utc)))
    end = now.date() + DAY - timedelta(days=draw(st.integers(0, 6) | st.integers(0, 800)))
    return Window(end - timedelta(days=draw(st.integers(1, 5) | st.integers(1, 1100))), end), now


def last(days: int, before: int = 0) -> Window:
    """So many days, the last of them yesterday or ``before`` days earlier."""
    end = TODAY - timedelta(days=before)
    return Window(end - timedelta(days=days), end)


@settings(deadline=None)
@given(st.sampled_from(SERIES + DAILY_LISTS), windows())
def test_what_is_kept_tiles_the_window(query: UsageQuery, when: tuple[Window, datetime]) -> None:
    window, now = when
    plan = plan_chunks(query, window, now)
    assert [day for chunk in plan for day in chunk.keep.days()] == list(window.days())
    assert all(before.keep.end == after.keep.start for before, after in pairwise(plan))


@settings(deadline=None)
@given(st.sampled_from(SERIES + DAILY_LISTS), windows())
def test_no_request_is_too_long_for_the_api_or_shorter_than_what_is_kept(
    query: UsageQuery, when: tuple[Window, datetime]
) -> None:
    window, now = when
    for chunk in plan_chunks(query, window, now):
        assert len(chunk.ask) <= 365
        assert chunk.ask.start <= chunk.keep.start < chunk.keep.end == chunk.ask.end


@settings(deadline=None)
@given(st.sampled_from(CUMULATIVE), windows())
def test_month_to_date_is_asked_for_from_a_months_first_day(query: UsageQuery, when: tuple[Window, datetime]) -> None:
    window, now = when
    plan = plan_chunks(query, window, now)
    for chunk in plan:
        assert chunk.ask.start == chunk.keep.start.replace(day=1)
    assert len(plan) <= len(window) // 330 + 1


@settings(deadline=None)
@given(st.sampled_from(AUTOMATIC), windows())
def test_metrics_that_choose_their_granularity_get_ranges_that_mean_days(
    query: UsageQuery, when: tuple[Window, datetime]
) -> None:
    """By the range's length (evaluations: two days and more) or by its age (streams, events: before the last two)."""
    window, now = when
    for chunk in plan_chunks(query, window, now):
        assert len(chunk.ask) >= 2
        assert chunk.ask.start <= now.date() - timedelta(days=3)
        start = datetime.combine(chunk.ask.start, datetime.min.time(), timezone.utc)
        end = min(datetime.combine(chunk.ask.end, datetime.min.time(), timezone.utc), now)
        assert end - start >= timedelta(days=2), "the open day ends now"


@settings(deadline=None)
@given(st.sampled_from(OTHERS), windows())
def test_other_metrics_are_asked_for_just_the_window(query: UsageQuery, when: tuple[Window, datetime]) -> None:
    window, now = when
    plan = plan_chunks(query, window, now)
    assert all(chunk.ask == chunk.keep for chunk in plan)
    assert len(plan) == -(-len(window) // 365)


@pytest.mark.parametrize("query", DAILY_LISTS, **NAMES)
def test_lists_over_a_range_are_asked_for_one_day_at_a_time(query: UsageQuery) -> None:
    plan = plan_chunks(query, last(40), NOW)
    assert [chunk.keep for chunk in plan] == [Window(day, day + DAY) for day in last(40).days()]
    assert all(chunk.ask == chunk.keep for chunk in plan)


@pytest.mark.parametrize("query", SERIES, **NAMES)
def test_yesterday_is_one_request(query: UsageQuery) -> None:
    (chunk,) = plan_chunks(query, last(1), NOW)
    assert chunk.keep == last(1)


@pytest.mark.parametrize("query", CUMULATIVE, **NAMES)
def test_a_window_across_a_year_end_begins_with_its_first_month(query: UsageQuery) -> None:
    window = Window(date(2025, 12, 31), date(2026, 1, 2))
    assert plan_chunks(query, window, NOW) == [Chunk(Window(date(2025, 12, 1), date(2026, 1, 2)), window)]


@pytest.mark.parametrize("query", CUMULATIVE, **NAMES)
def test_long_windows_of_month_to_date_are_cut_between_months(query: UsageQuery) -> None:
    window = Window(date(2024, 2, 10), date(2026, 5, 20))
    plan = plan_chunks(query, window, NOW)
    assert [chunk.ask.start for chunk in plan] == [date(2024, 2, 1), date(2025, 1, 1), date(2026, 1, 1)]


@pytest.mark.parametrize("query", AUTOMATIC, **NAMES)
@pytest.mark.parametrize(
    ("window", "ask"),
    [
        (last(1), Window(TODAY - 3 * DAY, TODAY)),
        (Window(TODAY, TODAY + DAY), Window(TODAY - 3 * DAY, TODAY + DAY)),
        (last(1, before=1), Window(TODAY - 3 * DAY, TODAY - DAY)),
        (last(1, before=3), Window(TODAY - 5 * DAY, TODAY - 3 * DAY)),
        (last(1, before=100), Window(TODAY - 102 * DAY, TODAY - 100 * DAY)),
        (last(30), last(30)),
    ],
)
def test_a_day_is_asked_for_with_as_many_days_before_it_as_it_takes(
    query: UsageQuery, window: Window, ask: Window
) -> None:
    assert plan_chunks(query, window, NOW) == [Chunk(ask, window)]


def test_every_kind_of_metric_is_covered() -> None:
    assert {query.metric.name for query in AUTOMATIC} == set(PATHS)
    assert {query.metric.name for query in DAILY_LISTS} == {"mau_sdks", "data_export_project_ranking"}
    assert len(CUMULATIVE) == 18
    assert OTHERS
