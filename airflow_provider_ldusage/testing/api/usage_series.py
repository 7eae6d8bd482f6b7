"""The usage series of a query: which cells belong to which series, and their values bucket by bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timezone, tzinfo

from airflow_provider_ldusage.testing.account.cells import Cell, cells_of, evaluation_cells
from airflow_provider_ldusage.testing.account.figures import DAY, View
from airflow_provider_ldusage.testing.api.meter import FIRST_MINUTE, Meter, Values
from airflow_provider_ldusage.testing.api.series_metadata import Metadata, grouped, is_split, ungrouped_metadata
from airflow_provider_ldusage.testing.api.time_buckets import (
    MINUTE_MS,
    Bucket,
    automatic_granularity,
    bucket_of,
    buckets_between,
    day_of,
    local_day,
    zone,
)
from airflow_provider_ldusage.testing.api.world import Query, World, believable
from airflow_provider_ldusage.testing.switches import parse_time

_MINUTELY_DAYS = 70
_MAX_VARIATIONS = 20


@dataclass(frozen=True)
class Series:
    """One series.

    :param metadata: as the API describes it
    :param values: the value of each bucket that has one
    """

    metadata: Metadata
    values: Values


@dataclass(frozen=True)
class Result:
    """All series of a query.

    :param buckets: the buckets of its range, from old to new
    :param series: the series, in the order of their indices
    :param tz: the time zone of days and months
    :param granularity: ``minutely``, ``hourly``, ``daily`` or ``monthly``
    """

    buckets: Sequence[Bucket]
    series: Sequence[Series]
    tz: tzinfo
    granularity: str

    def time_of(self, bucket: Bucket, monthly_time: str) -> int:
        """The ``time`` of a bucket.

        :param bucket: the bucket
        :param monthly_time: ``start`` or ``last_day``: which day stands for a month
        :returns: epoch milliseconds
        """
        if self.granularity == "monthly" and monthly_time == "last_day":
            return day_of(bucket.end - 1, self.tz).start * MINUTE_MS
        return bucket.start * MINUTE_MS


def compute(query: Query, world: World) -> Result:
    """Compute the series of a query.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: its series
    """
    meter = _meter(query, world)
    if query.nothing:
        return Result([], [], meter.tz, meter.granularity)
    buckets = _buckets(meter)
    cells = selected_cells(query, world)
    if query.endpoint.figure == "evaluations":
        series = _variations(meter, cells, buckets)
    else:
        measure = _by_primary_kind if query.endpoint.primary_kind else Meter.values
        groups = grouped(query, world, cells)
        measured = [Series(group.metadata, measure(meter, group.cells, buckets)) for group in groups]
        series = [one for one in measured if one.values]
    answered = _as_answered(series, meter, buckets)
    return Result(buckets, _in_order(answered, query, world), meter.tz, meter.granularity)


def counted_until(query: Query, world: World) -> int:
    """The minute up to which usage is counted: now, or for data export the end of what the pipeline has written.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: minutes since 1970
    """
    now = world.now // MINUTE_MS
    lag, frozen = world.switches.data_through_lag_hours, world.switches.data_through_frozen
    if query.endpoint.figure not in ("data-export", "warehouse"):
        return now
    through = now if lag is None else (now // 60 - lag) * 60
    return through if frozen is None else min(through, int(parse_time(frozen).timestamp()) // 60)


def selected_cells(query: Query, world: World) -> list[Cell]:
    """The cells that pass the endpoint's own limits and the filters.

    :param query: the query
    :param world: the account, the clock and the switches
    :returns: the cells
    """
    endpoint = query.endpoint
    if endpoint.figure == "evaluations":
        return list(evaluation_cells(world.account, *query.path.values()))
    wanted = _wanted(query)
    # Documented for these: a project filter means the project's current environments, which changes history.
    current_only = endpoint.current_environments and "projectKey" in query.filters and "projectId" not in query.group_by
    return [
        cell
        for cell in cells_of(world.account, endpoint.figure)
        if all(cell.labels[label] in values for label, values in wanted.items()) and (cell.current or not current_only)
    ]


def _wanted(query: Query) -> Mapping[str, set[str]]:
    """Dimension to the values that pass; dimensions without a limit are left out."""
    endpoint = query.endpoint
    wanted: dict[str, set[str]] = {label: {value} for label, value in (*endpoint.only.items(), *query.path.items())}
    for name, values in query.filters.items():
        label = endpoint.filters[name].label
        wanted[label] = wanted[label] & set(values) if label in wanted else set(values)
    if endpoint.path == "mau":
        wanted.setdefault("contextKind", {"user"})
    return wanted


def _meter(query: Query, world: World) -> Meter:
    switches = world.switches
    granularity = query.granularity or automatic_granularity(
        getattr(switches, query.endpoint.automatic), query.start, query.end, world.now, minutely_days=_MINUTELY_DAYS
    )
    view = View(counted_until(query, world), switches.settle_days)
    return Meter(query, world, view, zone(query.options.get("tz", switches.default_timezone)), granularity)


def _buckets(meter: Meter) -> list[Bucket]:
    """The buckets of the query's range that may have usage."""
    query, switches, tz, now = meter.query, meter.world.switches, meter.tz, meter.view.now
    # A server that believes seconds to be milliseconds fills what it takes to be days of 1970.
    oldest = FIRST_MINUTE if believable(query.start) else 0
    if switches.retention_days is not None:
        oldest = max(oldest, day_of(meter.world.now // MINUTE_MS - switches.retention_days * DAY, tz).start)
    start, end = max(query.start, oldest * MINUTE_MS), min(query.end, now * MINUTE_MS)
    buckets = [
        bucket
        for bucket in buckets_between(start, end, meter.granularity, tz)
        if bucket.start < now and bucket.end > oldest
    ]
    if switches.to_bound == "inclusive":
        at_end = bucket_of(query.end // MINUTE_MS, meter.granularity, tz)
        if at_end.start * MINUTE_MS == query.end and oldest <= at_end.start < now:
            buckets.append(at_end)
    return buckets


def _by_primary_kind(meter: Meter, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
    """MAU: each month counts the keys of one context kind."""
    primary = meter.world.switches.primary_kind
    kinds = {bucket: primary.get(local_day(bucket.start, timezone.utc).isoformat()[:7], "user") for bucket in buckets}
    result: dict[Bucket, int | float] = {}
    for kind in sorted(set(kinds.values())):
        values = meter.values([cell for cell in cells if cell.labels["contextKind"] == kind], buckets)
        result |= {bucket: value for bucket, value in values.items() if kinds[bucket] == kind}
    return result


def _variations(meter: Meter, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> list[Series]:
    """One series a variation, in variation order; none where the flag was never evaluated in the range."""
    series = [Series({"key": cell.labels["value"]}, meter.values([cell], buckets)) for cell in cells]
    if not any(one.values for one in series):
        return []
    if len(series) <= _MAX_VARIATIONS or meter.world.switches.other_variations == "listed":
        return series
    last_seen = sorted(
        range(len(series)), key=lambda n: max((b.start for b in series[n].values), default=-1), reverse=True
    )
    others: dict[Bucket, int | float] = {}
    for number in last_seen[_MAX_VARIATIONS:]:
        for bucket, value in series[number].values.items():
            others[bucket] = others.get(bucket, 0) + value
    kept = [series[number] for number in sorted(last_seen[:_MAX_VARIATIONS])]
    return [*kept, Series({"key": "Other Variations"}, others)] if others else kept


def _as_answered(series: list[Series], meter: Meter, buckets: Sequence[Bucket]) -> list[Series]:
    """The series with the values that the switches add or set to zero."""
    query, switches = meter.query, meter.world.switches
    zero: int | float = 0.0 if query.endpoint.half_units else 0
    zeroed: set[Bucket] = set()
    if switches.partial_day == "zero" and query.aggregation == "month_to_date" and meter.granularity == "daily":
        zeroed = {day_of(meter.world.now // MINUTE_MS, meter.tz)}
    if switches.absent_points != "zero":
        return [
            replace(one, values={bucket: zero if bucket in zeroed else value for bucket, value in one.values.items()})
            for one in series
        ]
    if not series and not is_split(query, switches) and query.endpoint.figure != "evaluations":
        series = [Series(ungrouped_metadata(query, switches), {})]
    return [
        replace(one, values={bucket: zero if bucket in zeroed else one.values.get(bucket, zero) for bucket in buckets})
        for one in series
    ]


def _in_order(series: list[Series], query: Query, world: World) -> list[Series]:
    """An index means nothing beyond one answer, so the series are shuffled by the range unless a switch sorts them."""
    if world.switches.series_order == "sorted" or query.endpoint.figure == "evaluations":
        return series

    def position(one: Series) -> str:
        text = json.dumps([query.start, query.end, one.metadata], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(series, key=position)
