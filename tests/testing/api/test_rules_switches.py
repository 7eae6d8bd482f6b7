"""The switches that decide what is refused, and in which unit times are read."""

from __future__ import annotations

from typing import Any

from testing.asking import DAY, FLAG, OCTOBER, flip, ms

from airflow_provider_ldusage.testing import Simulator, Switches


def test_seconds_documented(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path in ("vega-ai", "serverside-contexts", "observability/metrics"):
        sim.switches = Switches()
        read = api.points(path, **seconds)
        assert read
        assert api.get(path, **OCTOBER).status_code == 400
        flip(sim, seconds_documented="milliseconds")
        assert api.points(path, **OCTOBER) == read
        assert api.get(path, **seconds).status_code == 400


def test_unstated_unit(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path in (FLAG, "events/received", "mau", "mau/bycategory", "streams/client", "streams/server/bysdkversion"):
        sim.switches = Switches()
        read = api.points(path, **OCTOBER)
        assert api.get(path, **seconds).status_code == 400
        flip(sim, unstated_unit="seconds")
        assert api.points(path, **seconds) == read
        assert api.get(path, **OCTOBER).status_code == 400


def test_wrong_unit(sim: Simulator, api: Any) -> None:
    seconds = {"since": ms(2026, 10, 1) // 1000, "to": ms(2026, 10, 11) // 1000}
    for path, wrong in (("vega-ai", OCTOBER), ("serverside-contexts", OCTOBER), ("total-mau", seconds)):
        flip(sim, wrong_unit="refused")
        assert api.get(path, **wrong).status_code == 400
        flip(sim, wrong_unit="empty")
        assert api.json(path, **wrong)["series"] == []
        assert api.json(path, **wrong)["metadata"] == []


def test_believed_milliseconds_are_years_ahead(sim: Simulator, api: Any) -> None:
    flip(sim, wrong_unit="believed", absent_points="zero", to_bound="inclusive")
    assert api.json("serverside-contexts", since=ms(2026, 10, 1), to=ms(2026, 10, 1) + 1)["series"] == []
    assert api.json("vega-ai", since=ms(2026, 10, 1), to=ms(2026, 10, 1) + 1)["series"] == []
    assert api.get("serverside-contexts", **OCTOBER).status_code == 400, "ten thousand days"


def test_believed_seconds_are_days_of_1970(sim: Simulator, api: Any) -> None:
    flip(sim, wrong_unit="believed", absent_points="zero", seconds_documented="milliseconds")
    for days in (10, 300):  # 14 minutes, and 7 hours
        span = {"since": ms(2026, 1, 1) // 1000, "to": ms(2026, 1, 1) // 1000 + days * DAY // 1000}
        assert api.one("vega-ai", **span) == {ms(1970, 1, 21): 0}
        assert api.json("vega-ai", **span)["metadata"] == [{}]
        assert api.one("observability/errors", **span, aggregationType="month_to_date") == {ms(1970, 1, 21): 0}
        assert api.one("observability/errors", **span, aggregationType="rolling_30d") == {ms(1970, 1, 21): 0}
        assert api.one("observability/metrics", **span) == {ms(1970, 1, 21): 0}
        assert api.one("observability/errors", **span, granularity="monthly") == {ms(1970, 1, 1): 0}
        assert api.json("ai-runs", **span, groupBy="sdkName")["series"] == []
        assert api.json("serverside-contexts", **span)["series"] == [], "always split by context kind"
        assert api.one("mau", **span) == {ms(1970, 1, 21): 0}
        hour = ms(1970, 1, 21, 10)
        flip(sim, streams_granularity="by_length")
        hourly = api.one("streams/client", **span)
        assert hour <= min(hourly) and max(hourly) <= hour + 10 * 3_600_000 and set(hourly.values()) == {0}
    across = api.one("vega-ai", since=ms(2026, 1, 1) // 1000, to=ms(1970, 1, 25))
    assert across == {ms(1970, 1, day): 0 for day in range(21, 25)}
    right = api.one("vega-ai", **OCTOBER)
    assert list(right) == [ms(2026, 10, day) for day in range(1, 11)] and all(right.values())
    flip(sim, absent_points="absent")
    assert api.json("vega-ai", **span)["series"] == []


def test_unknown_parameters(sim: Simulator, api: Any) -> None:
    assert api.get("total-mau", groupby="projectId").status_code == 400
    flip(sim, unknown_parameters="ignored")
    assert api.json("total-mau", groupby="projectId")["metadata"] == [{}]


def test_unknown_project(sim: Simulator, api: Any) -> None:
    for path, query in (("ai-runs", {"projectKey": "nowhere"}), ("vega-ai", {"projectKey": "nowhere"})):
        flip(sim, unknown_project="refused")
        assert api.get(path, **query).status_code in (400, 404)
        flip(sim, unknown_project="empty")
        assert api.json(path, **query)["series"] == []
    assert api.json("ai-runs", projectKey="default", environmentKey="nowhere")["series"] == []


def test_mau_sdk_app_id(sim: Simulator, api: Any) -> None:
    assert api.get("mau", groupby="sdkAppId").status_code == 200
    flip(sim, mau_sdk_app_id="refused")
    response = api.get("mau", groupby="sdkAppId")
    assert (response.status_code, response.json()["message"]) == (400, "Invalid group by argument: sdkAppId")


def test_data_export_identity(sim: Simulator, api: Any) -> None:
    asked = (
        ("data-export-events", {**OCTOBER, "groupBy": "projectId", "projectKey": "default"}),
        ("data-export-events/projects/ranking", OCTOBER),
    )
    assert [api.get(path, **query).status_code for path, query in asked] == [200, 200]
    flip(sim, data_export_identity="incomplete")
    for path, query in asked:
        response = api.get(path, **query)
        assert response.status_code == 409
        assert response.json()["code"] == "data_export_project_identity_incomplete"
    assert api.get("data-export-events", **OCTOBER).status_code == 200
