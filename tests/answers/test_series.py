"""A usage answer is read as a whole: its points become rows, and what it says beside them is kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.answers.series import SeriesAnswer
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS, Window
from airflow_provider_ldusage.exceptions import AnswerError
from tests.answers.decoding import BY_PROJECT, DAY, FLAG, MONTH, T0, at, body, decode, decoder, refusal


def test_wide_points_become_one_row_a_figure() -> None:
    metadata = [{"projectId": "b"}, {"projectId": "a"}]
    series = [{"time": T0, "0": 1, "1": 2}, {"time": T0 + DAY_MS, "0": 3}]
    assert decode(body(metadata, series), **BY_PROJECT) == [
        {"time": at(T0), "value": 2, "project_id": "a"},
        {"time": at(T0), "value": 1, "project_id": "b"},
        {"time": at(T0 + DAY_MS), "value": 3, "project_id": "b"},
    ]


def test_a_missing_point_is_no_row_and_a_zero_is_one() -> None:
    assert [row["value"] for row in decode(body([{}, {"x": 1}], [{"time": T0, "1": 0}]))] == [0]


@pytest.mark.parametrize("nothing", [[], None])
def test_an_answer_without_usage_is_no_rows(nothing: Any) -> None:
    assert decode(body(nothing, nothing), **BY_PROJECT) == []
    found = decoder(**BY_PROJECT)
    assert found.add(Scratch.of(body([], [])), ask=MONTH, keep=MONTH) == SeriesAnswer(0, None, False)
    assert found.projection() is None


def test_a_point_without_figures_makes_no_day() -> None:
    found = decoder()
    assert found.add(Scratch.of(body([{}], [{"time": T0}])), ask=MONTH, keep=MONTH).points == 0
    assert list(found.days()) == []


def test_only_points_of_the_days_to_keep_are_kept_and_both_ends_are_exact() -> None:
    keep = Window(DAY + timedelta(days=1), DAY + timedelta(days=3))
    series = [{"time": T0 + n * DAY_MS, "0": 10 + n} for n in range(-2, 33)]
    assert [row["value"] for row in decode(body([{}], series), keep=keep)] == [11, 12]


def test_each_answer_of_every_flag_is_its_own_flags() -> None:
    found = decoder(**FLAG)
    for n, flag in enumerate(("b", "a")):
        answer = body([{"key": True}], [{"time": T0, "0": n}])
        found.add(Scratch.of(answer), ask=MONTH, keep=MONTH, fixed={"feature_flag_key": flag})
    ((day, rows),) = found.days()
    assert day == DAY
    assert [(row["feature_flag_key"], row["value"]) for row in rows.whole().table().to_pylist()] == [("a", 1), ("b", 0)]


def test_a_forecast_is_kept_apart() -> None:
    found = decoder("service_connections", group_by=["sdkName"])
    answer = body(
        [{"sdkName": "Go"}, {"sdkName": "Java"}], [{"time": T0, "0": 1.5}],
        projectedSeries=[{"time": T0, "0": 9.5}, {"time": T0 + 40 * DAY_MS, "0": 11.0}],
    )  # fmt: skip
    assert found.add(Scratch.of(answer), ask=MONTH, keep=MONTH).points == 1
    ((_, actual),) = found.days()
    assert actual.whole().table().column("value").to_pylist() == [1.5]
    forecast = found.projection()
    assert forecast is not None
    assert forecast.whole().table().column("value").to_pylist() == [9.5, 11.0]
    assert forecast.whole().table().column("sdk_name").to_pylist() == [None, None], (
        "it is the account's, not the first SDK's"
    )


def test_the_last_answers_forecast_replaces_earlier_ones() -> None:
    found = decoder("service_connections")
    for value in (1.0, 2.0):
        answer = body([{}], [], projectedSeries=[{"time": T0, "0": value}])
        found.add(Scratch.of(answer), ask=MONTH, keep=MONTH)
    found.add(Scratch.of(body([{}], [], projectedSeries=[])), ask=MONTH, keep=MONTH)
    forecast = found.projection()
    assert forecast is not None
    assert forecast.whole().table().column("value").to_pylist() == [2.0]


@pytest.mark.parametrize("point", [{"time": T0 // 1000, "0": 1}, {"time": T0, "0": -1}, {"time": T0, "7": 1}, {"0": 1}])
def test_a_forecast_is_checked_as_the_actuals_are(point: dict[str, int]) -> None:
    refusal(body([{}], [], projectedSeries=[point]), metric="service_connections")


def test_freshness_is_reported() -> None:
    answer = body([], [], dataThrough="2026-07-02T03:00:00Z", delayed=True)
    assert decoder("warehouse_export").add(Scratch.of(answer), ask=MONTH, keep=MONTH) == SeriesAnswer(
        0, "2026-07-02T03:00:00Z", True
    )
    empty = body([], [], dataThrough=None, delayed=None)
    assert decoder("warehouse_export").add(Scratch.of(empty), ask=MONTH, keep=MONTH) == SeriesAnswer(0, None, False)


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("{}", "no 'time'"),
        ('{"time":1}', r"more than [\d,]+ points"),
        (f'{{"time":{T0}}}', r"more than [\d,]+ points"),
        (f'{{"time":{T0},"0":1}}', r"more than [\d,]+ points"),
    ],
)
def test_a_flood_of_points_is_refused_before_it_fills_the_memory(point: str, told: str) -> None:
    flood = ",".join([point] * 200_000).encode()
    answer = Scratch.of(b'{"metadata":[{"projectId":"a"}],"series":[%b]}' % flood)
    with answer, pytest.raises(AnswerError, match=told):
        decoder(group_by=["projectId"]).add(answer, ask=MONTH, keep=MONTH)


def test_series_are_counted_where_they_have_figures_in_the_days_to_keep() -> None:
    found = decoder(group_by=["projectId"])
    later = Window(DAY + timedelta(days=1), MONTH.end)
    first = [{"time": T0, "0": 1, "1": 1, "2": 1}, {"time": T0 + DAY_MS, "0": 1}]
    found.add(Scratch.of(body([{"projectId": name} for name in "abc"], first)), ask=MONTH, keep=later)
    assert found.series == 1
    second = [{"time": T0 + DAY_MS, "0": 1.0}, {"time": T0 + 2 * DAY_MS, "1": 1.0}]
    found.add(Scratch.of(body([{"projectId": name} for name in "da"], second)), ask=MONTH, keep=later)
    assert found.series == 2
