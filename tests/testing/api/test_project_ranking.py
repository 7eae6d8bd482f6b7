"""The ranking of projects."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import NOW


def test_projects_can_be_ranked_page_by_page(sim: Simulator, api: Any) -> None:
    path = "data-export-events/projects/ranking"
    span: dict[str, Any] = {"since": NOW - timedelta(days=9), "to": NOW - timedelta(days=5)}
    whole = api.json(path, **span)
    assert whole["page"] == {"limit": 20, "count": 3, "totalCount": 3}
    assert whole["scope"] == {
        "source": "streaming",
        "dimension": "project",
        "from": int(span["since"].timestamp() * 1000),
        "to": int(span["to"].timestamp() * 1000),
    }
    assert [one["rank"] for one in whole["items"]] == [1, 2, 3]
    assert [one["usage"] for one in whole["items"]] == sorted((one["usage"] for one in whole["items"]), reverse=True)
    items: list[Any] = []
    cursor: dict[str, str | None] = {}
    for _ in range(3):
        page = api.json(path, **span, limit=1, **cursor)
        items += page["items"]
        cursor = {"cursor": page["page"].get("nextCursor")}
    assert items == whole["items"]
    assert cursor == {"cursor": None}
    first = api.json(path, **span, limit=1)["page"]["nextCursor"]
    for other in ({"limit": 2}, {"limit": 1, "search": "e"}, {"limit": 1, "projectKey": "default"}, {}):
        assert api.get(path, **span, cursor=first, **other).status_code == 400
    with Simulator(now=NOW, account_id="another") as elsewhere:
        assert type(api)(elsewhere).get(path, **span, limit=1, cursor=first).status_code == 400
    assert [one["projectKey"] for one in api.json(path, **span, search="MOBILE")["items"]] == ["mobile-app"]
    assert api.json(path, **span, search="Data pl")["items"] == [], "names are not searched"


def test_the_ranking_is_what_the_events_add_up_to(api: Any) -> None:
    span = {"since": datetime(2026, 10, 1, tzinfo=timezone.utc), "to": datetime(2026, 10, 8, tzinfo=timezone.utc)}
    for item in api.json("data-export-events/projects/ranking", **span)["items"]:
        events = api.one(
            "data-export-events",
            **span,
            projectKey=item["projectKey"],
            groupBy="projectId",
            aggregationType="incremental",
        )
        assert sum(events.values()) == item["usage"] == item["components"]["streaming"]
