"""What is not documented is refused with 400, and what is documented is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing.asking import DAY, END, FLAG, OCTOBER, PATHS, START, flip, ms, refused, unit_range

SECONDS = {name: int(moment.timestamp()) for name, moment in OCTOBER.items()}
RANGE = {"since": START, "to": END}
YEAR = [path for path, one in ENDPOINTS.items() if one.max_days]


@pytest.mark.parametrize("template", ENDPOINTS)
def test_unknown_parameters_are_refused(api: Any, template: str) -> None:
    refused(api.get(PATHS[template], **unit_range(template, START, END), colour="red"), "colour")


@pytest.mark.parametrize("template", [name for name, one in ENDPOINTS.items() if one.group_parameter and one.groups])
def test_names_in_the_wrong_case_are_refused(api: Any, template: str) -> None:
    endpoint = ENDPOINTS[template]
    span = unit_range(template, START, END)
    wrong = "groupby" if endpoint.group_parameter == "groupBy" else "groupBy"
    value = next(iter(endpoint.groups))
    refused(api.get(PATHS[template], **span, **{wrong: value}), wrong)
    refused(api.get(PATHS[template], **span, **{endpoint.group_parameter: value.upper()}), value.upper())


@pytest.mark.parametrize("template", [name for name, one in ENDPOINTS.items() if one.unit != "none"])
def test_invalid_ranges_are_refused(api: Any, template: str) -> None:
    good = unit_range(template, START, END)
    path = PATHS[template]
    refused(api.get(path, since=good["to"], to=good["since"]), "before")
    refused(api.get(path, since=good["since"], to=good["since"]), "before")
    for bad in ("2026-11-01", "1e12", "-5", "1793491200000.0", " 1793491200000", "now", "٣"):
        refused(api.get(path, **{**good, "since": bad}), "from")
    refused(api.get(path, **{**good, "to": ""}), "to")
    refused(api.get(path, **{**good, "since": [good["since"], good["since"]]}), "once")


@pytest.mark.parametrize("template", YEAR)
def test_more_than_a_year_is_refused_where_documented(api: Any, template: str) -> None:
    refused(api.get(PATHS[template], **unit_range(template, START - timedelta(days=365, seconds=1), START)), "365")
    year = unit_range(template, START - timedelta(days=365), START)
    assert api.get(PATHS[template], **year, projectKey="data-platform").status_code == 200


@pytest.mark.parametrize("template", [name for name, one in ENDPOINTS.items() if one.aggregations and one.choices])
def test_aggregation_and_granularity_go_together_as_documented(api: Any, template: str) -> None:
    endpoint = ENDPOINTS[template]
    day = unit_range(template, START, START + timedelta(days=1))
    for aggregation in ("month_to_date", "incremental", "rolling_30d", "average", "daily_incremental", "total"):
        for granularity in ("daily", "hourly", "monthly", "weekly") if "granularity" in endpoint.choices else (None,):
            chosen = {"granularity": granularity} if granularity else {}
            response = api.get(PATHS[template], **day, aggregationType=aggregation, **chosen)
            if (granularity or "daily") in endpoint.aggregations.get(aggregation, ()):
                assert response.status_code == 200
            else:
                refused(response)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("clientside-mau", {"groupBy": "projectId,sdkName"}),
        ("clientside-mau", {"projectKey": "default,mobile-app"}),
        ("clientside-mau", {"groupBy": ["projectId", "projectId"]}),
        ("clientside-mau", {"groupBy": "sdkType"}),
        ("clientside-mau", {"groupBy": ""}),
        ("clientside-mau", {"anonymous": "yes"}),
        ("clientside-mau", {"contextKind": "user"}),
        ("clientside-mau", {"sdkType": "client"}),
        ("clientside-mau", {"environmentKey": "production"}),
        ("clientside-mau", {"environmentKey": "production", "projectKey": ["default", "mobile-app"]}),
        ("clientside-mau", {"projectKey": "nowhere"}),
        ("clientside-mau", {"projectKey": "retired"}),
        ("clientside-mau", {"projectKey": "mobile-app", "environmentKey": "legacy"}),
        ("clientside-mau", {"aggregationType": ["incremental", "incremental"]}),
        ("clientside-mau", {"tz": "UTC"}),
        ("mau", {"environment": "production"}),
        ("mau", {"sdktype": "browser"}),
        ("mau", {"anonymous": ["true", "false"]}),
        ("mau", {"groupby": "projectId"}),
        ("mau/sdks", {"sdktype": "mobile"}),
        ("mau/sdks", {"sdktype": ["client", "server"]}),
        ("mau/bycategory", {"aggregationType": "rolling_30d"}),
        ("service-connections", {"sdkType": ["server", "server"]}),
        ("service-connections", {"groupBy": "anonymousV2"}),
        ("data-export-events", {"groupBy": "projectId"}),
        ("data-export-events", {"groupBy": "projectId", "projectKey": [f"p{n}" for n in range(101)]}),
        ("data-export-events", {"destinationKind": "snowflake-v2"}),
        ("warehouse-export", {"destinationKind": "snowflake"}),
        ("warehouse-export", {"destination": "s3"}),
        ("warehouse-export", {"destination": "bigquery", "destinationKind": "bigquery"}),
        ("experimentation-events", {"groupBy": "projectId"}),
        ("experimentation-keys", {"groupBy": "eventKey"}),
        ("events/received", {"tz": "UTC"}),
        ("streams/server", {"groupBy": "sdk"}),
        ("streams/server", {"tz": "Mars/Olympus"}),
        ("streams/server", {"tz": ["UTC", "UTC"]}),
        ("streams/server/bysdkversion", {"sdk": ["Go", "Java"]}),
        ("streams/server/sdkversions", {"from": "1793491200000"}),
        ("sdk-versions/details", {"projectId": "x"}),
        ("sdk-versions/all", {"projectId": ["x", "y"]}),
        ("sdk-versions/all", {"projectKey": "default"}),
    ],
)
def test_what_the_documentation_rules_out_is_refused(api: Any, path: str, query: dict[str, Any]) -> None:
    refused(api.get(path, **query))


@pytest.mark.parametrize(
    "query",
    [
        {"since": None},
        {"to": None},
        {"source": "warehouse"},
        {"dimension": "environment"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "ten"},
        {"cursor": "bm9uc2Vuc2U"},
        {"cursor": "%%%"},
        {"search": ["a", "b"]},
        {"projectKey": [f"p{n}" for n in range(101)]},
        {"groupBy": "projectId"},
    ],
)
def test_the_ranking_refuses_what_it_documents(api: Any, query: dict[str, Any]) -> None:
    merged = {name: value for name, value in {**RANGE, **query}.items() if value is not None}
    refused(api.get("data-export-events/projects/ranking", **merged))


def test_repeated_projects_do_not_consume_the_ranking_limit(api: Any) -> None:
    body = api.json("data-export-events/projects/ranking", **RANGE, projectKey=["default"] * 150)
    assert [item["projectKey"] for item in body["items"]] == ["default"]


def test_unknown_projects_answer_404_where_documented(api: Any) -> None:
    assert api.get("vega-ai", projectKey="nowhere").status_code == 404
    assert api.get("observability/logs", projectKey="nowhere").status_code == 404
    assert api.get("ai-runs", projectKey="nowhere").status_code == 400


def test_old_sdk_type_answers_empty(api: Any) -> None:
    assert api.json("service-connections", sdkType="client")["series"] == []
    assert api.one("service-connections", sdkType="server") == api.one("service-connections")
    assert len(api.points("service-connections", groupBy="sdkType")) == 1


def test_path_values_are_decoded(api: Any) -> None:
    assert api.json("evaluations/default/production/default%2Enew%2Dcheckout")["metadata"]


def check_units(sim: Simulator, api: Any, path: str, good: dict[str, Any], bad: dict[str, Any], **switch: str) -> None:
    """Check that the path takes times in one unit, and in the other one with the switch flipped."""
    sim.switches = Switches()
    read = api.points(path, **good)
    assert read
    assert api.get(path, **bad).status_code == 400
    flip(sim, **switch)
    assert api.points(path, **bad) == read
    assert api.get(path, **good).status_code == 400


@pytest.mark.parametrize("path", ["vega-ai", "serverside-contexts", "observability/metrics"])
def test_seconds_documented(sim: Simulator, api: Any, path: str) -> None:
    check_units(sim, api, path, SECONDS, OCTOBER, seconds_documented="milliseconds")


@pytest.mark.parametrize(
    "path", [FLAG, "events/received", "mau", "mau/bycategory", "streams/client", "streams/server/bysdkversion"]
)
def test_unstated_unit(sim: Simulator, api: Any, path: str) -> None:
    check_units(sim, api, path, OCTOBER, SECONDS, unstated_unit="seconds")


def test_wrong_unit(sim: Simulator, api: Any) -> None:
    for path, wrong in (("vega-ai", OCTOBER), ("serverside-contexts", OCTOBER), ("total-mau", SECONDS)):
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
