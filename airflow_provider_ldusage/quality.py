"""Data-quality checks on what a load has stored: what LaunchDarkly reports, but is worth a look.

They see the decoded rows of the window and at most a few stored day files, never LaunchDarkly. The open day is not
judged, as it is still being counted. See ``docs/quality.md``.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import reduce
from itertools import islice, product
from operator import or_
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.api.errors import QualityError, StoreError, UsageArgumentError
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.rows import Day, Label, Labels
from airflow_provider_ldusage.table_view import as_stored, together
from airflow_provider_ldusage.totals import agree, figures, groups, read_day
from airflow_provider_ldusage.windows import day_ranges, utc_day

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.storing import StoredPart

log = logging.getLogger(__name__)

CHECKS = ("gaps", "falling", "groups")
LEVELS = ("off", "warn", "fail")
DEFAULT_LEVEL = "warn"
NAMED = 5  # series or days that a finding names; it counts the others
_DAY = timedelta(days=1)
Days = Mapping[date, Day | None]
Figure = tuple[Label, int, Any]  # of a series: at a time in ms since the epoch, a value
Step = tuple[int, Any, int, Any]  # time and value, before and after


def check_levels(checks: Mapping[str, str] | None) -> dict[str, str]:
    """Every check's level; those not given warn.

    :raises UsageArgumentError: for an unknown check or level, naming what is allowed
    """
    if checks is not None and not isinstance(checks, Mapping):
        raise UsageArgumentError(f'checks={checks!r} must be a dict, for example {{"gaps": "fail", "falling": "off"}}.')
    levels = dict.fromkeys(CHECKS, DEFAULT_LEVEL)
    for name, level in (checks or {}).items():
        if name not in CHECKS:
            raise UsageArgumentError(f"checks: {name!r} is no check. Allowed: {', '.join(CHECKS)}.")
        if level not in LEVELS:
            raise UsageArgumentError(f"checks[{name!r}]={level!r} is not allowed. Allowed: {', '.join(LEVELS)}.")
        levels[name] = level
    return levels


def check_quality(
    store: Store, table: Table, query: UsageQuery, parts: Sequence[StoredPart], levels: Mapping[str, str], now: datetime
) -> None:
    """Run the checks that are not off, and log what they find.

    :param parts: what was loaded; of days that stayed as they were, the stored rows are looked at
    :raises QualityError: if a check at level ``fail`` found something; what was loaded stays
    """
    wanted = [name for name in CHECKS if levels[name] != "off" and applies(name, query)]
    if not wanted:
        return
    try:
        views = together(as_stored(store, table, query.slice, part) for part in parts)
    except StoreError as error:
        log.warning("Checks were left out: %s", error)
        return
    check_days(store, table, query, views, {name: levels[name] for name in wanted}, now)


def check_days(
    store: Store, table: Table, query: UsageQuery, views: Iterable[Days], levels: Mapping[str, str], now: datetime
) -> None:
    """Run some checks on days as the table has them: consecutive ones in each of ``views``."""
    closed = [{day: rows for day, rows in days.items() if day < utc_day(now)} for days in views]
    closed = [days for days in closed if days]
    if not closed:
        return
    failed = []
    count = 0
    for name, days in product(levels, closed):
        for finding in _run(name, store, table, query, days, now):
            count += 1
            message = f"{name}: {finding}"
            fails = levels[name] == "fail"
            log.log(logging.ERROR if fails else logging.WARNING, "Check %s", message)
            failed += [message] if fails else []
    if not count:
        log.info("Checked %s of %s: nothing found", ", ".join(levels), table.name)
    if failed:
        raise QualityError(
            f"{'; '.join(failed)}. The data is stored, as LaunchDarkly reports it; the task fails so that nothing is "
            'built on it unseen. If it is right, set the check to "warn" or "off" (checks=...).'
        )


def applies(check: str, query: UsageQuery) -> bool:
    """Whether a check makes sense of a metric's figures."""
    if check == "gaps":
        return query.metric.history is not History.SNAPSHOT
    if check == "falling":
        return query.metric.is_series and query.cumulative
    # Grouped by project it counts by the environments of today and of then; ungrouped by those of today alone:
    # https://launchdarkly.com/docs/api/account-usage-beta/get-data-export-events-usage
    differs = query.metric.name == "data_export_events" and "projectId" in query.group_by
    return query.metric.is_series and query.metric.additive_over_groups and bool(query.group_by) and not differs


def _run(check: str, store: Store, table: Table, query: UsageQuery, days: Days, now: datetime) -> list[str]:
    where = f"table {table.name}"
    if check == "gaps":
        return [f"{where} {finding}" for finding in gaps(days, series=query.metric.is_series, monthly=query.cumulative)]
    try:
        if check == "groups":
            return groups(store, table, query, days, now)
        first = min(days)
        before = [] if first.day == 1 else stored_day(store, table, query.slice, first - _DAY)
    except StoreError as error:
        log.warning("Check %s was left out: %s", check, error)
        return []
    return [f"{where}: {finding}" for finding in falling(days, before)]


def gaps(days: Days, *, series: bool, monthly: bool) -> list[str]:
    """Days without any rows between days with some, and series that are absent for just one day.

    :param days: consecutive days
    :param series: the rows are of series that have one set of labels in all days; else of lists
    :param monthly: the figures begin anew each month, so that a series may well be absent from a month's first day
    """
    found = []
    some = [day for day in sorted(days) if days[day]]
    holes = [day for day in sorted(days) if not days[day] and some and some[0] < day < some[-1]]
    if holes:
        found.append(f"has no rows for {ranges(holes)}, between days that have some")
    if not series:
        return found
    present = {day: rows.present for day in some if (rows := days[day])}
    absent: dict[date, int] = {}
    for day in some:
        between, before = day - _DAY, day - 2 * _DAY
        if between in present and before in present and not (monthly and between.day == 1):
            absent[between] = present[before] & present[day] & ~present[between]
    every = reduce(or_, absent.values(), 0)
    if every:
        labels = _shared_labels(days)
        which = [
            f"{series_name(labels, label)} on {ranges(day for day in absent if absent[day] >> label & 1)}"
            for label in islice((label for label in range(every.bit_length()) if every >> label & 1), NAMED)
        ]
        on, count = ranges(day for day in absent if absent[day]), every.bit_count()
        found.append(
            f"has no figure on {on} for {count} series that have one the day before and the day after: "
            + listed(which, count)
        )
    return found


def falling(days: Days, before: Sequence[Figure] = ()) -> list[str]:
    """Month-to-date figures that are lower than the figure before them in the same month and series.

    :param before: last figures of the day before the first: label, time in ms, value
    """
    some = [(day, rows) for day in sorted(days) if (rows := days[day])]
    if not some:
        return []
    labels = some[0][1].labels
    numbers = {label: number for number, label in enumerate(labels.rows)} if before else {}
    last = {numbers[label]: (time, value) for label, time, value in before if label in numbers}
    fell: dict[int, list[Step]] = defaultdict(list)
    month = min(days).replace(day=1)
    for day, rows in some:
        if day.replace(day=1) != month:
            month, last = day.replace(day=1), {}
        for label, time, value in zip(*figures(rows.whole()), strict=True):
            earlier = last.get(label)
            if earlier and value < earlier[1] and not agree(value, earlier[1]):
                fell[label].append((*earlier, time, value))
            last[label] = (time, value)
    if not fell:
        return []
    which = []
    for label in sorted(fell)[:NAMED]:
        steps = [f"from {v0:,} ({_when(t0)}) to {v1:,} ({_when(t1)})" for t0, v0, t1, v1 in fell[label]]
        which.append(f"{series_name(labels, label)} {listed(steps[:2], len(steps))}")
    on = ranges({utc_day(_instant(step[2])) for steps in fell.values() for step in steps})
    return [f"the month-to-date figure falls on {on} in {len(fell)} series: {listed(which, len(fell))}"]


def stored_day(store: Store, table: Table, slice_: Mapping[str, str], day: date) -> list[Figure]:
    """The last figure of each series in a stored day: label, time in ms, value. Nothing where there is no such day."""
    import pyarrow as pa

    texts = [column.name for column in table.schema if column.type == "string"]
    found = read_day(store, table, slice_, day, ["time", "value", *texts])
    if found is None:
        return []
    rows = zip(*(found.column(name).to_pylist() for name in texts), strict=True)
    times = found.column("time").cast(pa.int64()).to_pylist()
    last: dict[Label, Figure] = {}
    for label, time, value in zip(rows, times, found.column("value").to_pylist(), strict=True):
        if label not in last or last[label][1] < time:
            last[label] = (label, time, value)
    return list(last.values())


def series_name(labels: Labels, number: int) -> str:
    """A series for people: its columns that are not null."""
    pairs = zip(labels.columns, labels.rows[number], strict=True)
    return "{" + ", ".join(f"{name}={_cut(text)}" for name, text in pairs if text is not None) + "}"


def ranges(days: Iterable[date]) -> str:
    """Days for people, as ranges with both ends, of many the first :data:`NAMED`."""
    found = day_ranges(days)
    texts = [first if first == last else f"{first} to {last}" for first, last in found[:NAMED]]
    return listed(texts, len(found), ", ")


def listed(texts: list[str], count: int, between: str = "; ") -> str:
    more = [f"and {count - len(texts)} more"] if count > len(texts) else []
    return between.join([*texts, *more])


def _shared_labels(days: Days) -> Labels:
    return next(rows.labels for rows in days.values() if rows)


def _cut(text: str) -> str:
    shown = text if len(text) <= 60 else text[:60] + "..."
    return shown if shown.isprintable() else repr(shown)


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)


def _when(ms: int) -> str:
    moment = _instant(ms)
    return f"{moment:%Y-%m-%d}" if ms % 86_400_000 == 0 else f"{moment:%Y-%m-%d %H:%M}"
