"""A question is checked against the catalogue before anything is asked; the answers say what is right."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, UsageArgumentError
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.query import Column, UsageQuery

FLAG = {"project_key": "default", "environment_key": "production"}
PATHS: dict[str, dict[str, Any]] = {
    "events": {"event_type": "received"},
    "streams": {"source": "client"},
    "streams_by_sdk_version": {"source": "server"},
    "stream_sdk_versions": {"source": "server"},
    "evaluations": {**FLAG, "feature_flag_key": "my-flag"},
}
build = UsageQuery.build
UNSEEN = ["\ufe0f", "\u3164", "\u115f", "\u00ad", "\u200b", "\u200d", "\u200e", "\u202e", "\u2066", "\ufeff", "\u2060",
          "\u034f", "\uffa0", "\u2800", "\U000e0100", "\x00"]  # fmt: skip


def refusal(metric: Any, **arguments: Any) -> str:
    with pytest.raises(UsageArgumentError) as caught:
        build(metric, **arguments)
    return str(caught.value)


def names(columns: tuple[Column, ...]) -> list[str]:
    return [column.name for column in columns]


@pytest.mark.parametrize("metric", ["mua", "", None, 3, ["mau"], ("mau",), {}, "MAU", "clientside-mau"])
def test_an_unknown_metric_is_refused_with_all_that_there_are(metric: Any) -> None:
    message = refusal(metric)
    assert all(name in message for name in METRICS)


def test_refusals_are_value_errors_of_our_own_base() -> None:
    with pytest.raises(ValueError, match="Allowed"):
        build("nothing")
    assert issubclass(UsageArgumentError, LaunchDarklyUsageError)


@pytest.mark.parametrize(
    ("metric", "arguments", "told"),
    [
        ("clientside_mau", {"group_by": ["projectid"]}, ["'projectid'", "projectId, environmentId, sdkName"]),
        ("clientside_mau", {"group_by": "sdkType"}, ["group_by='sdkType'", "clientside_mau", "anonymousV2"]),
        ("mau", {"group_by": ["projectId"]}, ["project, environment, sdktype, sdk, anonymous"]),
        ("vega_ai", {"group_by": ["projectId"]}, ["Allowed: none"]),
        ("experimentation_events", {"group_by": "projectId"}, ["environmentId, eventKey, eventKind"]),
        ("clientside_mau", {"filters": {"project": ["a"]}}, ["'project'", "projectKey, environmentKey, sdkName"]),
        ("mau_by_category", {"filters": {"projectKey": ["a"]}}, ["Allowed: none"]),
        ("total_mau", {"filters": {"anonymous": ["yes"]}}, ["filters['anonymous']='yes'", "true, false"]),
        ("mau_sdks", {"filters": {"sdktype": "browser"}}, ["client, server"]),
        ("service_connections", {"filters": {"sdkType": "client"}}, ["Allowed: server"]),
        ("warehouse_export", {"filters": {"destination": "s3"}}, ["snowflake-v2, databricks, bigquery"]),
        ("data_export_events", {"filters": {"destinationKind": "snowflake-v2"}}, ["kinesis, google-pubsub"]),
        ("mau_sdks", {"filters": {"sdktype": ["client", "server"]}}, ["sdktype", "takes one value"]),
        ("sdk_versions_all", {"filters": {"sdkName": ["Go", "Java"]}}, ["sdkName", "takes one value"]),
        ("mau", {"filters": {"anonymous": ["true", "false"]}}, ["anonymous", "takes one value"]),
        ("ai_runs", {"aggregation_type": "rolling_30d"}, ["'rolling_30d'", "month_to_date, incremental", "ai_runs"]),
        ("mau", {"aggregation_type": "incremental"}, ["rolling_30d, month_to_date, daily_incremental"]),
        ("observability_metrics", {"aggregation_type": "incremental"}, ["month_to_date, average"]),
        ("events", {"aggregation_type": "incremental", **PATHS["events"]}, ["Allowed: none"]),
        ("clientside_mau", {"granularity": "hourly"}, ["'hourly'", "aggregation_type='month_to_date'", "daily"]),
        ("total_mau", {"aggregation_type": "incremental", "granularity": "weekly"}, ["Allowed: daily."]),
        ("ai_runs", {"granularity": "minutely"}, ["Allowed: daily, hourly"]),
        ("events", {"granularity": "hourly", **PATHS["events"]}, ["Allowed: daily."]),
        ("projects", {"granularity": "daily"}, ["is a list and has none"]),
        ("mau_sdks", {"granularity": "daily"}, ["is a list and has none"]),
    ],
)
def test_what_the_metric_does_not_take_is_refused_with_what_it_takes(
    metric: str, arguments: dict[str, Any], told: list[str]
) -> None:
    message = refusal(metric, **arguments)
    assert all(part in message for part in told), message


@pytest.mark.parametrize("metric", [m.name for m in METRICS.values() if m.is_series])
def test_monthly_is_refused_with_the_reason(metric: str) -> None:
    message = refusal(metric, granularity="monthly", **PATHS.get(metric, {}))
    assert "month-to-date of its last day" in message
    assert "aggregation_type='month_to_date'" in message
    assert "granularity='daily'" in message


def test_what_is_allowed_never_names_monthly() -> None:
    message = refusal("ai_runs", aggregation_type="month_to_date", granularity="yearly")
    assert message.endswith("Allowed: daily, hourly.")


ENVIRONMENT_FILTERS = [
    (metric.name, environment, project)
    for metric in METRICS.values()
    for environment, project in (("environmentKey", "projectKey"), ("environment", "project"))
    if any(item.name == environment for item in metric.filters)
]


@pytest.mark.parametrize(("metric", "environment", "project"), ENVIRONMENT_FILTERS)
def test_an_environment_needs_exactly_one_project(metric: str, environment: str, project: str) -> None:
    for projects in ({}, {project: ["a", "b"]}):
        message = refusal(metric, filters={environment: ["production"], **projects})
        assert "exactly one" in message
        assert repr(project) in message
    assert build(metric, filters={environment: ["production", "test"], project: ["a"]})


def test_both_spellings_of_the_environment_filter_are_held() -> None:
    assert {environment for _, environment, _ in ENVIRONMENT_FILTERS} == {"environmentKey", "environment"}


def test_destination_and_destination_kind_are_one_or_the_other() -> None:
    message = refusal("warehouse_export", filters={"destination": "bigquery", "destinationKind": "bigquery"})
    assert "cannot be combined" in message


def test_data_export_by_project_needs_its_projects_named() -> None:
    assert "1 to 100" in refusal("data_export_events", group_by=["projectId"])
    assert build("data_export_events", group_by=["projectId"], filters={"projectKey": ["a"]})
    assert build("warehouse_export", group_by=["projectId"])


def test_at_most_a_hundred_projects_are_taken_where_the_api_says_so() -> None:
    many = {"projectKey": [f"p{n}" for n in range(101)]}
    assert "at most 100" in refusal("data_export_events", group_by=["projectId"], filters=many)
    assert "at most 100" in refusal("data_export_project_ranking", filters=many)
    assert build("data_export_project_ranking", filters={"projectKey": many["projectKey"][1:] * 2})
    assert build("data_export_events", filters=many)


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": {"projectKey": []}},
        {"filters": {"projectKey": ""}},
        {"filters": {"projectKey": ["  "]}},
        {"filters": {"projectKey": ["a", None]}},
        {"filters": {"projectKey": 5}},
        {"filters": {"projectKey": {"a": 1}}},
        {"filters": {"anonymous": True}},
        {"filters": {"anonymous": [True]}},
        {"filters": {"projectKey": b"a"}},
        {"filters": {"projectKey": "\ud800"}},
        {"filters": {7: "a"}},
        {"filters": "projectKey=a"},
        {"filters": [("projectKey", "a")]},
        {"group_by": 5},
        {"group_by": {"projectId": True}},
        {"group_by": [None]},
        {"group_by": [["projectId"]]},
        {"group_by": "projectId,sdkName"},
        {"aggregation_type": 5},
        {"aggregation_type": ["incremental"]},
        {"granularity": ["daily"]},
        {"granularity": {"daily": 1}},
        {"source": "client"},
    ],
)
def test_odd_values_are_refused_as_arguments_and_never_crash(arguments: dict[str, Any]) -> None:
    assert refusal("clientside_mau", **arguments)


@pytest.mark.parametrize("empty", [None, (), [], "", frozenset()])
def test_an_empty_grouping_is_none(empty: Any) -> None:
    assert build("clientside_mau", group_by=empty).group_by == ()


@pytest.mark.parametrize("empty", [None, {}, {"projectKey": None}])
def test_an_empty_filter_is_none(empty: Any) -> None:
    assert build("clientside_mau", filters=empty).filters == {}


@pytest.mark.parametrize(
    ("metric", "path", "told"),
    [
        ("events", {}, "needs event_type. Allowed: received, published"),
        ("events", {"event_type": ""}, "event_type='' holds ''"),
        ("evaluations", {**FLAG, "feature_flag_key": ""}, "feature_flag_key='' holds ''"),
        ("clientside_mau", {"project_key": ""}, "takes no such argument"),
        ("events", {"event_type": "sent"}, "Allowed: received, published"),
        ("streams", {}, "needs source. Allowed: client, server"),
        ("streams", {"source": "browser"}, "Allowed: client, server"),
        ("streams", {"source": ["client", "server"]}, "map a task over several"),
        ("streams", {"source": 5}, "must be a string"),
        (
            "streams",
            {"source": "client", "event_type": "received"},
            "takes no such argument. Leave it out: it takes source",
        ),
        ("clientside_mau", {"project_key": "default"}, "takes no such argument"),
        ("evaluations", {}, "needs project_key"),
        ("evaluations", {"project_key": "default"}, "needs environment_key"),
        ("evaluations", {**FLAG, "environment_key": ["a", "b"]}, "map a task over several"),
        ("evaluations", {**FLAG, "feature_flag_key": []}, "not empty"),
        ("evaluations", {**FLAG, "feature_flag_key": ["a", 1]}, "only strings"),
    ],
)
def test_path_arguments_are_exactly_those_of_the_path(metric: str, path: dict[str, Any], told: str) -> None:
    assert told in refusal(metric, **path)


def test_evaluations_take_one_flag_some_flags_or_every_flag() -> None:
    one = build("evaluations", **FLAG, feature_flag_key="a")
    assert (one.flags, one.slice) == (None, {**FLAG, "feature_flag_key": "a"})
    assert one.default_table == "evaluations"

    some = build("evaluations", **FLAG, feature_flag_key=["b", "a", "b"])
    assert (some.flags, some.slice, some.table_filters) == (("a", "b"), FLAG, {"feature_flag_key": ["a", "b"]})
    assert some.default_table == "evaluations_where_feature_flag_key"

    every = build("evaluations", **FLAG, feature_flag_key=None)
    assert (every.flags, every.slice, every.table_filters) == ((), FLAG, {})
    assert every.default_table == "evaluations"

    assert some.schema == every.schema
    assert names(some.schema) == [
        "time", "value", "feature_flag_key", "key", "project_key", "environment_key", "extra",
    ]  # fmt: skip
    assert sorted(names(one.schema)) == sorted(names(some.schema))


def test_a_list_of_one_flag_is_that_flag() -> None:
    assert build("evaluations", **FLAG, feature_flag_key=["a"]) == build("evaluations", **FLAG, feature_flag_key="a")


@pytest.mark.parametrize("character", UNSEEN)
def test_a_key_holds_no_character_that_cannot_be_seen(character: str) -> None:
    for name in ("project_key", "environment_key", "feature_flag_key"):
        given = {**FLAG, "feature_flag_key": "f", name: f"a{character}b"}
        assert f"{name}=" in refusal("evaluations", **given)
    assert "which cannot be seen" in refusal("evaluations", **FLAG, feature_flag_key=["a", f"a{character}"])
    assert "which cannot be seen" in refusal("ai_runs", filters={"projectKey": ["a", f"a{character}"]})
    emoji = {"eventKey": f"bought \u2764{character}"}
    assert build("experimentation_events", filters=emoji).filters == {"eventKey": (emoji["eventKey"],)}
