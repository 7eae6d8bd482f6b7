"""The sums of the check ``groups`` against their plainest reading, on histories of every kind."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from hypothesis import given, settings

from tests.checks.histories import HISTORIES, LAST, NAMES, START, history
from tests.checks.support import sums_in
from tests.loading import decoded


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_sums_are_those_that_a_naive_loop_finds(figures: dict[str, list[int | None]]) -> None:
    days = decoded({name: history(found) for name, found in figures.items()}, START, LAST)
    plain: dict[date, float] = {}
    monthly: dict[date, float] = {}
    seen: set[str] = set()
    for n in range(12):
        day = START + timedelta(days=n)
        there = {name: figure for name in NAMES if (figure := figures[name][n]) is not None}
        if day.day == 1:
            seen = set()
        seen |= there.keys()
        if there:
            plain[day] = sum(there.values())
        if there and there.keys() == seen and day.month == 11:
            monthly[day] = sum(there.values())
    for wanted, expected in ((False, plain), (True, monthly)):
        found = sums_in(days, monthly=wanted)
        assert {day: list(sums.values()) for day, sums in found.items()} == {d: [v] for d, v in expected.items()}
        for day, sums in found.items():
            midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
            assert list(sums) == [int(midnight.timestamp() * 1000)]
