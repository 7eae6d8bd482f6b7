"""The ranking of projects by streaming data export, page by page."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from airflow_provider_ldusage.testing.account import figures
from airflow_provider_ldusage.testing.account.figures import View
from airflow_provider_ldusage.testing.api.refusal import Refusal
from airflow_provider_ldusage.testing.api.time_buckets import MINUTE_MS
from airflow_provider_ldusage.testing.api.usage_series import counted_until, selected_cells
from airflow_provider_ldusage.testing.api.world import Query, World

Item = dict[str, Any]

_DEFAULT_LIMIT = 20


def ranking(query: Query, world: World) -> list[Item]:
    """The whole ranking of the query's range.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: the items of all pages, with ranks from 1
    """
    view = View(counted_until(query, world), world.switches.settle_days)
    start, end = query.start // MINUTE_MS, query.end // MINUTE_MS
    projects = {project.id: project for project in world.account.current_projects}
    search = query.options.get("search", "").lower()
    totals: dict[str, int] = {}
    for cell in [] if query.nothing else selected_cells(query, world):
        project = projects.get(cell.labels["projectId"])
        if project is not None and search in project.key.lower():
            totals[project.id] = totals.get(project.id, 0) + figures.amount(cell, start, end, view)
    ranked = sorted((-usage, projects[one].key, projects[one].name) for one, usage in totals.items() if usage)
    return [
        {"projectKey": key, "projectName": name, "rank": n, "usage": -usage, "components": {"streaming": -usage}}
        for n, (usage, key, name) in enumerate(ranked, 1)
    ]


def ranking_page(query: Query, world: World, items: list[Item]) -> Item:
    """One page of the ranking.

    :param query: the query, with the limit and the cursor of the page
    :param world: the account, the clock and the switches
    :param items: the whole ranking
    :returns: the body of the answer
    :raises Refusal: the cursor is invalid, or belongs to another account or query: 400
    """
    limit = int(query.options.get("limit", _DEFAULT_LIMIT))
    offset = _cursor_offset(query, world) if "cursor" in query.options else 0
    shown = items[offset : offset + limit]
    page: Item = {"limit": limit, "count": len(shown), "totalCount": len(items)}
    if offset + limit < len(items):
        page["nextCursor"] = _cursor(query, world, offset + limit)
    scope = {"source": "streaming", "dimension": "project", "from": query.start, "to": query.end}
    return {"items": shown, "page": page, "scope": scope}


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
    cursor = query.options["cursor"]
    try:
        offset = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(".")[0])
    except ValueError as error:
        raise Refusal(400, "Invalid cursor argument") from error
    if cursor != _cursor(query, world, offset):
        raise Refusal(400, "Invalid cursor argument: it belongs to other inputs")
    return offset
