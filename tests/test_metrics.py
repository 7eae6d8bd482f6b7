"""Promises of the catalogue that hold by itself; ``test_metrics_drift.py`` holds it against LaunchDarkly's client."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest

from airflow_provider_ldusage.metrics import (
    METADATA_ALIASES,
    METRICS,
    USAGE,
    History,
    Metric,
    family_metrics,
    snake_case,
)

FAMILIES = {
    "mau": ["clientside_mau", "total_mau", "mau", "mau_by_category", "mau_sdks"],
    "contexts": ["clientside_contexts", "serverside_contexts", "total_contexts"],
    "events": ["events"],
    "data_export": ["data_export_events", "data_export_project_ranking", "warehouse_export"],
    "experimentation": ["experimentation_events", "experimentation_keys"],
    "evaluations": ["evaluations"],
    "streams": ["streams", "streams_by_sdk_version", "stream_sdk_versions"],
    "service_connections": ["service_connections"],
    "sdk_versions": ["sdk_versions_details", "sdk_versions_all"],
    "observability": [f"observability_{kind}" for kind in ("errors", "logs", "metrics", "sessions", "traces")],
    "ai": ["ai_runs", "vega_ai"],
    "dimensions": ["projects", "environments"],
}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def test_the_families_hold_the_metrics_that_the_public_names_promise() -> None:
    assert {family: list(family_metrics(family)) for family in FAMILIES} == FAMILIES
    assert set(METRICS) == {name for names in FAMILIES.values() for name in names}


def test_an_unknown_family_has_no_metrics() -> None:
    assert family_metrics("mua") == ()


@every_metric
def test_an_entry_does_not_contradict_itself(metric) -> None:
    assert METRICS[metric.name] is metric
    assert metric.default_aggregation in metric.aggregations or (
        metric.default_aggregation is None and not metric.aggregations
    )
    assert set(metric.companions) <= set(metric.groupings)
    assert metric.is_series == (not metric.fields)
    assert metric.takes_range == (metric.history is not History.SNAPSHOT)
    assert not metric.has_granularity or all("daily" in offered for offered in metric.aggregations.values())
    assert metric.time_unit in ("ms", "s")
    assert metric.unit_uncertain == (metric.time_unit == "s"), "documented seconds are what is doubted"
    assert not (metric.automatic_granularity and metric.has_granularity)


@every_metric
def test_no_two_things_of_an_entry_share_a_name(metric) -> None:
    for names in (
        [item.name for item in metric.filters],
        [item.name for item in metric.path_arguments],
        [field.name for field in metric.fields],
        [snake_case(name) for name in metric.groupings],
    ):
        assert len(set(names)) == len(names)


@every_metric
def test_path_arguments_are_the_places_of_the_path(metric) -> None:
    places = re.findall(r"\{(\w+)\}", metric.path)
    if metric.name == "environments":  # its project comes from the list of projects
        assert places == ["projectKey"]
    else:
        assert [argument.parameter for argument in metric.path_arguments] == places


@every_metric
def test_figures_that_count_unique_things_are_never_called_additive(metric) -> None:
    if metric.family in ("mau", "contexts") or metric.name == "experimentation_keys":
        assert not metric.additive_over_time
        assert not metric.additive_over_groups


@every_metric
def test_every_entry_cites_its_documentation(metric) -> None:
    assert re.fullmatch(r"https://launchdarkly\.com/docs/api/[a-z-]+/get-[a-z-]+", metric.documentation)


def test_additive_metrics_load_increments_and_uniques_what_is_billed() -> None:
    for metric in METRICS.values():
        if not metric.aggregations:
            continue
        increments = metric.additive_over_time and "incremental" in metric.aggregations
        assert metric.default_aggregation == ("incremental" if increments else "month_to_date"), metric.name
    assert METRICS["observability_metrics"].default_aggregation == "month_to_date"


def test_only_service_connections_are_fractions() -> None:
    assert [name for name, metric in METRICS.items() if metric.value_type == "double"] == ["service_connections"]


def test_dimension_lists_hold_no_more_than_names() -> None:
    assert {f.path for f in METRICS["projects"].fields} == {"_id", "key", "name"}
    assert {f.path for f in METRICS["environments"].fields} == {"project.id", "project.key", "_id", "key", "name"}


def test_aliases_stand_for_dimensions_that_a_metric_has() -> None:
    known = {name for metric in METRICS.values() for name in (*metric.groupings, *metric.own_dimensions)}
    assert set(METADATA_ALIASES.values()) <= known


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("projectId", "project_id"),
        ("anonymousV2", "anonymous_v2"),
        ("sdktype", "sdktype"),
        ("sdkAppId", "sdk_app_id"),
        ("ldLatestVersion", "ld_latest_version"),
        ("latestReleaseUrl", "latest_release_url"),
        ("_id", "_id"),
    ],
)
def test_column_names_are_the_apis_names_in_snake_case(name: str, column: str) -> None:
    assert snake_case(name) == column


def test_nobody_can_change_the_catalogue() -> None:
    with pytest.raises(TypeError):
        METRICS["mine"] = METRICS["mau"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        METRICS["mau"].unit = "things"  # type: ignore[misc]
    with pytest.raises(TypeError):
        METRICS["mau"].aggregations["yearly"] = ()  # type: ignore[index]


@every_metric
def test_rules_and_keys_of_an_entry_name_what_it_has(metric) -> None:
    filters = {item.name for item in metric.filters}
    assert set(metric.grouping_needs) | set(metric.inexact_groupings) <= set(metric.groupings)
    assert {item.name for item in metric.grouping_needs.values()} <= filters
    assert metric.item_key is None or metric.item_key in {field.name for field in metric.fields}
    assert not any("." in field.path for field in metric.fields if field.essential)


@every_metric
def test_the_rest_is_kept_of_usage_alone(metric) -> None:
    """Other endpoints describe things, and some of these hold credentials."""
    assert metric.keeps_rest == metric.path.startswith(USAGE)


def test_entries_are_made_of_keywords_alone() -> None:
    with pytest.raises(TypeError, match="positional"):
        Metric("mau", "mau")  # type: ignore[call-arg, misc]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_summary_is_one_sentence_that_fits_a_row(metric: Metric) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", metric.summary)
    assert len(metric.summary) <= 105


def test_groups_add_up_where_they_count_the_same_things_once() -> None:
    exports, users = METRICS["data_export_events"], METRICS["clientside_mau"]
    assert exports.adds_up_by(()) and exports.adds_up_by(["environmentId", "eventKind"])
    assert not exports.adds_up_by(["environmentId", "projectId"])
    assert not users.adds_up_by(["projectId"])
