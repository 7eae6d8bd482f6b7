"""`truth` equals what the API answers, for every endpoint."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing import asking
from tests.testing.asking import flip

START, END = date(2026, 10, 30), date(2026, 11, 3)
VALUES = {**asking.VALUES, "featureFlagKey": "retry-policy", "source": "client"}


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


def test_truth_refuses_what_an_endpoint_does_not_have(sim: Simulator) -> None:
    span: dict[str, Any] = {"start": date(2026, 10, 1), "end": date(2026, 10, 2)}
    for name, more in (
        ("nothing", {}),
        ("streams/{source}", {}),
        ("streams/{source}", {"source": "browser"}),
        ("streams/{source}", {"source": "client", "granularity": "weekly"}),
        ("total-mau", {"group_by": ["project"]}),
        ("total-mau", {"filters": {"project": "default"}}),
        ("total-mau", {"aggregation_type": "average"}),
        ("service-connections", {"filters": {"sdkType": ["server", "client"]}}),
    ):
        with pytest.raises(ValueError, match=r"stream|endpoint|path|group|filter|argument|granularity|value"):
            sim.truth(name, **span, **more)
    with pytest.raises(ValueError, match="start and end"):
        sim.truth("total-mau")


def test_the_truth_knows_of_deletions(sim: Simulator) -> None:
    span: Any = {"start": date(2026, 11, 1), "end": date(2026, 11, 10), "group_by": ["projectId"]}
    before = sim.truth("service-connections", **span)
    sim.delete_project("mobile-app")
    assert sim.truth("service-connections", **span) == before
    with pytest.raises(ValueError, match="unknown project"):
        sim.truth("service-connections", **span, filters={"projectKey": "mobile-app"})


def test_truth_is_free_of_what_distorts_an_answer(sim: Simulator) -> None:
    span = {"start": date(2026, 10, 5), "end": date(2026, 10, 12)}
    before = sim.truth("ai-runs", **span)  # type: ignore[arg-type]
    flip(
        sim,
        retention_days=1,
        month_to_date_from="requested_from",
        absent_points="zero",
        to_bound="inclusive",
        lapsed_plan=["*"],
        partial_day="zero",
        seconds_documented="milliseconds",
    )
    assert sim.truth("ai-runs", **span) == before  # type: ignore[arg-type]
