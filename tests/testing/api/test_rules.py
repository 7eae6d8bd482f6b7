"""What is not documented is refused with 400, and what is documented is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from testing.asking import END, PATHS, START, refused, unit_range

from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS

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
