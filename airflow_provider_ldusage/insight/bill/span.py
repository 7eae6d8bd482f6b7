"""Which days a report writes, and which it reads for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airflow_provider_ldusage.days import DAY, SETTLING_DAYS, Window
from airflow_provider_ldusage.insight.bill.account_figures import HISTORY, PROJECTED_HISTORY
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods
from airflow_provider_ldusage.insight.bill.sources import Source
from airflow_provider_ldusage.insight.news import News
from airflow_provider_ldusage.insight.whole_numbers import whole_number
from airflow_provider_ldusage.lake.inventory import SliceState, StoredTable
from airflow_provider_ldusage.lake.state import State, Status

FIRST_RUN = 12
"""Periods before the current one that the first report writes, and the most that any does."""
CLOSED = (Status.FINAL, Status.GIVEN_UP)
"""Days that loads do not go back to."""
WAITED_FOR = timedelta(days=31)
"""How long after its end a period that is not final is written by each report. Later, only what is loaded is."""


@dataclass(frozen=True)
class Span:
    """The days of a report.

    :param write: the days to write, through the last one that is over
    :param read_from: the first day to read from the tables of usage: the first of both a billing period and a month, or
        of whichever begins earlier
    :param history_from: the first day to read from what earlier reports have written
    :param projections_from: the first day to read LaunchDarkly's own projections of
    :param open_from: the first day that is not final
    """

    write: Window
    read_from: date
    history_from: date
    projections_from: date
    open_from: date


def check_months(months: object) -> int:
    """Return the argument ``months`` if it is valid.

    :raises UsageArgumentError: it is no whole number from 0 to :data:`FIRST_RUN`
    """
    hint = f"Give how many periods to write again that are final: 0 to {FIRST_RUN}."
    return whole_number("months", months, range(FIRST_RUN + 1), hint)


def span_of(sources: Iterable[Source], billing: Periods, months: int, own: State, yesterday: date) -> Span:
    """Find the days of a report.

    It writes from the earliest of these days on, but at most :data:`FIRST_RUN` periods back: the start of the period
    that is ``months`` before the first one that is not final; the day after the last report's last; and the first day
    that was loaded since.

    :param sources: where the figures of each meter are
    :param months: how many final periods to write again
    :param own: what is known of the days that earlier reports have written
    :param yesterday: the last day that is over
    """
    found = [(source.meter.periods(billing), source) for source in sources]
    opened = [_first_open(periods, source, yesterday) for periods, source in found]
    starts = [periods.before(period, months).start for (periods, _), period in zip(found, opened, strict=True)]
    kinds = {billing, CALENDAR}
    earliest = min(each.before(each.containing(yesterday), FIRST_RUN).start for each in kinds)
    loaded = [_first_loaded(source, own, earliest) for _, source in found]
    next_own = max(own.days) + DAY if own.days else earliest
    start = max(earliest, min([*starts, *filter(None, loaded), next_own]))
    return Span(
        write=Window(start, yesterday + DAY),
        read_from=min(each.containing(start).start for each in kinds),
        history_from=min(each.before(each.containing(start), HISTORY).start for each in kinds),
        projections_from=min(each.before(each.containing(start), PROJECTED_HISTORY).start for each in kinds),
        open_from=min((period.start for period in opened), default=start),
    )


def _first_open(periods: Periods, source: Source, yesterday: date) -> Window:
    """The first period that is not final in one of the tables; the current one never is."""
    current = periods.containing(yesterday)
    tables = [source.total, *(each.stored for each in source.levels.values())]
    found = [_slice(table) for table in tables if table is not None]
    recent = periods.between(yesterday - WAITED_FOR, yesterday)
    return next((each for each in recent if not all(_is_final(each, one, yesterday) for one in found)), current)


def _first_loaded(source: Source, own: State, earliest: date) -> date | None:
    """The first day that may have another figure of the account, or of owners, than the last report knew."""
    news = News(own)
    total = _stored(source.total)
    levels = {
        (day, moment)
        for each in source.levels.values()
        for day, moment in _stored(each.stored).items()
        if day in own.days
    }
    stored = {*total.items(), *levels}
    return min((day for day, moment in stored if day >= earliest and news.has(day, moment)), default=None)


def _stored(table: StoredTable | None) -> dict[date, datetime]:
    """The stored days of a table, and when each was last asked for."""
    found = table and _slice(table)
    return {day: moment for day, moment in found.stored.items() if moment} if found else {}


def _slice(table: StoredTable) -> SliceState | None:
    """The whole table: meters are read from tables without slices. None: nothing is known of its days."""
    return next((each for each in table.slices if not each.values and each.state.days), None)


def _is_final(period: Window, found: SliceState | None, yesterday: date) -> bool:
    """Whether a period is over and its days are final. Days before the first that was ever loaded do not count; where
    nothing is known of them, the time since the period's end decides."""
    if period.end > yesterday:
        return False
    if found is None:
        return (yesterday - period.end).days >= SETTLING_DAYS
    first = min(found.state.days)
    return all(found.state.status(day) in CLOSED for day in period.days() if day >= first)
