"""Which days views show."""

from __future__ import annotations

from datetime import date

from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods
from airflow_provider_ldusage.insight.views.spans import MONTHS, Shown, every_span

LAST = date(2026, 3, 31)


def test_unique_keys_keep_the_calendar_month_and_others_the_billing_period() -> None:
    mau, runs = (Shown.of(meter, Periods(15), LAST) for meter in ("clientside_mau", "ai_runs"))
    assert (mau.current[0], runs.current[0]) == (date(2026, 3, 1), date(2026, 3, 15))
    assert mau.current[-1] == runs.current[-1] == LAST
    assert (mau.before, runs.before) == (date(2026, 2, 28), date(2026, 3, 3))
    assert Shown.of("a later meter", Periods(15), LAST) == runs


def test_the_last_twelve_periods_have_ended() -> None:
    ended = Shown(CALENDAR, LAST).ended
    assert len(ended) == MONTHS
    assert (min(ended), max(ended)) == (date(2025, 3, 31), date(2026, 2, 28))
    assert ended[date(2026, 2, 28)] == date(2026, 2, 1)


def test_a_period_that_ends_with_the_last_day_is_the_current_one() -> None:
    assert LAST in Shown(CALENDAR, LAST).current and LAST not in Shown(CALENDAR, LAST).ended


def test_days_of_both_kinds_are_looked_at_once() -> None:
    assert len(every_span(Periods(1), LAST)) == 1 and len(every_span(Periods(15), LAST)) == 2
