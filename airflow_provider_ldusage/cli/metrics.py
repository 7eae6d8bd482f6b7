"""``ldusage metrics``: the metrics that can be loaded, or all about one of them"""

from __future__ import annotations

import argparse
from typing import Any

from airflow_provider_ldusage.cli.output import Result, pairs_text, table_text
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.metrics import BETA, METRICS, Metric, snake_case
from airflow_provider_ldusage.near_misses import did_you_mean

OPERATORS = {
    "mau": "LaunchDarklyMauUsageOperator",
    "contexts": "LaunchDarklyContextsUsageOperator",
    "events": "LaunchDarklyEventsUsageOperator",
    "data_export": "LaunchDarklyDataExportUsageOperator",
    "experimentation": "LaunchDarklyExperimentationUsageOperator",
    "evaluations": "LaunchDarklyEvaluationsUsageOperator",
    "streams": "LaunchDarklyStreamsUsageOperator",
    "service_connections": "LaunchDarklyServiceConnectionsUsageOperator",
    "sdk_versions": "LaunchDarklySdkVersionsUsageOperator",
    "observability": "LaunchDarklyObservabilityUsageOperator",
    "ai": "LaunchDarklyAIUsageOperator",
    "dimensions": "LaunchDarklyDimensionsOperator",
}
"""Families -> their operators. Importing those would import Airflow."""
HISTORIES = {"SERIES": "series", "DAILY_LIST": "daily list", "SNAPSHOT": "snapshot"}
USAGE = "[NAME]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("metric", nargs="?", metavar="NAME", help="a metric, to see all about it")


def run(given: argparse.Namespace) -> Result:
    """:raises UsageArgumentError: there is no such metric"""
    if given.metric is None:
        return Result({"metrics": [described(metric) for metric in METRICS.values()]}, _list())
    if given.metric not in METRICS:
        raise UsageArgumentError(
            f"There is no metric {shown(given.metric)}.",
            f"{did_you_mean(given.metric, METRICS)}List them with ldusage metrics.",
        )
    metric = METRICS[given.metric]
    return Result(described(metric), _page(metric))


def described(metric: Metric) -> dict[str, Any]:
    """Return the catalogue's entry for programs."""
    return {
        "metric": metric.name,
        "summary": metric.summary,
        "family": metric.family,
        "operator": OPERATORS[metric.family],
        "unit": metric.unit,
        "history": HISTORIES[metric.history.name],
        "additive_over_time": metric.additive_over_time,
        "additive_over_groups": metric.additive_over_groups,
        "default_aggregation_type": metric.default_aggregation,
        "aggregation_types": {name: list(grains) for name, grains in metric.aggregations.items()},
        "group_by": list(metric.groupings),
        "own_dimensions": [snake_case(name) for name in metric.own_dimensions],
        "filters": {
            each.name: {"several_values": each.repeat, "allowed": list(each.allowed)} for each in metric.filters
        },
        "path_arguments": {each.name: list(each.allowed) for each in metric.path_arguments},
        "beta": metric.api_version == BETA,
        "deprecated": metric.deprecated,
        "path": metric.path,
        "documentation": metric.documentation,
    }


def _list() -> str:
    """What each metric says in a sentence, which no column of a terminal has room for, then the table."""
    summaries = pairs_text({metric.name: metric.summary for metric in METRICS.values()})
    headings = ["metric", "family", "counts", "history", "default", "sum over", "status"]
    return f"{summaries}\n\n{table_text(headings, map(_row, METRICS.values()))}"


def _row(metric: Metric) -> list[Any]:
    return [
        metric.name,
        metric.family,
        metric.unit,
        HISTORIES[metric.history.name],
        metric.default_aggregation,
        _sums(metric) if metric.is_series else None,
        "deprecated" if metric.deprecated else _status(metric),
    ]


def _sums(metric: Metric) -> str:
    names = {"time": metric.additive_over_time, "groups": metric.additive_over_groups}
    return ", ".join(name for name, may in names.items() if may) or "nothing"


def _status(metric: Metric) -> str:
    return ("beta" if metric.api_version == BETA else "stable") + (", deprecated" if metric.deprecated else "")


def _page(metric: Metric) -> str:
    sums = f"{_sums(metric)} (figures that are not incremental: never over time)" if metric.is_series else None
    return pairs_text(
        {
            "metric": metric.name,
            "in one sentence": metric.summary,
            "operator": f"{OPERATORS[metric.family]}, or LaunchDarklyUsageOperator(metric={metric.name!r})",
            "counts": metric.unit,
            "history": f"{HISTORIES[metric.history.name]}: {metric.history.value}",
            "may be summed over": sums,
            "aggregation_type": "\n".join(_aggregations(metric)),
            "group_by": "\n".join(metric.groupings),
            "columns of its own": ", ".join(snake_case(name) for name in metric.own_dimensions),
            "filters": "\n".join(_argument(each.name, each.allowed, each.repeat) for each in metric.filters),
            "path arguments": "\n".join(_argument(each.name, each.allowed, True) for each in metric.path_arguments),
            "status": _status(metric),
            "endpoint": f"GET {metric.path}",
            "documentation": metric.documentation,
        }
    )


def _aggregations(metric: Metric) -> list[str]:
    return [
        f"{name}{' (default)' if name == metric.default_aggregation else ''}"
        f"{': ' + ', '.join(grains) if metric.has_granularity else ''}"
        for name, grains in metric.aggregations.items()
    ]


def _argument(name: str, allowed: tuple[str, ...], several: bool) -> str:
    values = f": {', '.join(allowed)}" if allowed else ""
    return f"{name}{values}{'' if several else ' (one value)'}"
