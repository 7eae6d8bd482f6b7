"""Stores far away: as many requests in flight as the store takes well, and none that is not needed."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from tests.stores.conftest import is_of_a_day, window
from tests.stores.proxy import Seen

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

DAYS = 32


def loaded(load: Any, destination: str, days: int) -> dict[str, int]:
    """Load so many days; what became of how many."""
    report = load(destination, metric="vega_ai", lookback=0, **window(days))
    return {name: each["count"] for name, each in report["days"].items() if each["count"]}


def counted(lake: Any, load: Any) -> tuple[dict[str, int], Counter[str]]:
    """Load as a new task does; what became of the days, and the requests for their files."""
    seen: Counter[str] = Counter()

    def note(method: str, target: str, headers: Any, body: bytes) -> None:
        if is_of_a_day(target, body):
            seen[lake.kind.kind_of(Seen(method, target, 0))] += 1

    lake.connect("owner")
    lake.proxy.intercept = note
    return loaded(load, lake.destination, DAYS), seen


def test_a_day_costs_one_put_or_one_get_or_both(lake: Any, load: Any, simulator: Any) -> None:
    assert counted(lake, load) == ({"written": DAYS}, {"PUT": DAYS})
    assert counted(lake, load) == ({"unchanged": DAYS}, {"GET": DAYS})
    swap_days(lake)
    assert counted(lake, load) == ({"unchanged": 1, "restated": DAYS - 1}, {"GET": DAYS, "PUT": DAYS - 1})


def swap_days(lake: Any) -> None:
    """Store the file of one day for every other one, too."""
    fs = lake.kind.filesystem()
    files = sorted(path for path in fs.find(lake.prefix) if "usage_date" in path)
    content = fs.cat_file(files[0])
    for path in files[1:]:
        fs.pipe_file(path, content)


def test_thirty_two_days_are_put_at_a_time_and_then_read(lake: Any, load: Any, simulator: Any) -> None:
    """The proxy answers none of them before all are there."""
    for writes, outcome in ((True, "written"), (False, "unchanged")):
        all_there = threading.Barrier(DAYS)

        def hold(method: str, target: str, _: Any, body: bytes, writes: bool = writes, until: Any = all_there) -> None:
            if (method in ("PUT", "POST")) == writes and is_of_a_day(target, body):
                until.wait(120)

        lake.connect("owner")
        lake.proxy.intercept = hold
        assert loaded(load, lake.destination, DAYS) == {outcome: DAYS}
