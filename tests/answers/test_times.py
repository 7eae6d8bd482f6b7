"""Times of another range, unit or time zone are refused; hours are summed to UTC days."""

from __future__ import annotations

import json
from datetime import date

import pytest

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS, HOUR_MS, Window
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery
from tests.answers.decoding import T0, refusal

WINDOW = Window(date(2026, 3, 1), date(2026, 3, 15))
AI_RUNS = {"metric": "ai_runs"}
EVENTS = {"metric": "events", "event_type": "received"}


@pytest.mark.parametrize("metric", ["ai_runs", "service_connections"])
@pytest.mark.parametrize("time", [T0 // 1000, T0 * 1000, 0, -1, 10**30, -(10**30), 10**300, T0 - 3 * DAY_MS])
def test_times_that_cannot_be_of_this_window_are_refused_as_a_wrong_unit(metric: str, time: int) -> None:
    message = refusal(f'{{"metadata":[{{}}],"series":[{{"time":{time},"0":1}}]}}'.encode(), metric=metric)
    assert "time_units" in message or "no number" in message


def summed_days(hours: list[int], **arguments: str) -> dict[str, list[int]]:
    """Values by day of an answer that has the value 1 at some hours after the window's start."""
    query = UsageQuery.build(**arguments)
    decoder = SeriesDecoder(query, query.schema)
    points = [{"time": WINDOW.start_ms + hour * HOUR_MS, "0": 1} for hour in hours]
    decoder.add(Scratch.of(json.dumps({"metadata": [{}], "series": points}).encode()), ask=WINDOW, keep=WINDOW)
    return {str(day): rows.whole().table().column("value").to_pylist() for day, rows in decoder.days()}


def test_hours_are_summed_to_days() -> None:
    assert summed_days([0, 1, 5, 24, 47], **AI_RUNS) == {"2026-03-01": [3], "2026-03-02": [2]}


def test_sparse_hours_where_the_api_chooses_the_granularity_are_summed() -> None:
    assert summed_days([14], **EVENTS) == {"2026-03-01": [1]}
    assert summed_days([14, 48], **EVENTS) == {"2026-03-01": [1], "2026-03-03": [1]}


@pytest.mark.parametrize("arguments", [AI_RUNS, EVENTS], ids=["ai_runs", "events"])
def test_days_of_new_york_are_refused_also_as_summer_time_begins(arguments: dict[str, str]) -> None:
    new_york = [5 + 24 * day for day in range(7)] + [4 + 24 * day for day in range(8, 13)]
    with pytest.raises(AnswerError, match="another time zone"):
        summed_days(new_york, **arguments)


def test_one_day_of_another_time_zone_is_refused_where_days_were_asked_for() -> None:
    with pytest.raises(AnswerError, match="another time zone"):
        summed_days([5], **AI_RUNS)


def test_hours_of_a_figure_that_does_not_add_up_are_refused() -> None:
    with pytest.raises(AnswerError, match="cannot be summed"):
        summed_days([0, 1, 5, 20], metric="clientside_mau", aggregation_type="incremental")
