"""Which buckets and series an answer has."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import FLAG, OCTOBER, flip, ms, utc

MANY = "evaluations/default/production/ranking-experiment"
SPARSE_DAYS: dict[str, Any] = {
    **OCTOBER,
    "groupBy": ["environmentId", "sdkName", "sdkVersion"],
    "aggregationType": "incremental",
}


def test_to_bound(sim: Simulator, api: Any) -> None:
    exclusive = api.one("total-mau", **OCTOBER)
    flip(sim, to_bound="inclusive")
    inclusive = api.one("total-mau", **OCTOBER)
    assert inclusive.keys() - exclusive.keys() == {ms(2026, 10, 11)}
    assert exclusive.items() < inclusive.items()
    assert api.one("total-mau", since=utc(2026, 10, 1), to=utc(2026, 10, 10, 12)) == exclusive


def test_absent_points(sim: Simulator, api: Any) -> None:
    absent = api.points("service-connections", **SPARSE_DAYS)
    flip(sim, absent_points="zero")
    zero = api.points("service-connections", **SPARSE_DAYS)
    assert min(map(len, absent.values())) < 10
    assert {len(series) for series in zero.values()} == {10}
    for key, series in zero.items():
        assert {time: value for time, value in series.items() if value} == absent[key]


def test_zero_fill_covers_an_answer_without_usage(sim: Simulator, api: Any) -> None:
    flip(sim, absent_points="zero")
    empty = {**OCTOBER, "sdkName": "Fortran", "aggregationType": "incremental"}
    assert set(api.one("ai-runs", **empty).values()) == {0}
    assert api.json("ai-runs", **empty, groupBy="sdkName")["metadata"] == []


def test_retention_days(sim: Simulator, api: Any) -> None:
    whole = {path: api.points(path, since=utc(2026, 9, 1), to=utc(2026, 11, 1)) for path in ("total-mau", FLAG)}
    flip(sim, retention_days=30)
    for path, series in whole.items():
        cut = api.points(path, since=utc(2026, 9, 1), to=utc(2026, 11, 1))
        assert cut == {
            key: {time: value for time, value in one.items() if time >= ms(2026, 10, 21)} for key, one in series.items()
        }
        body = api.json(path, since=utc(2026, 9, 1), to=utc(2026, 10, 1))
        assert (body["metadata"], body["series"]) == ([], [])


def test_partial_day(sim: Simulator, api: Any) -> None:
    today = ms(2026, 11, 20)
    partial = api.one("total-mau")
    flip(sim, partial_day="zero")
    assert partial[today] > 0
    assert api.one("total-mau") == {**partial, today: 0}
    assert api.one("total-mau", aggregationType="incremental")[today] > 0


def test_primary_kind(sim: Simulator, api: Any) -> None:
    span = {"since": utc(2026, 10, 20), "to": utc(2026, 11, 10)}
    user = api.one("total-mau", **span)
    flip(sim, primary_kind={"2026-11": "organization"})
    flipped = api.one("total-mau", **span)
    october = {time: value for time, value in user.items() if time < ms(2026, 11, 1)}
    kinds = api.points("total-contexts", **span)
    assert october.items() <= flipped.items()
    (organization,) = (one for key, one in kinds.items() if "organization" in str(key))
    assert {t: v for t, v in flipped.items() if t >= ms(2026, 11, 1)} == {
        t: v for t, v in organization.items() if t >= ms(2026, 11, 1)
    }


def test_other_variations(sim: Simulator, api: Any) -> None:
    span = {"since": utc(2026, 10, 1), "to": utc(2026, 11, 1)}
    folded = api.json(MANY, **span)
    flip(sim, other_variations="listed")
    listed = api.json(MANY, **span)
    assert folded["metadata"][-1] == {"key": "Other Variations"}
    assert len(folded["metadata"]) == 21
    assert {"key": "Other Variations"} not in listed["metadata"]
    assert len(listed["metadata"]) == 30
    assert folded["totalEvaluations"] == listed["totalEvaluations"]


def test_series_order(sim: Simulator, api: Any) -> None:
    def orders() -> list[list[Any]]:
        return [
            api.json("ai-runs", **OCTOBER, aggregationType="incremental", groupBy="environmentId")["metadata"],
            api.json("ai-runs", since=utc(2026, 9, 1), to=utc(2026, 10, 1), groupBy="environmentId")["metadata"],
        ]

    shuffled = orders()
    assert shuffled[0] != shuffled[1]
    flip(sim, series_order="sorted")
    ordered = orders()
    assert ordered[0] == ordered[1] == sorted(shuffled[0], key=str)


def test_a_project_filter_means_current_environments(api: Any) -> None:
    span: dict[str, Any] = {"since": datetime(2026, 10, 1, tzinfo=timezone.utc), "aggregationType": "incremental"}
    mobile = {"projectKey": "mobile-app"}
    current = sum(api.one("data-export-events", **span, **mobile).values())
    attributed = sum(api.one("data-export-events", **span, **mobile, groupBy="projectId").values())
    assert current < attributed, "the deleted environment's usage is in the second alone"
