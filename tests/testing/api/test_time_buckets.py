"""Time zones, and the granularity that endpoints choose themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import DAY, FLAG, NOW, OCTOBER, flip, ms, utc


def test_default_timezone(sim: Simulator, api: Any) -> None:
    asked = api.one("streams/client", **OCTOBER, tz="Asia/Tokyo")
    flip(sim, default_timezone="Asia/Tokyo")
    assert api.one("streams/client", **OCTOBER) == asked
    assert all(time % DAY == 15 * 3_600_000 for time in asked)
    assert all(time % DAY == 15 * 3_600_000 for time in api.one("ai-runs", **OCTOBER))
    assert all(time % DAY == 0 for time in api.one("streams/client", **OCTOBER, tz="UTC"))


def test_days_of_a_time_zone_follow_its_clock_changes(sim: Simulator, api: Any) -> None:
    found = api.one("streams/client", since=utc(2026, 10, 23, 22), to=utc(2026, 10, 26, 23), tz="Europe/Berlin")
    assert [time % DAY // 3_600_000 for time in found] == [22, 22, 23]


def test_monthly_time(sim: Simulator, api: Any) -> None:
    months: dict[str, Any] = {"since": utc(2026, 8, 15), "to": utc(2026, 11, 1), "granularity": "monthly"}
    start = api.one("total-mau", **months)
    assert list(start) == [ms(2026, 8, 1), ms(2026, 9, 1), ms(2026, 10, 1)]
    flip(sim, monthly_time="last_day")
    last = api.one("total-mau", **months)
    assert list(last) == [ms(2026, 8, 31), ms(2026, 9, 30), ms(2026, 10, 31)]
    assert list(last.values()) == list(start.values())
    daily = api.one("total-mau", since=utc(2026, 9, 1), to=utc(2026, 10, 1))
    assert daily[ms(2026, 9, 30)] == last[ms(2026, 9, 30)]


@pytest.mark.parametrize(
    ("start", "length", "by_length", "by_age"),
    [
        (NOW - timedelta(hours=1), timedelta(hours=1), 60_000, 60_000),
        (NOW - timedelta(days=69), timedelta(minutes=119), 60_000, DAY),
        (NOW - timedelta(days=71), timedelta(minutes=119), 3_600_000, DAY),
        (NOW - timedelta(hours=30), timedelta(hours=2), 3_600_000, 3_600_000),
        (NOW - timedelta(hours=47), timedelta(hours=47), 3_600_000, 3_600_000),
        (NOW - timedelta(days=30), timedelta(hours=47), 3_600_000, DAY),
        (NOW - timedelta(days=30), timedelta(hours=48), DAY, DAY),
        (NOW - timedelta(days=2), timedelta(days=2), DAY, 3_600_000),
    ],
)
def test_granularity_is_chosen_by_length_or_age(
    sim: Simulator, api: Any, start: datetime, length: timedelta, by_length: int, by_age: int
) -> None:
    def step(path: str) -> int:
        times: list[int] = sorted(
            {time for one in api.points(path, since=start, to=start + length).values() for time in one}
        )
        if len(times) > 1:
            return min(later - earlier for earlier, later in pairwise(times))
        return DAY if times[0] % DAY == 0 else 3_600_000

    for switch, paths in (
        ("evaluations_granularity", [FLAG]),
        ("streams_granularity", ["streams/client", "events/received"]),
    ):
        for reading, expected in (("by_length", by_length), ("by_age", by_age)):
            flip(sim, **{switch: reading})
            assert {step(path) for path in paths} == {expected}, (switch, reading)


def test_evaluations_granularity(sim: Simulator, api: Any) -> None:
    day = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 2)}
    assert len(api.json(FLAG, **day)["series"]) > 1
    flip(sim, evaluations_granularity="by_age")
    assert [point["time"] for point in api.json(FLAG, **day)["series"]] == [ms(2026, 10, 1)]


def test_streams_granularity(sim: Simulator, api: Any) -> None:
    day = {"since": utc(2026, 10, 1), "to": utc(2026, 10, 2)}
    assert list(api.one("streams/client", **day)) == [ms(2026, 10, 1)]
    flip(sim, streams_granularity="by_length")
    assert len(api.one("streams/client", **day)) > 1
