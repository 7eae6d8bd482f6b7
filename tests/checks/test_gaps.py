"""What is a gap and what is rest: on histories as long as the rule asks for."""

from __future__ import annotations

import logging
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.gaps import EVIDENCE
from tests.checks.support import gaps_in
from tests.loading import NOW, Loader, answer, but, decoded, every_day, warnings

LAST = date(2026, 11, 11)
GAP = LAST - timedelta(days=3)  # settled by the next day, which is today
FIRST = GAP - timedelta(days=EVIDENCE)
WHOLE = every_day(FIRST.isoformat(), LAST.isoformat(), 100)


def found(figures: dict[str, float], first: date = FIRST) -> list[str]:
    return gaps_in(decoded({"a": figures, "z": WHOLE}, first, LAST))


def test_a_series_that_was_there_every_day_and_misses_one_is_a_gap() -> None:
    (finding,) = found(but(WHOLE, GAP.isoformat()))
    assert f"on {GAP}, and had one on each of the {EVIDENCE} days before" in finding


def test_a_series_that_rested_before_may_rest_again() -> None:
    for day in range(1, EVIDENCE + 1):
        assert found(but(WHOLE, GAP.isoformat(), (GAP - timedelta(days=day)).isoformat())) == []


def test_a_series_of_working_days_rests_at_weekends_and_holidays() -> None:
    weekends = [day for day in WHOLE if date.fromisoformat(day).weekday() >= 6]
    assert found(but(WHOLE, *weekends, GAP.isoformat())) == []


def test_a_series_that_is_too_young_to_tell_is_left_alone() -> None:
    assert found(but(WHOLE, GAP.isoformat(), FIRST.isoformat())) == []


@pytest.mark.parametrize(("lowest", "count"), [(9, 0), (10, 1)])
def test_figures_that_are_far_apart_are_of_few_sources_which_rest(lowest: int, count: int) -> None:
    low = {(GAP - timedelta(days=9)).isoformat(): lowest}
    assert len(found({**but(WHOLE, GAP.isoformat()), **low})) == count


# --- as a DAG loads day by day


RUNS = {
    "metric": "ai_runs",
    "group_by": ["projectId"],
    "table": "t",
    "checks": {**dict.fromkeys(CHECKS, "off"), "gaps": "warn"},
}


def hand_made(first: date, end: date, *absent: date) -> dict[str, Any]:
    days = {day: figure for day, figure in WHOLE.items() if str(first) <= day < str(end)}
    return answer({"a": but(days, *map(str, absent)), "z": days})


def by_the_day(loader: Loader, caplog: pytest.LogCaptureFixture, *absent: date) -> list[str]:
    """The days before are loaded, then those of a daily run with its look-back; what the latter warns of."""
    loader.answers(hand_made(FIRST, GAP, *absent), "ai-runs")
    loader(FIRST.isoformat(), (GAP - timedelta(days=1)).isoformat(), **RUNS)
    assert warnings(caplog) == []
    loader.answers(hand_made(GAP, NOW.date(), *absent), "ai-runs")
    loader(LAST.isoformat(), LAST.isoformat(), lookback=3, **RUNS)
    return warnings(caplog)


def test_a_gap_is_found_by_the_days_that_are_stored(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    (said,) = by_the_day(loader, caplog, GAP)
    assert said.startswith(f"Check gaps: 1 series of table t have no figure on {GAP}, and had one")


def test_a_day_that_may_still_come_is_no_gap_yet(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    assert by_the_day(loader, caplog, GAP + timedelta(days=1)) == []


def test_a_series_that_rested_on_a_stored_day_is_sparse(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    assert by_the_day(loader, caplog, GAP, GAP - timedelta(days=30)) == []


def test_a_stored_day_that_is_missing_proves_nothing(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader.answers(hand_made(GAP, NOW.date(), GAP), "ai-runs")
    loader(LAST.isoformat(), LAST.isoformat(), lookback=3, **RUNS)
    assert warnings(caplog) == []


def test_stored_days_are_read_only_as_far_as_they_decide(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    read: list[str] = []
    original = loader.store.read
    monkeypatch.setattr(loader.store, "read", lambda name: read.append(name) or original(name))
    assert by_the_day(loader, caplog, GAP, GAP - timedelta(days=2)) == []
    days = [FIRST - timedelta(days=1), GAP - timedelta(days=2), GAP - timedelta(days=1)]  # the first by the load before
    assert sorted(name for name in read if name.endswith(".parquet")) == [
        f"t/usage_date={day}/all.parquet" for day in days
    ]


def outages(
    loader: Loader, caplog: pytest.LogCaptureFixture, absent: dict[str, float], lookback: int | None
) -> list[str]:
    """What is warned of in November, by a run a day: the day of the run, and the days without rows."""
    whole = but(every_day(FIRST.isoformat(), "2026-12-31", 100), *absent)
    said = []
    loader.answers(answer({"z": until(whole, date(2026, 11, 4))}), "ai-runs")
    loader(FIRST.isoformat(), "2026-11-03", **RUNS)
    loader.simulator.now = datetime(2026, 11, 5, 4, tzinfo=timezone.utc)
    while loader.simulator.now.month == 11:
        today = loader.simulator.now.date()
        begin = today - timedelta(days=1 + (3 if lookback is None else lookback))
        loader.answers(answer({"z": until(whole, today, begin)}), "ai-runs", times=2)
        loader.daily(**RUNS, lookback=lookback)
        loader.simulator.clear_faults()
        loader.simulator.advance(timedelta(days=1))
        for line in warnings(caplog):
            assert line.startswith("Check gaps: table t has no rows on ")
            said.append(f"{today}: {re.split(' days?, ', line)[1].split(', and')[0]}")
        caplog.clear()
    return said


def until(figures: dict[str, float], end: date, begin: date = FIRST) -> dict[str, float]:
    return {day: figure for day, figure in figures.items() if str(begin) <= day < str(end)}


TWO = every_day("2026-11-10", "2026-11-14") | every_day("2026-11-20", "2026-11-20")


@pytest.mark.parametrize("lookback", [None, 2, 1])
def test_outages_are_told_on_each_of_their_days_and_do_not_hide_each_other(
    loader: Loader, caplog: pytest.LogCaptureFixture, lookback: int | None
) -> None:
    later = timedelta(days=1 + (3 if lookback is None else lookback))
    assert outages(loader, caplog, TWO, lookback=lookback) == [
        f"{date.fromisoformat(day) + later}: {day}" for day in TWO
    ]


def test_a_load_that_asks_for_a_day_once_tells_an_outage_when_it_is_over(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    """On the day after, there may be no rows since nothing has been counted yet."""
    assert outages(loader, caplog, TWO, lookback=0) == [
        "2026-11-16: 2026-11-10 to 2026-11-14",
        "2026-11-22: 2026-11-20",
    ]


def test_a_table_without_any_usage_is_told_to_have_none_by_four_days(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that never had rows is known by the same day of the week of four weeks, and none other is read."""
    loader.answers(answer({}), "ai-runs", times=3)
    loader(FIRST.isoformat(), (GAP - timedelta(days=1)).isoformat(), **RUNS)
    read: list[str] = []
    original = loader.store.read
    monkeypatch.setattr(loader.store, "read", lambda name: read.append(name) or original(name))
    loader.answers(answer({}), "ai-runs", times=3)
    loader(LAST.isoformat(), LAST.isoformat(), **{**RUNS, "lookback": 3})
    days = [GAP - timedelta(days=7 * week) for week in range(1, 5)]
    assert [name for name in read if name.endswith(".parquet")] == [f"t/usage_date={day}/all.parquet" for day in days]


def test_a_trickle_at_weekends_is_judged_by_the_same_days_of_each_week() -> None:
    begin = GAP - timedelta(days=EVIDENCE + 7)
    days = [begin + timedelta(days=n) for n in range(EVIDENCE + 11)]
    week = {str(day): 2.0 if day.weekday() >= 5 else 900.0 for day in days}
    for gap in (GAP - timedelta(days=2), GAP):
        (finding,) = gaps_in(decoded({"a": but(week, str(gap))}, begin, LAST))
        assert finding.startswith(f"table t has no rows on 1 day, {gap}, and had some on each such day of the week")
        (finding,) = gaps_in(decoded({"a": but(week, str(gap)), "z": week}, begin, LAST))
        assert finding.endswith(f"{{project_id=a}} on {gap}")


def test_a_table_of_working_days_is_missed_on_a_working_day_only() -> None:
    begin = GAP - timedelta(days=EVIDENCE + 7)
    days = [begin + timedelta(days=n) for n in range(EVIDENCE + 11)]
    week = {str(day): 900.0 for day in days if day.weekday() < 5}
    gap = GAP - timedelta(days=2)
    assert gap.weekday() == 4
    assert gaps_in(decoded({"a": week}, begin, LAST)) == []
    (finding,) = gaps_in(decoded({"a": but(week, str(gap))}, begin, LAST))
    assert finding.startswith(f"table t has no rows on 1 day, {gap}, ")
