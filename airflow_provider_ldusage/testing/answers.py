"""The bodies of usage answers, and the same figures as plain rows."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from airflow_provider_ldusage.testing import figures
from airflow_provider_ldusage.testing.account import APPLICATIONS, Sdk
from airflow_provider_ldusage.testing.buckets import MINUTE_MS, buckets_between, month_of
from airflow_provider_ldusage.testing.cells import cells_of
from airflow_provider_ldusage.testing.figures import DAY, View
from airflow_provider_ldusage.testing.rules import Query, Refusal, World
from airflow_provider_ldusage.testing.series import Result, compute, counted_until, selected_cells

Item = dict[str, Any]
_DEFAULT_LIMIT = 20
_SDKS: Mapping[str, Sdk] = {sdk.name: sdk for apps in APPLICATIONS.values() for sdk, _ in apps}


def answer(query: Query, world: World, href: str, *, lapsed: bool = False) -> Any:
    """The JSON body of a query, as its model in the API's description has it.

    Args:
        href: path of the request, for ``_links``.
        lapsed: the account's plan has lapsed: every list is empty.
    """
    shape = query.endpoint.shape
    if shape == "details":
        return [] if lapsed else sdk_details(query, world)
    if shape == "ranking":
        return _ranking_page(query, world, [] if lapsed else ranking(query, world))
    links = {
        "parent": {"href": "/api/v2/usage", "type": "application/json"},
        "self": {"href": href, "type": "application/json"},
    }
    if shape == "sdks":
        return {"_links": links, "sdks": [] if lapsed else sdk_names(query, world)}
    if shape == "sdk_versions":
        return {"_links": links, "sdkVersions": [] if lapsed else sdk_versions(query, world)}
    empty = Result([], [], timezone.utc, query.granularity)
    return {"_links": links, **_series_body(query, world, empty if lapsed else compute(query, world))}


def rows(query: Query, world: World) -> list[Item]:
    """The figures of a series query as rows ``{"time", "value", **metadata}``, by time, without the API's envelope."""
    result = compute(query, world, plain=True)
    found = [
        {"time": result.time_of(bucket, world.switches.monthly_time), "value": one.values[bucket], **one.metadata}
        for one in result.series
        for bucket in result.buckets
        if bucket in one.values
    ]
    return sorted(found, key=lambda row: (row["time"], json.dumps(row, sort_keys=True)))


def _series_body(query: Query, world: World, result: Result) -> Item:
    series: list[Item] = []
    for bucket in result.buckets:
        values = {str(n): one.values[bucket] for n, one in enumerate(result.series) if bucket in one.values}
        if values:
            series.append({"time": result.time_of(bucket, world.switches.monthly_time), **values})
    body: Item = {"metadata": [dict(one.metadata) for one in result.series], "series": series}
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
        "delayed": world.now - through * MINUTE_MS > 3 * 3_600_000,
    }


def _projection(query: Query, world: World) -> list[Item]:
    """Cumulative projected usage by day for the running month, where the range reaches into it.

    What has been so far, then the mean of the month so far for the rest.
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


def sdk_names(query: Query, world: World) -> list[str]:
    """``mau/sdks``: names of the SDKs with monthly active users in the range."""
    view = View(world.now // MINUTE_MS, world.switches.settle_days)
    start, end = query.start // MINUTE_MS, query.end // MINUTE_MS
    if query.nothing:
        return []
    return sorted(
        {
            cell.labels["sdkName"]
            for cell in selected_cells(query, world)
            if cell.labels["contextKind"] == "user" and figures.keys([cell], start, end, view)
        }
    )


def sdk_versions(query: Query, world: World) -> list[Item]:
    """``streams/{source}/sdkversions``: SDKs and versions that connected in the past 60 days."""
    now = world.now // MINUTE_MS
    view = View(now, world.switches.settle_days)
    seen = {
        (cell.labels["sdk"], cell.labels["version"])
        for cell in selected_cells(query, world)
        if figures.amount(cell, now - 60 * DAY, now, view)
    }
    return [{"sdk": sdk, "version": version} for sdk, version in sorted(seen)]


def sdk_details(query: Query, world: World) -> list[Item]:
    """``sdk-versions/*``: SDK versions observed in the 24 hours before the last full hour.

    ``details`` has the newest version of each SDK in each application and environment, ``all`` has every version.
    Fields without information are left out.
    """
    now = world.now // MINUTE_MS // 60 * 60
    view = View(now, 0)
    items: list[tuple[int, Item]] = []
    for cell in cells_of(world.account, "streams"):
        if figures.amount(cell, now - DAY, now, view):
            sdk = _SDKS[cell.labels["sdk"]]
            versions = [version for version, _ in sdk.versions]
            items.append((versions.index(cell.labels["version"]), _details(cell.labels, sdk, world)))
    if query.endpoint.path == "sdk-versions/details":
        newest: dict[str, tuple[int, Item]] = {}
        for place, item in items:
            whose = json.dumps([item.get(name) for name in ("name", "environmentId", "applicationId")])
            if whose not in newest or newest[whose][0] < place:
                newest[whose] = (place, item)
        items = list(newest.values())
    wanted = {query.endpoint.filters[name].label: values[0] for name, values in query.filters.items()}
    found = [item for _, item in items if all(item.get(label) == value for label, value in wanted.items())]
    return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))


def _details(labels: Mapping[str, Any], sdk: Sdk, world: World) -> Item:
    projects = {one.id: one for one in world.account.projects}
    project = projects[labels["projectId"]]
    environment = next(one for one in project.environments if one.id == labels["environmentId"])
    item: Item = {
        "name": sdk.name,
        "version": labels["version"],
        "type": "server" if sdk.category == "backend" else sdk.category,
        "projectId": project.id,
        "environmentId": environment.id,
        "eolStatus": dict(sdk.versions)[labels["version"]],
    }
    if not project.deleted:
        item |= {"projectKey": project.key, "projectName": project.name}
        if not environment.deleted:
            item |= {"environmentKey": environment.key, "environmentName": environment.name}
    if labels["app"] is not None:
        item["applicationId"] = labels["app"]
    if sdk.latest:
        item |= {"ldLatestVersion": sdk.latest, "latestReleaseUrl": sdk.releases}
    if sdk.side == "server":
        item["connectionType"] = "direct"
        if sdk.name == "Go" and environment.key == "production":
            item |= {
                "connectionType": "proxy",
                "relayVersion": "8.17.8",
                "relayEolStatus": "EolAllClear",
                "relayLatestVersion": "8.18.0",
                "relayLatestReleaseUrl": "https://github.com/launchdarkly/ld-relay/releases",
            }
    return item


def ranking(query: Query, world: World) -> list[Item]:
    """The whole ranking of projects by streaming data export in [from, to), with one-based ranks."""
    view = View(counted_until(query, world), world.switches.settle_days)
    start, end = query.start // MINUTE_MS, query.end // MINUTE_MS
    names = {project.id: project for project in world.account.current_projects}
    search = query.options.get("search", "").lower()
    totals: dict[str, int] = {}
    if not query.nothing:
        for cell in selected_cells(query, world):
            project = names.get(cell.labels["projectId"])
            if project is not None and search in project.key.lower():
                totals[project.id] = totals.get(project.id, 0) + figures.amount(cell, start, end, view)
    ranked = sorted((-usage, names[one].key, names[one].name) for one, usage in totals.items() if usage)
    return [
        {"projectKey": key, "projectName": name, "rank": n, "usage": -usage, "components": {"streaming": -usage}}
        for n, (usage, key, name) in enumerate(ranked, 1)
    ]


def _ranking_page(query: Query, world: World, items: list[Item]) -> Item:
    limit = int(query.options.get("limit", _DEFAULT_LIMIT))
    offset = _cursor_offset(query, world) if "cursor" in query.options else 0
    page: Item = {
        "limit": limit,
        "count": len(items[offset : offset + limit]),
        "totalCount": len(items),
    }
    if offset + limit < len(items):
        page["nextCursor"] = _cursor(query, world, offset + limit)
    scope = {"source": "streaming", "dimension": "project", "from": query.start, "to": query.end}
    return {"items": items[offset : offset + limit], "page": page, "scope": scope}


def _cursor(query: Query, world: World, offset: int) -> str:
    inputs = [
        world.account.id,
        query.start,
        query.end,
        sorted(set(query.filters.get("projectKey", ()))),
        query.options.get("search", "").lower(),
        query.options.get("limit"),
    ]
    bound = hashlib.sha256(json.dumps([inputs, offset]).encode()).hexdigest()[:32]
    return base64.urlsafe_b64encode(f"{offset}.{bound}".encode()).decode().rstrip("=")


def _cursor_offset(query: Query, world: World) -> int:
    """The offset in a cursor. Refuses a cursor of another account or other inputs with 400."""
    cursor = query.options["cursor"]
    try:
        offset = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(".")[0])
    except ValueError as error:
        raise Refusal(400, "Invalid cursor argument") from error
    if cursor != _cursor(query, world, offset):
        raise Refusal(400, "Invalid cursor argument: it belongs to other inputs")
    return offset
