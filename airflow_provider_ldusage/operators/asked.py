"""What an operator's arguments ask for, once they are rendered: the query, and how its days are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.metrics import METRICS, family_metrics
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.operators import arguments
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.query_rules import FLAG_ARGUMENT

if TYPE_CHECKING:
    from airflow_provider_ldusage.engine.plan import LoadOptions

PATH_ARGUMENTS = ("source", "event_type", "project_key", "environment_key", FLAG_ARGUMENT)


def query_of(operator: Any) -> UsageQuery:
    """Return the query of an operator that loads.

    :raises UsageArgumentError: an argument is invalid
    """
    allowed = family_metrics(operator.family) if operator.family else tuple(METRICS)
    metric = arguments.key("metric", operator.metric) or (allowed[0] if len(allowed) == 1 else None)
    if metric not in allowed:
        raise not_allowed("metric", metric, allowed, f" for {type(operator).__name__}")
    return UsageQuery.build(
        metric,
        group_by=arguments.texts("group_by", operator.group_by) or (),
        filters=arguments.filters(operator.filters),
        aggregation_type=arguments.text("aggregation_type", operator.aggregation_type),
        granularity=arguments.text("granularity", operator.granularity),
        feature_flag_key=arguments.keys("feature_flag_key", operator.feature_flag_key),
        **{name: arguments.key(name, getattr(operator, name)) for name in PATH_ARGUMENTS if name != FLAG_ARGUMENT},
    )


def options_of(operator: Any) -> LoadOptions:
    """Return how an operator loads its days.

    :raises UsageArgumentError: an argument is invalid
    """
    from airflow_provider_ldusage.engine.plan import DEFAULT_MAX_REQUESTS, LoadOptions

    max_requests = arguments.number("max_requests", operator.max_requests)
    return LoadOptions(
        lookback=arguments.number("lookback", operator.lookback),
        include_open_day=arguments.flag("include_open_day", operator.include_open_day),
        on_empty=arguments.text("on_empty", operator.on_empty) or "keep",
        max_requests=DEFAULT_MAX_REQUESTS if max_requests is None else max_requests,
        checks=arguments.choices("checks", operator.checks),
        compression=arguments.text("compression", operator.compression),
    )
