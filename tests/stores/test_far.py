"""Stores far away: as many requests in flight as the store takes well, and none that is not needed."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.stores.conftest import MIDNIGHT

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

IN_FLIGHT = 32


def loaded(load: Any, destination: str, days: int) -> dict[str, int]:
    """Load so many days; what became of how many."""
    window = {"start": (MIDNIGHT - timedelta(days=days)).date().isoformat(), "end": MIDNIGHT.date().isoformat()}
    report = load(destination, metric="service_connections", group_by=["projectId"], lookback=0, **window)
    return {name: each["count"] for name, each in report["days"].items() if each["count"]}


def counted(lake: Any, load: Any, days: int) -> tuple[dict[str, int], Counter[str]]:
    """The same as a new task does it, and its requests."""
    lake.connect("owner")
    lake.proxy.reset()
    return loaded(load, lake.destination, days), lake.requests()


def test_a_day_costs_one_put_one_get_or_both(lake: Any, load: Any, simulator: Any) -> None:
    """Found by what a load of 21 days asks more than a load of one."""
    base = lake.prefix
    costs: dict[int, list[Counter[str]]] = {}
    for days in (1, 21):
        lake.move(f"{base}/{days}")
        first = counted(lake, load, days)
        unchanged = counted(lake, load, days)
        swap_days(lake)
        restated = counted(lake, load, days)
        assert [first[0], unchanged[0]] == [{"written": days}, {"unchanged": days}]
        assert restated[0] == ({"unchanged": 1} if days == 1 else {"unchanged": 1, "restated": 20})
        costs[days] = [first[1], unchanged[1], restated[1]]
    more = [many - few for few, many in zip(costs[1], costs[21], strict=True)]
    assert more == [{"PUT": 20}, {"GET": 20}, {"GET": 20, "PUT": 20}]


def swap_days(lake: Any) -> None:
    """Store the file of one day for every other one, too."""
    fs = lake.kind.filesystem()
    files = sorted(path for path in fs.find(lake.prefix) if "usage_date" in path)
    content = fs.cat_file(files[0])
    for path in files[1:]:
        fs.pipe_file(path, content)


def test_thirty_two_days_are_put_at_a_time_and_then_read(lake: Any, load: Any, simulator: Any) -> None:
    """The proxy answers none of them before all are there."""
    for kind, outcome in (("PUT", "written"), ("GET", "unchanged")):
        all_there = threading.Barrier(IN_FLIGHT)

        def hold(method: str, target: str, headers: Any, body: bytes, kind: str = kind, until: Any = all_there) -> None:
            is_write = method in ("PUT", "POST")
            if is_write == (kind == "PUT") and (".parquet" in target or b".parquet" in body[:500]):
                until.wait(120)

        lake.connect("owner")
        lake.proxy.intercept = hold
        assert loaded(load, lake.destination, IN_FLIGHT) == {outcome: IN_FLIGHT}
