"""What `truth` says is what the API answers, for every endpoint."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.testing.endpoints import ENDPOINTS
from airflow_provider_ldusage.testing.simulator import Simulator

START, END = date(2026, 10, 30), date(2026, 11, 3)
VALUES = {
    "projectKey": "default",
    "environmentKey": "production",
    "featureFlagKey": "retry-policy",
    "source": "client",
    "type": "received",
}


def rows(body: Any) -> list[dict[str, Any]]:
    return [
        {"time": point["time"], "value": value, **body["metadata"][int(key)]}
        for point in body["series"]
        for key, value in point.items()
        if key != "time"
    ]


def ordered(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda one: sorted(map(repr, one.items())) if isinstance(one, dict) else one)


@pytest.mark.parametrize("template", ENDPOINTS)
def test_truth_is_what_is_answered(sim: Simulator, api: Any, template: str) -> None:
    endpoint = ENDPOINTS[template]
    names = [name for name in VALUES if "{" + name + "}" in template]
    query: dict[str, Any] = {}
    truth: dict[str, Any] = {name: VALUES[name] for name in names}
    if endpoint.unit != "none":
        unit = 1 if endpoint.unit == "s" else 1000
        for name, day in (("since", START), ("to", END)):
            query[name] = int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp()) * unit
        truth |= {"start": START, "end": END}
    body = api.json(template.format(**VALUES), **query)
    plain = sim.truth(template, **truth)
    assert plain
    if endpoint.shape == "series":
        assert ordered(plain) == ordered(rows(body))
        assert [row["time"] for row in plain] == sorted(row["time"] for row in plain)
    else:
        key = {"sdks": "sdks", "sdk_versions": "sdkVersions", "ranking": "items"}.get(endpoint.shape)
        assert plain == (body[key] if key else body)


def test_truth_takes_groups_filters_and_choices(sim: Simulator, api: Any) -> None:
    chosen = {"aggregationType": "incremental", "granularity": "hourly", "groupBy": ["sdkName", "sdkAppId"]}
    body = api.json(
        "service-connections",
        since=datetime(2026, 11, 19, tzinfo=timezone.utc),
        to=datetime(2026, 11, 21, tzinfo=timezone.utc),
        projectKey="data-platform",
        environmentKey=["production", "staging"],
        **chosen,
    )
    plain = sim.truth(
        "service-connections",
        start=date(2026, 11, 19),
        end=date(2026, 11, 21),
        group_by=("sdkName", "sdkAppId"),
        filters={"projectKey": "data-platform", "environmentKey": ["production", "staging"]},
        aggregation_type="incremental",
        granularity="hourly",
    )
    assert plain
    assert ordered(plain) == ordered(rows(body))
    assert {row["sdkName"] for row in plain} == {"Python", "Go"}
