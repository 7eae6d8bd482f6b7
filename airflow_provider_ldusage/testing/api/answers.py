"""The bodies of usage answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from airflow_provider_ldusage.testing.account import figures
from airflow_provider_ldusage.testing.account.figures import View
from airflow_provider_ldusage.testing.api.project_ranking import ranking, ranking_page
from airflow_provider_ldusage.testing.api.sdk_lists import sdk_details, sdk_names, sdk_versions
from airflow_provider_ldusage.testing.api.time_buckets import MINUTE_MS, buckets_between, month_of
from airflow_provider_ldusage.testing.api.usage_series import Result, compute, counted_until, selected_cells
from airflow_provider_ldusage.testing.api.world import Query, World

Item = dict[str, Any]

LISTS: Mapping[str, Callable[[Query, World], list[Any]]] = {
    "sdks": sdk_names,
    "sdk_versions": sdk_versions,
    "details": sdk_details,
    "ranking": ranking,
}
"""Shape of an answer to what lists its items, for answers that are no series."""

_DELAYED_MS = 3 * 3_600_000


def answer(query: Query, world: World, href: str, *, lapsed: bool = False) -> Any:
    """The JSON body of a query's answer, in the form of its published model.

    :param query: the query
    :param world: the account, the clock and the switches
    :param href: path of the request, for ``_links``
    :param lapsed: the account's plan has lapsed, so every list is empty
    :returns: the body
    :raises Refusal: the cursor of a ranking is invalid: 400
    """
    shape = query.endpoint.shape
    links = {
        "parent": {"href": "/api/v2/usage", "type": "application/json"},
        "self": {"href": href, "type": "application/json"},
    }
    if shape == "series":
        empty = Result([], [], timezone.utc, query.granularity)
        return {"_links": links, **_series_body(query, world, empty if lapsed else compute(query, world))}
    items = [] if lapsed else LISTS[shape](query, world)
    if shape == "details":
        return items
    if shape == "ranking":
        return ranking_page(query, world, items)
    return {"_links": links, "sdks" if shape == "sdks" else "sdkVersions": items}


def _series_body(query: Query, world: World, result: Result) -> Item:
    points: list[Item] = []
    for bucket in result.buckets:
        values = {str(n): one.values[bucket] for n, one in enumerate(result.series) if bucket in one.values}
        if values:
            points.append({"time": result.time_of(bucket, world.switches.monthly_time), **values})
    body: Item = {"metadata": [dict(one.metadata) for one in result.series], "series": points}
    figure = query.endpoint.figure
    if figure == "evaluations" and world.switches.total_evaluations == "present":
        body["totalEvaluations"] = sum(sum(one.values.values()) for one in result.series)
    if figure == "service-connections" and world.switches.projected_series != "absent":
        projected = _projection(query, world)
        if projected:
            body["projectedSeries"] = projected
    if figure in ("data-export", "warehouse"):
        body |= _watermark(query, world)
    return body


def _watermark(query: Query, world: World) -> Item:
    if world.switches.data_through_lag_hours is None:
        return {}
    through = counted_until(query, world)
    moment = datetime.fromtimestamp(through * 60, timezone.utc)
    return {
        "dataThrough": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "delayed": world.now - through * MINUTE_MS > _DELAYED_MS,
    }


def _projection(query: Query, world: World) -> list[Item]:
    """Cumulative usage by day of the running month, if the range reaches into it.

    It consists of the actual usage so far and, for the rest of the month, of its mean.
    """
    now = world.now // MINUTE_MS
    month = month_of(now, timezone.utc)
    if query.nothing or query.end <= month.start * MINUTE_MS:
        return []
    cells = selected_cells(query, world)
    view = View(now, world.switches.settle_days)
    elapsed = now - month.start
    total = figures.amounts(cells, month.start, now, view)
    if not total or not elapsed:
        return []
    points = []
    for day in buckets_between(month.start * MINUTE_MS, month.end * MINUTE_MS, "daily", timezone.utc):
        if day.end > now:
            value = total * (day.end - month.start) / elapsed
        elif world.switches.projected_series == "full_period":
            value = figures.amounts(cells, month.start, day.end, view)
        else:
            continue
        points.append({"time": day.start * MINUTE_MS, "0": round(value / 2, 3)})
    return points
