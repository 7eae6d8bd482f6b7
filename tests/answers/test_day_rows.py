"""The rows of a day: no point twice, and figures finer than asked are summed where a sum means something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_provider_ldusage.answers.day_rows import DayRows
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS, HOUR_MS
from airflow_provider_ldusage.exceptions import AnswerError
from tests.answers.decoding import BY_PROJECT, MONTH, T0, at, body, decode, decoder, refusal


def test_the_same_point_twice_is_refused() -> None:
    twice = "holds the same point twice"
    assert twice in refusal(body([{}], [{"time": T0, "0": 1}, {"time": T0, "0": 1}]))
    same_labels = [{"projectId": "a"}, {"projectId": "a"}]
    message = refusal(body(same_labels, [{"time": T0, "0": 1, "1": 2}]), **BY_PROJECT)
    assert twice in message
    assert "'project_id': 'a'" in message
    assert str(T0) in message
    apart = [{"time": T0, "0": 1}, {"time": T0 + DAY_MS, "1": 2}]
    assert [row["value"] for row in decode(body(same_labels, apart), **BY_PROJECT)] == [1, 2]


def test_the_same_point_in_two_answers_is_refused() -> None:
    found = decoder()
    for _ in range(2):
        found.add(Scratch.of(body([{}], [{"time": T0, "0": 1}])), ask=MONTH, keep=MONTH)
    with pytest.raises(AnswerError, match="the same point twice"):
        list(found.days())


def hourly(values: Mapping[int, int], day: int = 0) -> list[dict[str, int]]:
    return [{"time": T0 + day * DAY_MS + hour * HOUR_MS, "0": value} for hour, value in values.items()]


def test_an_answer_finer_than_asked_is_summed_where_sums_have_a_meaning() -> None:
    series = hourly({0: 1, 5: 2, 23: 4}) + hourly({1: 8}, day=1)
    rows = decode(body([{"projectId": "a"}], series), **BY_PROJECT)
    assert [(row["time"], row["value"]) for row in rows] == [(at(T0), 7), (at(T0 + DAY_MS), 8)]
    fractions = [{"time": T0, "0": 0.5}, {"time": T0 + HOUR_MS, "0": 0.25}]
    assert decode(body([{}], fractions), metric="service_connections")[0]["value"] == 0.75


def test_sums_are_of_each_series_alone() -> None:
    series = [{"time": T0 + hour * HOUR_MS, "0": 1, "1": 10} for hour in range(3)] + [{"time": T0 + 60_000, "1": 5}]
    rows = decode(body([{"projectId": "b"}, {"projectId": "a"}], series), **BY_PROJECT)
    assert [(row["project_id"], row["value"]) for row in rows] == [("a", 35), ("b", 3)]


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "streams", "source": "client"},
        {"metric": "clientside_mau", "aggregation_type": "incremental"},
        {"metric": "ai_runs", "aggregation_type": "month_to_date"},
        {"metric": "observability_logs", "aggregation_type": "rolling_30d"},
    ],
)
def test_an_answer_finer_than_asked_is_refused_where_a_sum_means_nothing(query: dict[str, Any]) -> None:
    message = refusal(body([{}], hourly({0: 1, 5: 2})), **query)
    assert "cannot be summed over time" in message
    assert str(T0 + 5 * HOUR_MS) in message


def test_hours_that_were_asked_for_stay_and_minutes_are_summed_to_them() -> None:
    asked = {"metric": "ai_runs", "granularity": "hourly"}
    rows = decode(body([{}], hourly({0: 1, 5: 2})), **asked)
    assert [(row["time"], row["value"]) for row in rows] == [(at(T0), 1), (at(T0 + 5 * HOUR_MS), 2)]
    minutes = [{"time": T0 + minute * 60_000, "0": 1} for minute in (0, 59, 60)]
    assert [row["value"] for row in decode(body([{}], minutes), **asked)] == [2, 1]


def test_a_sum_beyond_int64_is_refused_rather_than_wrapped_around() -> None:
    assert "too large" in refusal(body([{}], hourly({0: 2**62, 1: 2**62})))


def test_days_that_cannot_be_summed_are_refused_before_one_is_made() -> None:
    found = decoder("total_mau")
    points = [{"time": T0 + hour * 3_600_000, "0": 1} for hour in range(3)]
    found.add(Scratch.of(body([{}], points)), ask=MONTH, keep=MONTH)
    with pytest.raises(AnswerError, match="cannot be summed"):
        list(found.days())


SPARSE = [{"time": T0, "0": 1, "1": 0}, {"time": T0 + DAY_MS, "1": 2}, {"time": T0 + 2 * DAY_MS, "0": 3, "2": 4}]
FINE = [{**point, "time": point["time"] + HOUR_MS * n} for point in SPARSE for n in (0, 1)]


@pytest.mark.parametrize(
    "series", [SPARSE, [{"time": T0, "0": 1, "1": 0, "2": 3}], FINE], ids=["sparse", "full", "finer"]
)
def test_what_is_known_of_a_day_is_known_without_its_rows(series: list[dict[str, int]]) -> None:
    found = decoder(**BY_PROJECT)
    found.add(Scratch.of(body([{"projectId": name} for name in "cab"], series)), ask=MONTH, keep=MONTH)
    for _, day in found.days():
        known = (day.present, len(day), day.usage)
        rows = day.whole()
        assert known == (rows.present, len(rows), rows.usage) == (day.present, len(day), day.usage)
        assert day.schema == rows.schema
        assert day.labels is rows.labels


def test_asking_which_series_there_are_makes_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    found = decoder(**BY_PROJECT)
    found.add(Scratch.of(body([{"projectId": name} for name in "cab"], SPARSE)), ask=MONTH, keep=MONTH)
    days = [day for _, day in found.days()]
    monkeypatch.setattr(DayRows, "whole", lambda _: pytest.fail("a day is made once"))
    assert [day.present for day in days] == [0b101, 0b001, 0b110]
