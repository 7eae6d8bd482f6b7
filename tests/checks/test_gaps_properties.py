"""The check ``gaps`` against its plainest reading, on histories of every kind."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.checks import gaps
from airflow_provider_ldusage.checks.regularity import MAX_OUTAGE, Presence
from airflow_provider_ldusage.days import ranges_text
from tests.checks.histories import HISTORIES, LAST, NAMES, START, history
from tests.checks.support import figures_of, gaps_in, presence_of
from tests.loading import decoded, every_day


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.integers(1, 9))
def test_gaps_of_series_are_those_that_a_naive_loop_finds(figures: dict[str, list[int | None]], evidence: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "EVIDENCE", evidence)
        compare_gaps(figures, evidence)


def compare_gaps(figures: dict[str, list[int | None]], evidence: int) -> None:
    series = {name: history(found) for name, found in figures.items()}
    days = decoded({**series, "z": every_day(str(START), str(LAST))}, START, LAST)

    def steady(history: list[int | None], n: int) -> bool:
        before = history[max(n - evidence, 0) : n]
        if len(before) < evidence or None in before:
            return False
        weeks = [before[weekday::7] for weekday in range(7) if before[weekday::7]]
        return all(min(week) >= 0.1 * max(week) for week in weeks)  # type: ignore[type-var, operator]

    def is_gap(history: list[int | None], n: int) -> bool:
        first = last = n
        while first > 0 and history[first - 1] is None:
            first -= 1
        while last < 11 and history[last + 1] is None:
            last += 1
        return last < 11 and last - first < 3 and steady(history, first)

    absent = [(name, n) for name in NAMES for n in range(12) if figures[name][n] is None and is_gap(figures[name], n)]
    found = gaps_in(days)
    assert len(found) == bool(absent)
    if absent:
        names = sorted({name for name, _ in absent})
        assert f"{len(names)} series of table t have no figure" in found[-1]
        of_it = [START + timedelta(days=n) for who, n in absent if who == names[0]]
        assert f"{{project_id={names[0]}}} on {ranges_text(of_it, 2)}" in found[-1]
    assert all(len(f"Check gaps: {finding}") <= 300 for finding in found)


WEEKS = 40
FIRST = date(2026, 1, 5)


def told_by_the_day(rows: list[dict[str, float]]) -> dict[date, list[str]]:
    """What a load a day warns of, each with the default look-back of three days: by the day that has just settled."""
    names = sorted({name for here in rows for name in here})
    figures = {
        name: {str(FIRST + timedelta(days=n)): here[name] for n, here in enumerate(rows) if name in here}
        for name in names
    }
    last = FIRST + timedelta(days=len(rows) - 1)
    days = decoded(figures, FIRST, last)
    read = {day: figures_of(here) for day, here in days.items()}
    bits = presence_of(days)
    told = {}
    for n in range(len(rows) - 3):
        day = FIRST + timedelta(days=n)
        window = {each: bits.loaded[each] for each in (day + timedelta(days=more) for more in range(4))}
        presence = Presence(window, bits.series, read.get)
        if found := gaps.findings("t", presence, gaps.find(presence, [day], is_series=True)):
            told[day] = found
    return told


PATTERNS = st.sampled_from([(100,) * 7, (100, 90, 95, 99, 80, 5, 3), (50, 50, 50, 50, 50, 0, 0), (0, 9, 0, 0, 0, 0, 0)])
OUTAGES = st.lists(st.tuples(st.integers(30, 90), st.integers(1, MAX_OUTAGE)), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(PATTERNS, OUTAGES, st.integers(1, 3), st.integers(0, 2**32))
def test_an_outage_is_told_on_each_of_its_days_and_nothing_else_is(
    week: tuple[int, ...], outages: list[tuple[int, int]], parts: int, seed: int
) -> None:
    chance = random.Random(seed)
    rows = [
        {f"p{part}": max(1, week[n % 7] * chance.randint(60, 140) // 100) for part in range(parts) if week[n % 7]}
        for n in range(WEEKS * 7)
    ]
    begin, missing = gaps.EVIDENCE - 23, set()
    for after, length in outages:
        begin += after
        for n in range(begin, min(begin + length, len(rows))):
            missing |= {n} if rows[n] else set()
            rows[n] = {}
        begin += length
    told = told_by_the_day(rows)
    assert [*told] == [FIRST + timedelta(days=n) for n in sorted(missing) if n < len(rows) - 3]
    assert all(len(lines) == 1 and lines[0].startswith("table t has no rows") for lines in told.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.02, 0.75), min_size=1, max_size=4), st.booleans(), st.integers(0, 2**32))
def test_a_healthy_account_of_sparse_series_is_never_warned_of(often: list[float], alone: bool, seed: int) -> None:
    """Each is absent on a quarter of the days or more, by itself in its table or beside one that never is."""
    chance = random.Random(seed)
    rows: list[dict[str, float]] = [
        {
            f"p{number}": chance.randint(60, 140)
            for number, p in enumerate(often[: 1 if alone else 4])
            if chance.random() < p
        }
        | ({} if alone else {"z": 100})
        for _ in range(WEEKS * 7)
    ]
    assert told_by_the_day(rows) == {}


@settings(max_examples=20, deadline=None)
@given(st.integers(MAX_OUTAGE + 1, 90))
def test_a_table_that_has_stopped_is_told_of_for_two_weeks(length: int) -> None:
    rows: list[dict[str, float]] = [{"p": 5}] * 60 + [{}] * length + [{"p": 5}] * 90
    told = told_by_the_day(rows)
    assert [*told] == [FIRST + timedelta(days=60 + n) for n in range(MAX_OUTAGE)]
