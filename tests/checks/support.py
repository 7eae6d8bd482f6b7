"""What the checks find on days that are in memory, for the tests of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from airflow_provider_ldusage.checks import falling, gaps, groups
from airflow_provider_ldusage.checks.figures import sums_by_label
from airflow_provider_ldusage.checks.regularity import Presence, presence_bits
from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label

Days = Mapping[date, Rows | None]


def figures_of(rows: Rows | None) -> dict[Label, float]:
    """The figure of each label of a day."""
    return sums_by_label(rows.table()) if rows else {}


def presence_of(days: Days) -> Presence:
    """Days that were loaded, and none that was stored before them."""
    series = SeriesNumbers()
    bits = {day: presence_bits(rows, series) if rows else 0 for day, rows in days.items()}
    return Presence(bits, series, lambda day: figures_of(days[day]) if day in days else None)


def gaps_in(days: Days, *, is_series: bool = True) -> list[str]:
    """What the check ``gaps`` finds."""
    presence = presence_of(days)
    return gaps.findings("t", presence, gaps.find(presence, list(days), is_series=is_series))


def falls_in(days: Days) -> list[str]:
    """What the check ``falling`` finds."""
    series = SeriesNumbers()
    notes = {day: rows and falling.day_figures(rows, series) for day, rows in days.items()}
    return falling.findings("t", series, *falling.falls_of(notes))


def sums_in(days: Days, *, monthly: bool) -> dict[date, groups.Sums]:
    """The sums that the check ``groups`` compares."""
    series = SeriesNumbers() if monthly else None
    notes = {day: rows and groups.day_sums(rows, series) for day, rows in days.items()}
    return dict(groups.sums_by_day(notes, monthly=monthly))
