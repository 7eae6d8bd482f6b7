"""A request in the words of LaunchDarkly's API: its path, its parameters, and its times in the unit that it takes."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.chunks import Chunk
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.question import Question, time_unit
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.query import UsageQuery

NOW = datetime(2026, 11, 12, 9, 30, 15, 678_000, timezone.utc)
ASK = Window(date(2026, 11, 1), date(2026, 11, 9))
FLAG = {"project_key": "default", "environment_key": "production"}


def question(metric: str = "ai_runs", ask: Window = ASK, flag: str | None = None, **arguments: Any) -> Question:
    return Question(UsageQuery.build(metric, **arguments), Chunk(ask, ask), NOW, flag)


def seconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=timezone.utc).timestamp())  # type: ignore[misc, arg-type]


def span(asked: Question, unit: str) -> tuple[int, int]:
    params = dict(asked.params(unit))
    return int(params["from"]), int(params["to"])


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 1000)])
def test_a_range_is_from_its_first_midnight_to_its_last_in_both_units(unit: str, scale: int) -> None:
    assert span(question(), unit) == (seconds(2026, 11, 1) * scale, seconds(2026, 11, 9) * scale)


def test_the_days_to_ask_for_are_sent_and_not_those_to_keep() -> None:
    keep = Window(date(2026, 11, 8), date(2026, 11, 9))
    asked = Question(UsageQuery.build("clientside_mau"), Chunk(ASK, keep), NOW)
    assert span(asked, "s") == (seconds(2026, 11, 1), seconds(2026, 11, 9))


@pytest.mark.parametrize(("unit", "scale"), [("s", 1), ("ms", 1000)])
def test_the_open_day_ends_now_in_whole_seconds(unit: str, scale: int) -> None:
    today = Window(date(2026, 11, 10), date(2026, 11, 13))
    assert span(question(ask=today), unit)[1] == seconds(2026, 11, 12, 9, 30, 15) * scale


@pytest.mark.parametrize(("unit", "length"), [("s", 1), ("ms", 1000)])
def test_a_range_is_never_shorter_than_a_second(unit: str, length: int) -> None:
    """Where this machine's clock is behind LaunchDarkly's, the open day may not have begun by it."""
    tomorrow = Window(date(2026, 11, 13), date(2026, 11, 14))
    start, end = span(question(ask=tomorrow), unit)
    assert end - start == length


def test_the_query_follows_the_range() -> None:
    asked = question("ai_runs", group_by=["projectId", "sdkName"], filters={"projectKey": ["b", "a"]})
    assert [name for name, _ in asked.params("ms")[:2]] == ["from", "to"]
    assert asked.params("ms")[2:] == asked.query.params
    assert ("groupBy", "projectId") in asked.params("s") and ("projectKey", "a") in asked.params("s")


@pytest.mark.parametrize(
    ("metric", "arguments", "flag", "path_args", "fixed"),
    [
        ("ai_runs", {}, None, {}, {}),
        ("events", {"event_type": "received"}, None, {"type": "received"}, {}),
        (
            "evaluations", FLAG, "page-size",
            {"projectKey": "default", "environmentKey": "production", "featureFlagKey": "page-size"},
            {"feature_flag_key": "page-size"},
        ),
        (
            "evaluations", {**FLAG, "feature_flag_key": "banner"}, None,
            {"projectKey": "default", "environmentKey": "production", "featureFlagKey": "banner"}, {},
        ),
    ],
    ids=["none", "of the query", "one flag after another", "a single flag"],
)  # fmt: skip
def test_each_place_in_the_path_has_its_value(
    metric: str, arguments: dict[str, Any], flag: str | None, path_args: dict[str, str], fixed: dict[str, str]
) -> None:
    asked = question(metric, flag=flag, **arguments)
    assert asked.path_args == path_args
    assert dict(asked.fixed) == fixed
    assert all(f"{{{place}}}" in asked.path for place in path_args)


@pytest.mark.parametrize("metric", ["ai_runs", "evaluations", "sdk_versions_details"])
def test_path_and_version_are_the_catalogues(metric: str) -> None:
    asked = question(metric, **(FLAG if metric == "evaluations" else {}))
    assert (asked.path, asked.api_version) == (METRICS[metric].path, METRICS[metric].api_version)


@pytest.mark.parametrize(
    ("metric", "configured", "unit"),
    [
        ("ai_runs", {}, METRICS["ai_runs"].time_unit),
        ("vega_ai", {}, "s"),
        ("vega_ai", {"vega_ai": "ms"}, "ms"),
        ("vega_ai", {"ai_runs": "ms"}, "s"),
    ],
)
def test_the_unit_is_the_documented_one_unless_the_connection_has_another(
    metric: str, configured: dict[str, str], unit: str
) -> None:
    assert time_unit(UsageQuery.build(metric), configured) == unit


def test_the_same_question_in_the_other_unit_differs_in_its_times_alone() -> None:
    asked = question(ask=Window(ASK.start, NOW.date() + timedelta(days=1)))
    assert [(name, int(value) * 1000) for name, value in asked.params("s")[:2]] == [
        (name, int(value)) for name, value in asked.params("ms")[:2]
    ]
    assert asked.params("s")[2:] == asked.params("ms")[2:]
