"""Points that begin where no UTC day does: hours, which are summed, or another time zone's days, which are refused."""

from __future__ import annotations

import json
from datetime import date

import pytest

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.query import UsageQuery

HOUR = 3_600_000
WINDOW = Window(date(2026, 3, 1), date(2026, 3, 15))


def decoded(hours: list[int], **arguments: str) -> dict[str, list[int]]:
    """Values by day of an answer with the value 1 so many hours after the window's start."""
    query = UsageQuery.build(**arguments)
    decoder = SeriesDecoder(query, query.schema)
    points = [{"time": WINDOW.start_ms + hour * HOUR, "0": 1} for hour in hours]
    decoder.add(Scratch.of(json.dumps({"metadata": [{}], "series": points}).encode()), ask=WINDOW, keep=WINDOW)
    return {str(day): rows.whole().table().column("value").to_pylist() for day, rows in decoder.days()}


AI_RUNS = {"metric": "ai_runs"}
EVENTS = {"metric": "events", "event_type": "received"}


def test_hours_are_summed_to_days() -> None:
    assert decoded([0, 1, 5, 24, 47], **AI_RUNS) == {"2026-03-01": [3], "2026-03-02": [2]}


def test_sparse_hours_of_an_endpoint_that_chooses_its_granularity_are_summed() -> None:
    assert decoded([14], **EVENTS) == {"2026-03-01": [1]}
    assert decoded([14, 48], **EVENTS) == {"2026-03-01": [1], "2026-03-03": [1]}


@pytest.mark.parametrize("arguments", [AI_RUNS, EVENTS], ids=["ai_runs", "events"])
def test_days_of_new_york_are_refused_also_across_the_change_to_summer_time(arguments: dict[str, str]) -> None:
    new_york = [5 + 24 * day for day in range(7)] + [4 + 24 * day for day in range(8, 13)]
    with pytest.raises(AnswerError, match="another time zone"):
        decoded(new_york, **arguments)


def test_one_day_of_another_time_zone_is_refused_where_days_were_asked_for() -> None:
    with pytest.raises(AnswerError, match="another time zone"):
        decoded([5], **AI_RUNS)


def test_hours_of_a_figure_that_does_not_add_up_are_refused() -> None:
    with pytest.raises(AnswerError, match="cannot be summed"):
        decoded([0, 1, 5, 20], metric="clientside_mau", aggregation_type="incremental")
