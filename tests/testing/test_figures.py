"""The figures are honest: they add up, or are unions, and grow only while data arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.testing.endpoints import ENDPOINTS
from airflow_provider_ldusage.testing.simulator import Simulator
from airflow_provider_ldusage.testing.switches import Switches

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc)
SERIES = [name for name, one in ENDPOINTS.items() if one.shape == "series"]
PATH = {
    "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}": {
        "projectKey": "default",
        "environmentKey": "production",
        "featureFlagKey": "ranking-experiment",
    },
    "streams/{source}": {"source": "server"},
    "streams/{source}/bysdkversion": {"source": "client"},
    "events/{type}": {"type": "published"},
}
ADDITIVE = [name for name in SERIES if not ENDPOINTS[name].unique]
UNIQUE = [name for name in SERIES if ENDPOINTS[name].unique]
days = st.dates(date(2024, 2, 1), date(2026, 11, 25))
spans = st.integers(1, 9)
quick = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@pytest.fixture
def model() -> Iterator[Simulator]:
    yield Simulator(now=NOW)


def table(rows: list[dict[str, Any]]) -> dict[Any, float]:
    found = {}
    for row in rows:
        key = (row["time"], tuple(sorted((k, repr(v)) for k, v in row.items() if k not in ("time", "value"))))
        assert key not in found
        found[key] = row["value"]
    return found


def totals(rows: list[dict[str, Any]]) -> dict[int, float]:
    """The sum of the rows at each time."""
    found: dict[int, float] = {}
    for row in rows:
        found[row["time"]] = found.get(row["time"], 0) + row["value"]
    return found


def ask(model: Simulator, name: str, start: date, end: date, **more: Any) -> list[dict[str, Any]]:
    path: dict[str, Any] = PATH.get(name, {})
    return model.truth(name, start=start, end=end, **path, **more)


@pytest.mark.parametrize("name", [one for one in ADDITIVE if ENDPOINTS[one].groups])
@given(start=days, span=spans, data=st.data())
@quick
def test_groups_add_up_to_the_total(model: Simulator, name: str, start: date, span: int, data: st.DataObject) -> None:
    names = sorted(ENDPOINTS[name].groups)
    groups = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=4))
    aggregation = data.draw(st.sampled_from(sorted(ENDPOINTS[name].aggregations)))
    end = start + timedelta(days=span)
    # Asking data export for projects needs them named, and then leaves other projects out.
    filters = (
        {"projectKey": ["default", "mobile-app"]} if "projectId" in groups and name == "data-export-events" else {}
    )
    grouped = ask(model, name, start, end, group_by=groups, filters=filters, aggregation_type=aggregation)
    if filters:
        whole = ask(model, name, start, end, filters=filters, aggregation_type=aggregation, group_by=["projectId"])
    else:
        whole = ask(model, name, start, end, aggregation_type=aggregation)
    assert totals(grouped) == totals(whole)


@pytest.mark.parametrize(
    "name", [one for one in ADDITIVE if "incremental" in ENDPOINTS[one].aggregations or ENDPOINTS[one].automatic]
)
@given(start=days, span=spans)
@quick
def test_hours_add_up_to_days(model: Simulator, name: str, start: date, span: int) -> None:
    endpoint = ENDPOINTS[name]
    if not endpoint.automatic and "hourly" not in endpoint.aggregations["incremental"]:
        return
    end = start + timedelta(days=span)
    kind = {} if endpoint.automatic else {"aggregation_type": "incremental"}
    daily = totals(ask(model, name, start, end, granularity="daily", **kind))
    hourly = totals(ask(model, name, start, end, granularity="hourly", **kind))
    added: dict[int, float] = {}
    for time, value in hourly.items():
        added[time // 86_400_000 * 86_400_000] = added.get(time // 86_400_000 * 86_400_000, 0) + value
    assert added == daily


@pytest.mark.parametrize("name", [one for one in ADDITIVE if "incremental" in ENDPOINTS[one].aggregations])
@given(month=st.integers(1, 10), day=st.integers(1, 28))
@quick
def test_month_to_date_is_the_sum_since_the_month_began(model: Simulator, name: str, month: int, day: int) -> None:
    start, end = date(2026, month, 1), date(2026, month, day) + timedelta(days=1)
    incremental = totals(ask(model, name, start, end, aggregation_type="incremental"))
    cumulative = totals(ask(model, name, start, end, aggregation_type="month_to_date"))
    for time, value in cumulative.items():
        assert value == sum(part for when, part in incremental.items() if when <= time)
    last = ask(model, name, end - timedelta(days=1), end, aggregation_type="month_to_date")
    assert totals(last) == {time: value for time, value in cumulative.items() if time == max(cumulative)}


@pytest.mark.parametrize("name", [one for one in UNIQUE if "month_to_date" in ENDPOINTS[one].aggregations])
@given(month=st.integers(1, 10), data=st.data())
@quick
def test_unique_things_are_unions(model: Simulator, name: str, month: int, data: st.DataObject) -> None:
    groups = data.draw(
        st.lists(st.sampled_from(sorted(ENDPOINTS[name].groups)), unique=True, max_size=3).filter(
            lambda chosen: "contextKind" not in chosen
        )
    )
    start = date(2026, month, 1)
    end = date(2026, month + 1, 1)
    increment = "daily_incremental" if name == "mau" else "incremental"
    by_day = table(ask(model, name, start, end, group_by=groups, aggregation_type=increment))
    by_month = table(ask(model, name, start, end, group_by=groups, aggregation_type="month_to_date"))
    newest: dict[Any, float] = {}
    for (time, group), value in sorted(by_month.items()):
        assert value >= newest.get(group, 0), "month to date never falls inside a month"
        assert by_day.get((time, group), 0) <= value
        assert value <= newest.get(group, 0) + by_day.get((time, group), 0)
        newest[group] = value
    ungrouped = totals(ask(model, name, start, end, aggregation_type="month_to_date"))
    grouped = totals(ask(model, name, start, end, group_by=groups, aggregation_type="month_to_date"))
    assert all(grouped[time] >= ungrouped[time] for time in ungrouped)


def test_groups_of_unique_things_do_not_add_up(model: Simulator) -> None:
    for name, group in (("total-mau", "projectId"), ("experimentation-keys", "environmentId")):
        start, end = date(2026, 10, 1), date(2026, 11, 1)
        whole, grouped = (totals(ask(model, name, start, end, group_by=groups)) for groups in ([], [group]))
        if name == "total-mau":
            assert grouped[max(grouped)] > whole[max(whole)]
        else:  # Each experiment counts its keys apart, and runs in one environment here.
            assert grouped == whole


def test_rolling_30_days_spans_months(model: Simulator) -> None:
    for name in ("total-mau", "vega-ai"):
        end = date(2026, 10, 31)  # The thirty days before are 1 to 30 October.
        rolling = totals(ask(model, name, end - timedelta(days=1), end, aggregation_type="rolling_30d"))
        cumulative = totals(ask(model, name, end - timedelta(days=1), end, aggregation_type="month_to_date"))
        assert rolling == cumulative
        early = totals(ask(model, name, date(2026, 10, 2), date(2026, 10, 3), aggregation_type="rolling_30d"))
        begun = totals(ask(model, name, date(2026, 10, 2), date(2026, 10, 3), aggregation_type="month_to_date"))
        assert all(early[time] > begun[time] for time in begun)


@pytest.mark.parametrize("name", SERIES)
def test_late_data_grow_for_the_settling_days_and_then_are_final(name: str) -> None:
    day = date(2026, 10, 14)
    midnight = datetime(2026, 10, 15, tzinfo=timezone.utc)
    endpoint = ENDPOINTS[name]
    kind: dict[str, Any] = {}
    if endpoint.aggregations and endpoint.path != "mau/bycategory":
        names = list(endpoint.aggregations)
        kind = {"aggregation_type": next((one for one in names if "incremental" in one), names[0])}
    seen: list[dict[Any, float]] = []
    for hours in (0, 7, 24, 30, 48, 60, 72, 73, 1000):
        model = Simulator(now=midnight + timedelta(hours=hours), switches=Switches(data_through_lag_hours=0))
        seen.append(
            table(
                ask(model, name, day, day + timedelta(days=1), group_by=list(endpoint.groups)[:1], **kind)
                if name != "data-export-events"
                else ask(model, name, day, day + timedelta(days=1), **kind)
            )
        )
    for before, after in pairwise(seen):
        assert all(after.get(key, 0) >= value for key, value in before.items())
    assert sum(seen[0].values()) < sum(seen[-1].values())
    assert seen[-3] == seen[-2] == seen[-1]


@given(first=st.integers(0, 150), step=st.integers(1, 40))
@quick
def test_no_hour_ever_shrinks(first: int, step: int) -> None:
    begin = datetime(2026, 10, 14, tzinfo=timezone.utc)
    span = (date(2026, 10, 14), date(2026, 10, 16))
    for name in ("service-connections", "experimentation-keys"):
        kind: dict[str, Any] = {"aggregation_type": "incremental", "granularity": "hourly"}
        one, other = (
            table(ask(Simulator(now=begin + timedelta(hours=hours)), name, *span, **kind))
            for hours in (first, first + step)
        )
        assert all(other.get(key, 0) >= value for key, value in one.items())


def test_the_running_day_has_only_what_has_happened(model: Simulator) -> None:
    today = NOW.date()
    hours = ask(
        model,
        "service-connections",
        today,
        today + timedelta(days=1),
        granularity="hourly",
        aggregation_type="incremental",
    )
    assert max(row["time"] for row in hours) == int(NOW.replace(minute=0).timestamp() * 1000)
    assert ask(model, "service-connections", today + timedelta(days=1), today + timedelta(days=3)) == []


def test_there_is_no_usage_before_the_account(model: Simulator) -> None:
    for name in SERIES:
        assert ask(model, name, date(2023, 11, 1), date(2023, 12, 30)) == []


def test_some_usage_is_sparse_and_lacks_dimensions(model: Simulator) -> None:
    found = ask(
        model,
        "service-connections",
        date(2026, 9, 1),
        date(2026, 10, 1),
        group_by=["projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId", "relayVersion"],
        aggregation_type="incremental",
    )
    per_series: dict[Any, int] = {}
    for _, group in table(found):
        per_series[group] = per_series.get(group, 0) + 1
    assert min(per_series.values()) < 30 == max(per_series.values())
    assert any("sdkAppId" not in row for row in found)
    assert {"Unknown"} < {row.get("sdkAppId") for row in found}
    assert 0 < sum("relayVersion" in row for row in found) < len(found) / 2
    known = {
        one.id
        for project in model._service.world().account.current_projects
        for one in project.environments
        if not one.deleted
    }
    assert {row["environmentId"] for row in found} - known, "a deleted environment still has usage"


def test_weekends_are_quieter(model: Simulator) -> None:
    found = totals(ask(model, "total-mau", date(2026, 10, 5), date(2026, 10, 12), aggregation_type="incremental"))
    values = [found[time] for time in sorted(found)]
    assert max(values[5:]) < min(values[:5])


def test_each_account_has_its_own_figures_and_ids() -> None:
    one, other = Simulator(now=NOW), Simulator(now=NOW, account_id="ffffffffffffffffffffffff")
    span = {"start": date(2026, 10, 1), "end": date(2026, 10, 3), "group_by": ["projectId"]}
    assert one.truth("ai-runs", **span) != other.truth("ai-runs", **span)  # type: ignore[arg-type]
    ids = [{row["projectId"] for row in sim.truth("ai-runs", **span)} for sim in (one, other)]  # type: ignore[arg-type]
    assert not ids[0] & ids[1]
