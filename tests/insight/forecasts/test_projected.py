"""LaunchDarkly's own projection, and ours."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.outlook import TOO_LITTLE_HISTORY
from airflow_provider_ldusage.insight.forecasts.projected import METHOD, Projected, Projection
from tests.insight.series import daily, month_of, months, noisy, working

OCTOBER = months()[-1]
TENTH = date(2026, 10, 10)
FIGURES = noisy(daily(working), 3)
OURS = Additive(FIGURES, months())


def projection(period: Window, factor: float = 1.0, through: date | None = None) -> Projection:
    """Cumulative figures of a period; those after a day are a part too high."""
    found, total = {}, 0.0
    for day in period.days():
        total += FIGURES[day] * (factor if day > (through or period.start) else 1.0)
        found[day] = total
    return found


def record(factor: float) -> dict[date, Projection]:
    """What was seen on the tenth of each month."""
    return {month.start.replace(day=10): projection(month, factor, month.start.replace(day=10)) for month in months()}


def test_the_projection_is_used_as_it_is_where_it_was_as_good() -> None:
    made = Projected(OURS, record(1.0)).forecast(OCTOBER, TENTH)
    assert made.method == METHOD
    assert made.total == pytest.approx(sum(FIGURES[day] for day in OCTOBER.days()))
    assert made.path[OCTOBER.end - DAY] == pytest.approx(made.total)
    assert made.low is not None and made.high is not None and made.total is not None
    assert made.low <= made.total <= made.high


def test_ours_is_used_where_the_projection_was_worse() -> None:
    assert Projected(OURS, record(1.3)).forecast(OCTOBER, TENTH) == OURS.forecast(OCTOBER, TENTH)


def test_without_a_record_the_projection_is_used_with_both_ranges() -> None:
    seen = {TENTH: projection(OCTOBER, 1.5, TENTH)}
    made, ours = Projected(OURS, seen).forecast(OCTOBER, TENTH), OURS.forecast(OCTOBER, TENTH)
    assert made.method == METHOD
    assert (made.low, made.high) == (ours.low, made.total)


def test_too_little_history_of_ours_is_enough_for_a_projection() -> None:
    few = {day: figure for day, figure in FIGURES.items() if day >= OCTOBER.start}
    ours = Additive(few, months())
    assert ours.forecast(OCTOBER, TENTH).method == TOO_LITTLE_HISTORY
    made = Projected(ours, {TENTH: projection(OCTOBER)}).forecast(OCTOBER, TENTH)
    assert made.method == METHOD
    assert made.low is not None and made.high is not None and made.total is not None
    assert made.low < made.total < made.high


@pytest.mark.parametrize(
    "seen",
    [
        {TENTH + DAY: projection(OCTOBER)},
        {date(2026, 10, 7): projection(OCTOBER)},
        {TENTH: projection(month_of(date(2026, 9, 5)))},
        {TENTH: {day: 43_800 * figure for day, figure in projection(OCTOBER).items()}},
        {TENTH: {day: figure for day, figure in projection(OCTOBER).items() if day < date(2026, 10, 20)}},
        {TENTH: dict.fromkeys(OCTOBER.days(), 1.0)},
    ],
    ids=["later", "stale", "another period", "another unit", "not whole", "below what is counted"],
)
def test_a_projection_that_does_not_fit_is_not_used(seen: dict[date, Projection]) -> None:
    assert Projected(OURS, seen).forecast(OCTOBER, TENTH) == OURS.forecast(OCTOBER, TENTH)


def test_a_projection_of_two_days_ago_is_used() -> None:
    seen = {date(2026, 10, 8): projection(OCTOBER, 1.0, date(2026, 10, 8))}
    assert Projected(OURS, seen).forecast(OCTOBER, TENTH).method == METHOD


def test_when_all_is_counted_no_projection_is_needed() -> None:
    last = OCTOBER.end - DAY
    assert Projected(OURS, {last: projection(OCTOBER)}).forecast(OCTOBER, last) == OURS.forecast(OCTOBER, last)


def test_the_path_of_a_projection_never_falls() -> None:
    dips = {**projection(OCTOBER), date(2026, 10, 15): 0.0}
    made = Projected(OURS, {TENTH: dips}).forecast(OCTOBER, TENTH)
    figures = [made.path[day] for day in OCTOBER.days()]
    assert figures == sorted(figures)
