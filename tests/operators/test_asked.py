"""What an operator's arguments ask for."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators.asked import options_of, query_of
from airflow_provider_ldusage.operators.usage import (
    LaunchDarklyEvaluationsUsageOperator,
    LaunchDarklyMauUsageOperator,
    LaunchDarklyUsageOperator,
)
from airflow_provider_ldusage.query import UsageQuery

pytestmark = pytest.mark.airflow


def task(operator: Any = LaunchDarklyUsageOperator, **arguments: Any) -> Any:
    return operator(task_id="load", destination="file:///lake", **arguments)


def test_the_query_is_what_the_arguments_say() -> None:
    arguments: dict[str, Any] = {"group_by": ["projectId"], "filters": {"projectKey": ["default"]}}
    asked = query_of(task(metric="service_connections", **arguments))
    assert asked == UsageQuery.build("service_connections", **arguments)


def test_a_family_of_one_metric_needs_no_name() -> None:
    asked = query_of(task(LaunchDarklyEvaluationsUsageOperator, project_key="p", environment_key="e"))
    assert asked.metric.name == "evaluations"


@pytest.mark.parametrize("metric", [None, "events"])
def test_a_metric_of_another_family_is_refused(metric: str | None) -> None:
    with pytest.raises(UsageArgumentError, match=r"LaunchDarklyMauUsageOperator. Allowed: clientside_mau"):
        query_of(task(LaunchDarklyMauUsageOperator, metric=metric))


def test_options_are_what_the_arguments_say() -> None:
    assert options_of(task()) == LoadOptions()
    arguments: dict[str, Any] = {
        "lookback": "5", "include_open_day": "true", "on_empty": "write", "max_requests": "9",
        "checks": "{'gaps': 'fail'}", "compression": "snappy",
    }  # fmt: skip
    assert options_of(task(**arguments)) == LoadOptions(5, True, "write", 9, {"gaps": "fail"}, "snappy")
