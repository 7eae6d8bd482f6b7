"""What a query's table is called and looks like, and what is sent for it."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import UsageArgumentError
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


def refusal(metric: Any, **arguments: Any) -> str:
    with pytest.raises(UsageArgumentError) as caught:
        build(metric, **arguments)
    return str(caught.value)


def names(columns: tuple[Column, ...]) -> list[str]:
    return [column.name for column in columns]


@pytest.mark.parametrize(
    ("metric", "arguments", "table"),
    [
        ("clientside_mau", {}, "clientside_mau_month_to_date_daily"),
        ("ai_runs", {}, "ai_runs_incremental_daily"),
        ("ai_runs", {"granularity": "hourly"}, "ai_runs_incremental_hourly"),
        ("mau", {}, "mau_month_to_date"),
        ("mau_by_category", {}, "mau_by_category"),
        ("projects", {}, "projects"),
        ("streams", {"source": "client"}, "streams"),
        (
            "clientside_mau", {"group_by": ["sdkAppId", "projectId"], "aggregation_type": "incremental"},
            "clientside_mau_incremental_daily_by_project_id_sdk_app_id",
        ),
        (
            "clientside_mau", {"group_by": "anonymousV2", "filters": {"sdkName": "Go", "projectKey": ["b", "a"]}},
            "clientside_mau_month_to_date_daily_by_anonymous_v2_where_project_key_sdk_name",
        ),
    ],
)  # fmt: skip
def test_default_tables_tell_the_variants_apart(metric: str, arguments: dict[str, Any], table: str) -> None:
    assert build(metric, **arguments).default_table == table


def test_no_two_variants_share_a_default_table() -> None:
    seen: dict[str, object] = {}
    for metric in METRICS.values():
        path = PATHS.get(metric.name, {})
        projects = {"projectKey": "a"} if metric.name == "data_export_events" else None
        sizes = range(len(metric.groupings) + 1)
        for groups in chain.from_iterable(combinations(metric.groupings, size) for size in sizes):
            for aggregation in metric.aggregations or (None,):
                query = build(metric.name, aggregation_type=aggregation, group_by=groups, filters=projects, **path)
                variant = (metric.name, aggregation, groups)
                assert seen.setdefault(query.default_table, variant) == variant


def test_a_filter_of_one_value_is_a_slice_and_of_several_the_tables() -> None:
    query = build("total_mau", filters={"projectKey": ["b", "a", "b"], "sdkName": ["Go"], "anonymous": "true"})
    assert query.slice == {"filter_sdk_name": "Go", "filter_anonymous": "true"}
    assert query.table_filters == {"projectKey": ["a", "b"]}
    assert names(query.schema) == ["time", "value", "filter_sdk_name", "filter_anonymous", "extra"]


def test_a_schema_does_not_depend_on_the_values_of_filters_or_paths() -> None:
    one, two = (build("total_mau", filters={"projectKey": p, "sdkName": s}) for p, s in (("a", "Go"), ("b", "Java")))
    assert one.schema == two.schema
    assert one.default_table == two.default_table
    assert build("streams", source="client").schema == build("streams", source="server").schema


def test_the_order_in_which_things_are_given_changes_nothing() -> None:
    one = build("clientside_mau", group_by=["sdkName", "projectId"], filters={"sdkName": ["b", "a"], "projectKey": "x"})
    two = build(
        "clientside_mau", group_by=("projectId", "sdkName"), filters={"projectKey": ["x"], "sdkName": ["a", "b"]}
    )
    assert one == two
    assert one.params == two.params


@pytest.mark.parametrize("metric", METRICS)
def test_no_schema_has_a_column_twice(metric: str) -> None:
    entry = METRICS[metric]
    filters = {item.name: (item.allowed or ("x",))[0] for item in entry.filters if item.name != "destination"}
    query = build(metric, group_by=entry.groupings, filters=filters, **PATHS.get(metric, {}))
    columns = names(query.schema)
    assert len(set(columns)) == len(columns)
    assert columns[-1] == "extra"
    assert (columns[:2] == ["time", "value"]) == entry.is_series


def test_columns_are_time_value_dimensions_slice_extra() -> None:
    query = build("total_contexts", group_by=["projectId"], filters={"projectKey": "default"})
    assert query.schema == (
        Column("time", "timestamp[ms, UTC]"),
        Column("value", "int64"),
        Column("project_id", "string"),
        Column("context_kind", "string"),
        Column("filter_project_key", "string"),
        Column("extra", "string"),
    )
    assert build("service_connections").schema[1] == Column("value", "double")


def test_grouping_by_destination_brings_the_destinations_name_once() -> None:
    query = build("data_export_events", group_by=["destinationId", "destinationKind"])
    assert query.dimensions == ("destination_kind", "destination_id", "destination_name", "destination_viewable")


def test_parameters_go_out_one_pair_a_value_in_the_apis_own_words() -> None:
    query = build("mau", group_by=["sdk", "project"], filters={"project": ["b", "a"]})
    assert query.params == [
        ("groupby", "project"), ("groupby", "sdk"), ("project", "a"), ("project", "b"),
        ("aggregationType", "month_to_date"),
    ]  # fmt: skip
    assert build("evaluations", **PATHS["evaluations"]).params == [("tz", "UTC")]
    assert build("ai_runs").params == [("aggregationType", "incremental"), ("granularity", "daily")]
    assert build("events", event_type="received").params == []
    assert build("data_export_project_ranking").params == [("source", "streaming"), ("dimension", "project")]


@pytest.mark.parametrize("metric", [m.name for m in METRICS.values() if m.aggregations])
def test_every_aggregation_offered_can_be_asked_for(metric: str) -> None:
    for aggregation, offered in METRICS[metric].aggregations.items():
        for granularity in set(offered) - {"monthly"} or {"daily"}:
            query = build(metric, aggregation_type=aggregation, granularity=granularity)
            assert (query.aggregation_type, query.granularity) == (aggregation, granularity)
            assert query.cumulative == (aggregation == "month_to_date")
            assert not (query.cumulative and query.additive_over_time)


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize(
    ("metric", "aggregation", "additive"),
    [
        ("ai_runs", "incremental", True),
        ("service_connections", "incremental", True),
        ("vega_ai", "incremental", True),
        ("observability_logs", "incremental", True),
        ("observability_metrics", "month_to_date", False),
        ("clientside_mau", "month_to_date", False),
        ("serverside_contexts", "month_to_date", False),
        ("experimentation_keys", "month_to_date", False),
        ("mau", "month_to_date", False),
        ("mau_by_category", None, False),
        ("events", None, True),
        ("streams", None, False),
    ],
)
def test_defaults_are_increments_where_they_add_up_else_what_is_billed(
    metric: str, aggregation: str | None, additive: bool, nothing: Any
) -> None:
    query = build(metric, aggregation_type=nothing, granularity=nothing, **PATHS.get(metric, {}))
    assert (query.aggregation_type, query.granularity) == (aggregation, "daily")
    assert query.additive_over_time is additive
    assert build("clientside_mau", aggregation_type="incremental").additive_over_time is False


def test_booleans_are_one_filter_however_they_are_written() -> None:
    table = {"anonymous": ["false", "true"]}
    assert build("total_mau", filters={"anonymous": ["True", "false", "true"]}).table_filters == table
    assert build("total_mau", filters={"anonymous": ["true", "false"]}).table_filters == table
    assert build("mau", filters={"anonymous": ["True", "true"]}).slice == {"filter_anonymous": "true"}
