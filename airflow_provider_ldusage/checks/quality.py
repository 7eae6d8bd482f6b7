"""Data-quality checks on what a load has stored: what LaunchDarkly reports, but is worth a look.

They see the decoded rows of the window and at most a few stored day files, never LaunchDarkly. Days that may still
change are not judged, but for ``falling``, which holds at any time. See ``docs/quality.md``.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import product, repeat
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.checks.gaps import EVIDENCE, STOPPED, Presence, find
from airflow_provider_ldusage.checks.table_view import as_stored, together
from airflow_provider_ldusage.checks.totals import agree, figures, groups, is_final, read_day, settled
from airflow_provider_ldusage.days import ranges_text, utc_day
from airflow_provider_ldusage.exceptions import QualityError, StoreError, UsageArgumentError
from airflow_provider_ldusage.lake.state import State
from airflow_provider_ldusage.lake.stored import named
from airflow_provider_ldusage.log_text import fitted, table_named
from airflow_provider_ldusage.metrics import History
from airflow_provider_ldusage.rows.arrow import view
from airflow_provider_ldusage.rows.day import Day
from airflow_provider_ldusage.rows.labels import Label, Labels

if TYPE_CHECKING:
    from airflow_provider_ldusage.engine.storing import StoredPart
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.lake.table import Table
    from airflow_provider_ldusage.query import UsageQuery

log = logging.getLogger(__name__)

CHECKS = ("gaps", "falling", "groups")
LEVELS = ("off", "warn", "fail")
DEFAULT_LEVEL = "warn"
NAMED = 5  # series that a finding names, if there is room; it counts the others
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
    store: Store,
    table: Table,
    query: UsageQuery,
    parts: Sequence[StoredPart],
    state: State,
    levels: Mapping[str, str],
    now: datetime,
    before: State | None = None,
) -> None:
    """Run the checks that are not off, and log what they find.

    :param parts: what was loaded; of days that stayed as they were, the stored rows are looked at
    :param state: what is known of the table's days, this load included
    :param before: what was known of them before this load; None: nothing but ``parts`` is to be looked at
    :raises QualityError: if a check at level ``fail`` found something; what was loaded stays
    """
    wanted = [name for name in CHECKS if levels[name] != "off" and applies(name, query)]
    if not wanted:
        return
    try:
        views = together(as_stored(store, table, query.slice, part) for part in parts)
    except StoreError as error:
        log.warning("%s", fitted(f"Checks were left out: {error}"))
        return
    check_days(store, table, query, views, state, {name: levels[name] for name in wanted}, now, before)


def check_days(
    store: Store,
    table: Table,
    query: UsageQuery,
    views: Iterable[Days],
    state: State,
    levels: Mapping[str, str],
    now: datetime,
    before: State | None = None,
) -> None:
    """Run some checks on days as the table has them: consecutive ones in each of ``views``."""
    closed = [{day: rows for day, rows in days.items() if day < utc_day(now)} for days in views]
    closed = [days for days in closed if days]
    failed, ran, noisy = [], set(), set()
    for name, days in product(levels, closed):
        found = _run(name, store, table, query, days, state, before if days is closed[0] else None)
        if found is None:
            continue
        ran.add(name)
        noisy |= {name} if found else set()
        for finding in found:
            message = fitted(f"{name}: {finding}")
            fails = levels[name] == "fail"
            log.log(logging.ERROR if fails else logging.WARNING, "Check %s", message)
            failed += [message] if fails else []
    if quiet := [name for name in levels if name in ran - noisy]:
        log.info("Checked %s of %s: nothing found", ", ".join(quiet), table.name)
    if failed:
        raise QualityError(
            f"{'; '.join(failed)}. The data is stored, as LaunchDarkly reports it; the task fails so that nothing is "
            'built on it unseen. If it is right, set the check to "warn" or "off" (checks=...).'
        )


def applies(check: str, query: UsageQuery) -> bool:
    """Whether a check makes sense of a metric's figures."""
    if check == "gaps":  # a month-to-date figure that is missing for a day is in the next day's
        return query.metric.history is not History.SNAPSHOT and not query.cumulative
    if check == "falling":
        return query.metric.is_series and query.cumulative
    # Grouped by project it counts by the environments of today and of then; ungrouped by those of today alone:
    # https://launchdarkly.com/docs/api/account-usage-beta/get-data-export-events-usage
    differs = query.metric.name == "data_export_events" and "projectId" in query.group_by
    return query.metric.is_series and query.metric.additive_over_groups and bool(query.group_by) and not differs


def _run(
    check: str, store: Store, table: Table, query: UsageQuery, days: Days, state: State, before: State | None
) -> list[str] | None:
    """What a check finds, or None where there was nothing that it could look at."""
    try:
        if check == "groups":
            return groups(store, table, query, days, state, before)
        if check == "gaps":
            presence = Presence(days, lambda day: loaded(days[day]), lambda day: _stored(store, table, query, day))
            judged = [day for day in days if settled(state, day) or is_final(state, day)]
            judged += _empty_before(presence, state)
            early = [day for day in judged if _is_early(state, day)]
            return gaps(table.name, presence, judged, series=query.metric.is_series, early=early)
        first = min(days)
        earlier = [] if first.day == 1 else stored_day(store, table, query.slice, first - _DAY)
    except StoreError as error:
        log.warning("%s", fitted(f"Check {check} was left out: {error}"))
        return None
    return falling(table.name, days, earlier)


def gaps(
    table: str, presence: Presence, judged: Collection[date], *, series: bool, early: Collection[date] = ()
) -> list[str] | None:
    """Days on which the table or some of its series are missing; None where there is no day to judge.

    Parameters as of :func:`.checks.gaps.find`.
    """
    if not judged:
        return None
    found, told = find(presence, judged, series=series, early=early), []
    if found.days:
        on = ranges_text(found.days, 2)
        told.append(
            f"table {table_named(table)} has no rows on {len(found.days)} days, {on}, and had some on each such day of "
            f"the week in the {EVIDENCE} days before"
        )
    if found.series and presence.labels:
        on = ranges_text({day for days in found.series.values() for day in days}, 2)
        count = len(found.series)
        head = (
            f"{count} series of table {table_named(table)} have no figure on {on}, and had one on each of the "
            f"{EVIDENCE} days before: "
        )
        names = [
            f"{series_name(presence.labels, label)} on {ranges_text(days, 2)}"
            for label, days in sorted(found.series.items())[:NAMED]
        ]
        told.append(fitted(head, names, count, spare=len("gaps: ")))
    return told


def falling(table: str, days: Days, before: Sequence[Figure] = ()) -> list[str]:
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
            if not value:  # how a day without usage may be written
                continue
            earlier = last.get(label)
            if earlier and value < earlier[1] and not agree(value, earlier[1]):
                fell[label].append((*earlier, time, value))
            last[label] = (time, value)
    if not fell:
        return []
    which = []
    for label in sorted(fell)[:NAMED]:
        steps = [f"from {v0:,} ({_when(t0)}) to {v1:,} ({_when(t1)})" for t0, v0, t1, v1 in fell[label]]
        more = f" (and {len(steps) - 1} more)" if len(steps) > 1 else ""
        which.append(f"{series_name(labels, label)} {steps[0]}{more}")
    on = ranges_text({utc_day(_instant(step[2])) for steps in fell.values() for step in steps}, 2)
    head = f"the month-to-date figure of {len(fell)} series of table {table_named(table)} falls on {on}: "
    return [fitted(head, which, len(fell), spare=len("falling: "))]


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


def loaded(rows: Day | None) -> dict[Label, float]:
    """The sum of each series of a day; of lists, how many items there are of each label."""
    if not rows:
        return {}
    whole = rows.whole()
    found: dict[Label, float] = defaultdict(float)
    if "value" in whole.numbers:
        for number, _, value in zip(*figures(whole), strict=True):
            found[rows.labels.rows[number]] += value
        return found
    for number in view(whole.codes, "i"):
        found[rows.labels.rows[number]] += 1
    return found


def _stored(store: Store, table: Table, query: UsageQuery, day: date) -> dict[Label, float] | None:
    """The same of a stored day; None where there is no such day."""
    texts = [column.name for column in table.schema if column.type == "string"]
    columns = ["value"] if query.metric.is_series else []
    read = read_day(store, table, query.slice, day, [*columns, *texts])
    if read is None:
        return None
    found: dict[Label, float] = defaultdict(float)
    labels = zip(*(read.column(name).to_pylist() for name in texts), strict=True)
    for label, value in zip(labels, read.column("value").to_pylist() if columns else repeat(1), strict=False):
        found[label] += value
    return found


def _is_early(state: State, day: date) -> bool:
    """Whether a day was last asked for so soon after its end that its usage may not have been counted."""
    asked_at = state.asked_at(day)
    return asked_at is None or utc_day(asked_at) <= day + _DAY


def _empty_before(presence: Presence, state: State) -> list[date]:
    """The days without rows right before those that were loaded, where they were final at once: the loads that brought
    them could not tell whether usage was still to come."""
    found: list[date] = []
    day = min(presence.days) - _DAY
    while is_final(state, day) and _is_early(state, day) and presence.on(day) == 0 and len(found) < STOPPED:
        found.append(day)
        day -= _DAY
    return found


def series_name(labels: Labels, number: int) -> str:
    """A series for people: its columns that are not null."""
    return named(labels.columns, labels.rows[number])


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)


def _when(ms: int) -> str:
    moment = _instant(ms)
    return f"{moment:%Y-%m-%d}" if ms % 86_400_000 == 0 else f"{moment:%Y-%m-%d %H:%M}"
