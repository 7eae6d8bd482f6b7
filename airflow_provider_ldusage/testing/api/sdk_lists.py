"""The lists of SDKs and of their versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_provider_ldusage.testing.account import figures
from airflow_provider_ldusage.testing.account.cells import Cell, cells_of
from airflow_provider_ldusage.testing.account.figures import DAY, View
from airflow_provider_ldusage.testing.account.model import Account, Environment, Project, Sdk
from airflow_provider_ldusage.testing.account.sdks import SDKS
from airflow_provider_ldusage.testing.api.time_buckets import MINUTE_MS
from airflow_provider_ldusage.testing.api.usage_series import selected_cells
from airflow_provider_ldusage.testing.api.world import Query, World

Item = dict[str, Any]

_STREAM_DAYS = 60


def sdk_names(query: Query, world: World) -> list[str]:
    """``mau/sdks``: the SDKs with monthly active users in the range.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: their names, sorted
    """
    if query.nothing:
        return []
    view = View(world.now // MINUTE_MS, world.switches.settle_days)
    start, end = query.start // MINUTE_MS, query.end // MINUTE_MS
    return sorted(
        {
            cell.labels["sdkName"]
            for cell in selected_cells(query, world)
            if cell.labels["contextKind"] == "user" and figures.keys([cell], start, end, view)
        }
    )


def sdk_versions(query: Query, world: World) -> list[Item]:
    """``streams/{source}/sdkversions``: the SDK versions that connected in the past 60 days.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: ``{sdk, version}``, sorted
    """
    now = world.now // MINUTE_MS
    view = View(now, world.switches.settle_days)
    seen = {
        (cell.labels["sdk"], cell.labels["version"])
        for cell in selected_cells(query, world)
        if figures.amount(cell, now - _STREAM_DAYS * DAY, now, view)
    }
    return [{"sdk": sdk, "version": version} for sdk, version in sorted(seen)]


def sdk_details(query: Query, world: World) -> list[Item]:
    """``sdk-versions/*``: the SDK versions that connected in the 24 hours before the last full hour.

    ``details`` has the newest version of each SDK in each application and environment, ``all`` has every version.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: items without the fields that are unknown, sorted
    """
    now = world.now // MINUTE_MS // 60 * 60
    view = View(now, 0)
    cells = [cell for cell in cells_of(world.account, "streams") if figures.amount(cell, now - DAY, now, view)]
    if query.endpoint.path == "sdk-versions/details":
        cells = _newest(cells)
    wanted = {query.endpoint.filters[name].label: values[0] for name, values in query.filters.items()}
    items = [_details(cell.labels, world.account) for cell in cells]
    selected = [item for item in items if all(item.get(label) == value for label, value in wanted.items())]
    return sorted(selected, key=lambda item: json.dumps(item, sort_keys=True))


def _newest(cells: list[Cell]) -> list[Cell]:
    """The cells with the newest version of each SDK in each application and environment."""
    newest: dict[tuple[Any, ...], Cell] = {}
    for cell in cells:
        user = tuple(cell.labels[name] for name in ("sdk", "environmentId", "app"))
        if user not in newest or _age_rank(newest[user]) < _age_rank(cell):
            newest[user] = cell
    return list(newest.values())


def _age_rank(cell: Cell) -> int:
    """The position of the cell's SDK version, from old to new."""
    return [version.number for version in SDKS[cell.labels["sdk"]].versions].index(cell.labels["version"])


def _details(labels: Mapping[str, Any], account: Account) -> Item:
    sdk = SDKS[labels["sdk"]]
    project = next(one for one in account.projects if one.id == labels["projectId"])
    environment = next(one for one in project.environments if one.id == labels["environmentId"])
    item: Item = {
        "name": sdk.name,
        "version": labels["version"],
        "type": "server" if sdk.category == "backend" else sdk.category,
        "projectId": project.id,
        "environmentId": environment.id,
        "eolStatus": dict(sdk.versions)[labels["version"]],
        **_names(project, environment),
    }
    if labels["app"] is not None:
        item["applicationId"] = labels["app"]
    if sdk.latest:
        item |= {"ldLatestVersion": sdk.latest, "latestReleaseUrl": sdk.releases}
    return {**item, **_connection(sdk, environment)}


def _names(project: Project, environment: Environment) -> Item:
    """Keys and names of what is not deleted."""
    if project.deleted:
        return {}
    names = {"projectKey": project.key, "projectName": project.name}
    if environment.deleted:
        return names
    return {**names, "environmentKey": environment.key, "environmentName": environment.name}


def _connection(sdk: Sdk, environment: Environment) -> Item:
    """How a server-side SDK connects: Go in production does so through a relay proxy."""
    if sdk.side != "server":
        return {}
    if sdk.name != "Go" or environment.key != "production":
        return {"connectionType": "direct"}
    return {
        "connectionType": "proxy",
        "relayVersion": "8.17.8",
        "relayEolStatus": "EolAllClear",
        "relayLatestVersion": "8.18.0",
        "relayLatestReleaseUrl": "https://github.com/launchdarkly/ld-relay/releases",
    }
