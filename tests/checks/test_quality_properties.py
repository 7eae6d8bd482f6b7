"""The data-quality checks against the plainest reading of each, on histories of every kind."""

from __future__ import annotations

import math
import time
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.checks import gaps, quality, totals
from airflow_provider_ldusage.days import ranges_text
from tests.loading import decoded, every_day, gaps_in

NAMES = ["a", "b", "c"]
START = date(2026, 10, 26)  # the days reach over the end of a month
LAST = START + timedelta(days=11)
HISTORIES = st.fixed_dictionaries(
    {name: st.lists(st.none() | st.integers(0, 6), min_size=12, max_size=12) for name in NAMES}
)


def history(figures: list[int | None]) -> dict[str, float]:
    return {
        (START + timedelta(days=number)).isoformat(): figure
        for number, figure in enumerate(figures)
        if figure is not None
    }


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.integers(1, 4))
def test_gaps_are_those_that_a_naive_loop_finds(figures: dict[str, list[int | None]], evidence: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "EVIDENCE", evidence)
        compare_gaps(figures, evidence)


def compare_gaps(figures: dict[str, list[int | None]], evidence: int) -> None:
    days = decoded({name: history(found) for name, found in figures.items()}, START, LAST)
    empty = [all(figures[name][n] is None for name in NAMES) for n in range(12)]
    total = [None if empty[n] else sum(figures[name][n] or 0 for name in NAMES) for n in range(12)]

    def steady(history: list[int | None], n: int) -> bool:
        before = history[max(n - evidence, 0) : n]
        if len(before) < evidence or None in before:
            return False
        return min(before) >= 0.1 * max(before)  # type: ignore[type-var, operator]

    def begin(n: int) -> int:
        return n if n == 0 or not empty[n - 1] else begin(n - 1)

    holes = [n for n in range(12) if empty[n] and not all(empty[n:]) and steady(total, begin(n))]
    absent = [
        (name, n)
        for name in NAMES
        for n in range(1, 11)
        if figures[name][n] is None and figures[name][n + 1] is not None and not empty[n]
        and steady(figures[name], n)
    ]  # fmt: skip
    found = gaps_in(days)
    assert len(found) == bool(holes) + bool(absent)
    if holes:
        assert f"no rows on {len(holes)} days, {ranges_text((START + timedelta(days=n) for n in holes), 2)}" in found[0]
    if absent:
        names = sorted({name for name, _ in absent})
        assert f"{len(names)} series of table t have no figure" in found[-1]
        of_it = [START + timedelta(days=n) for who, n in absent if who == names[0]]
        assert f"{{project_id={names[0]}}} on {ranges_text(of_it, 2)}" in found[-1]
    assert all(len(f"Check gaps: {finding}") <= 300 for finding in found)


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_falls_are_those_that_a_naive_loop_finds(figures: dict[str, list[int | None]]) -> None:
    days = decoded({name: history(found) for name, found in figures.items()}, START, LAST)
    expected: dict[str, list[date]] = {}
    for name in NAMES:
        before: tuple[int, int] | None = None
        for n, figure in enumerate(figures[name]):
            month = (START + timedelta(days=n)).month
            if figure is not None:
                if figure == 0:
                    continue
                if before and before[0] == month and figure < before[1]:
                    expected.setdefault(name, []).append(START + timedelta(days=n))
                before = (month, figure)
    found = quality.falling("t", days)
    assert bool(found) == bool(expected)
    if expected:
        on = ranges_text({day for fell in expected.values() for day in fell}, 2)
        assert f"of {len(expected)} series of table" in found[0] and f"falls on {on}: " in found[0]
        first = min(expected)
        assert f"{{project_id={first}}} from" in found[0] and f"({expected[first][0]})" in found[0]
        assert len(f"Check falling: {found[0]}") <= 300


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
        found = dict(totals.sums_by_day(days, monthly=wanted))
        assert {day: list(sums.values()) for day, sums in found.items()} == {d: [v] for d, v in expected.items()}
        for day, sums in found.items():
            midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
            assert list(sums) == [int(midnight.timestamp() * 1000)]


@given(st.integers(0, 2**62), st.integers(-3, 3))
def test_whole_numbers_agree_only_where_they_are_the_same(figure: int, off: int) -> None:
    assert totals.agree(figure, figure + off) == (off == 0)


@given(st.floats(1e-3, 1e15))
def test_floats_agree_within_a_millionth(figure: float) -> None:
    assert totals.agree(figure, figure * (1 + 1e-9)) and totals.agree(math.nextafter(figure, 0), figure)
    assert not totals.agree(figure, figure * 1.01 + 1e-3)


@pytest.mark.slow
def test_a_year_of_2000_series_is_checked_within_seconds() -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    whole = every_day("2025-01-01", "2025-12-31")
    days = decoded({f"p{number}": whole for number in range(2000)}, first, last)
    began = time.process_time()
    gaps_in(days)
    quality.falling("t", days)
    dict(totals.sums_by_day(days, monthly=True))
    assert time.process_time() - began < 5, "about half a second on an idle machine"
