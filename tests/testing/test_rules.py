"""What is not documented is refused with 400, and what is documented is not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.testing.endpoints import ENDPOINTS

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
END = datetime(2026, 11, 8, tzinfo=timezone.utc)
RANGE = {"since": START, "to": END}
VALUES = {
    "projectKey": "default",
    "environmentKey": "production",
    "featureFlagKey": "banner_text",
    "source": "server",
    "type": "received",
}
PATHS = {template: template.format(**VALUES) for template in ENDPOINTS}
YEAR = [path for path, one in ENDPOINTS.items() if one.max_days]


def unit_range(template: str, start: datetime, end: datetime) -> dict[str, Any]:
    if ENDPOINTS[template].unit == "none":
        return {}
    unit = 1 if ENDPOINTS[template].unit == "s" else 1000
    return {"since": int(start.timestamp() * unit), "to": int(end.timestamp() * unit)}


def refused(response: Any, *words: str) -> None:
    assert response.status_code == 400, response.text
    assert response.json()["code"] == "invalid_request"
    for word in words:
        assert word in response.json()["message"]


def test_there_are_28_endpoints() -> None:
    assert len(ENDPOINTS) == 28


@pytest.mark.parametrize("template", ENDPOINTS)
def test_every_endpoint_answers_in_its_model(api: Any, template: str) -> None:
    body = api.json(PATHS[template], **unit_range(template, START, END))
    shape = ENDPOINTS[template].shape
    if shape == "details":
        assert body
        assert all(isinstance(value, str) for item in body for value in item.values())
        return
    if shape == "ranking":
        assert set(body) == {"items", "page", "scope"}
        assert body["items"]
        return
    assert body["_links"]["self"]["href"] == "/api/v2/usage/" + PATHS[template]
    if shape == "sdks":
        assert body["sdks"] == sorted(set(body["sdks"]))
        return
    if shape == "sdk_versions":
        assert all(set(one) == {"sdk", "version"} for one in body["sdkVersions"])
        return
    kind = float if template == "service-connections" else int
    assert body["series"]
    times = [point.pop("time") for point in body["series"]]
    assert times == sorted(set(times))
    assert all(START.timestamp() * 1000 <= time < END.timestamp() * 1000 for time in times)
    for point in body["series"]:
        assert point
        for key, value in point.items():
            assert 0 <= int(key) < len(body["metadata"])
            assert type(value) is kind
            assert value > 0


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
def test_bad_ranges_are_refused(api: Any, template: str) -> None:
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


def test_the_year_limit_is_that_of_the_documentation(api: Any) -> None:
    assert len(YEAR) == 11
    assert api.get("mau", since=START - timedelta(days=400), to=START).status_code == 200


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


def test_documented_combinations_are_spelt_out(api: Any) -> None:
    """The rules above again, for one endpoint of each kind, without looking at the table."""
    day = {"since": START, "to": START + timedelta(days=1)}
    seconds = unit_range("vega-ai", START, START + timedelta(days=1))
    for path, span, aggregation, allowed in (
        ("clientside-mau", day, "month_to_date", {"daily", "monthly"}),
        ("clientside-mau", day, "rolling_30d", {"daily"}),
        ("service-connections", day, "incremental", {"daily", "hourly"}),
        ("service-connections", day, "month_to_date", {"daily", "hourly", "monthly"}),
        ("service-connections", day, "rolling_30d", set()),
        ("observability/metrics", seconds, "average", {"daily", "hourly", "monthly"}),
        ("observability/metrics", seconds, "incremental", set()),
        ("vega-ai", seconds, "incremental", {"daily"}),
    ):
        for granularity in ("minutely", "hourly", "daily", "monthly"):
            response = api.get(path, **span, aggregationType=aggregation, granularity=granularity)
            assert (response.status_code == 200) == (granularity in allowed), (path, aggregation, granularity)
    assert api.get("mau", aggregationType="daily_incremental").status_code == 200
    refused(api.get("mau", aggregationType="incremental"))
    refused(api.get("mau", granularity="daily"))
    refused(api.get("streams/server", aggregationType="incremental"))


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


@pytest.mark.parametrize(
    "path",
    [
        "evaluations/nowhere/production/banner_text",
        "evaluations/retired/production/banner_text",
        "evaluations/default/nowhere/banner_text",
        "evaluations/mobile-app/legacy/banner_text",
        "evaluations/default/production/no-flag",
        "streams/browser",
        "streams/mobile/bysdkversion",
        "streams/Client/sdkversions",
        "events/sent",
        "nothing",
        "streams",
        "mau/",
    ],
)
def test_unknown_resources_are_not_found(api: Any, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_unknown_projects_are_not_found_where_that_is_documented(api: Any) -> None:
    assert api.get("vega-ai", projectKey="nowhere").status_code == 404
    assert api.get("observability/logs", projectKey="nowhere").status_code == 404
    assert api.get("ai-runs", projectKey="nowhere").status_code == 400


def test_defaults_are_those_documented(api: Any) -> None:
    now = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)
    month = int(START.timestamp() * 1000)
    day = 86_400_000
    assert min(api.one("clientside-mau")) == month
    assert api.one("clientside-mau") == api.one(
        "clientside-mau", since=START, to=now, aggregationType="month_to_date", granularity="daily"
    )
    assert min(api.one("vega-ai")) == month
    assert api.one("mau") == api.one("mau", since=now - timedelta(days=30), to=now, aggregationType="rolling_30d")
    assert len(api.one("streams/client")) == 31
    hours = api.one("events/published")
    assert min(hours) >= int(now.timestamp() * 1000) - day - 3_600_000
    assert len(hours) == 25
    assert len(api.one("mau")) == 31


def test_old_sdk_type_answers_empty(api: Any) -> None:
    assert api.json("service-connections", sdkType="client")["series"] == []
    assert api.one("service-connections", sdkType="server") == api.one("service-connections")
    assert len(api.points("service-connections", groupBy="sdkType")) == 1
