"""The usage series of a query: which cells belong to which series, and their values bucket by bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timezone, tzinfo
from typing import Any

from airflow_provider_ldusage.testing.buckets import (
    MINUTE_MS,
    Bucket,
    automatic_granularity,
    bucket_of,
    buckets_between,
    day_of,
    local_day,
    zone,
)
from airflow_provider_ldusage.testing.cells import Cell, cells_of, evaluation_cells
from airflow_provider_ldusage.testing.destinations import destination_labels
from airflow_provider_ldusage.testing.figures import DAY, View
from airflow_provider_ldusage.testing.meter import FIRST_MINUTE, Meter
from airflow_provider_ldusage.testing.rules import Query, World, believable
from airflow_provider_ldusage.testing.switches import parse_time

_MINUTELY_DAYS = 70
_MANY_VARIATIONS = 20
_NEWER_NAMES = {"project": "projectId", "environment": "environmentId", "sdktype": "sdkType", "sdk": "sdkName"}


@dataclass(frozen=True)
class Series:
    """One series: its metadata as the API shows them, and its values by bucket; a bucket without value is left out."""

    metadata: Mapping[str, Any]
    values: Mapping[Bucket, int | float]


@dataclass(frozen=True)
class Result:
    """All series of a query over the buckets of its range, from old to new."""

    buckets: Sequence[Bucket]
    series: Sequence[Series]
    tz: tzinfo
    granularity: str

    def time_of(self, bucket: Bucket, monthly_time: str = "start") -> int:
        """The bucket's ``time`` in epoch milliseconds."""
        if self.granularity == "monthly" and monthly_time == "last_day":
            return day_of(bucket.end - 1, self.tz).start * MINUTE_MS
        return bucket.start * MINUTE_MS


def counted_until(query: Query, world: World) -> int:
    """The minute up to which usage is counted: now, or for data export the end of what the pipeline has written."""
    now = world.now // MINUTE_MS
    lag, frozen = world.switches.data_through_lag_hours, world.switches.data_through_frozen
    if query.endpoint.figure not in ("data-export", "warehouse"):
        return now
    through = now if lag is None else (now // 60 - lag) * 60
    return through if frozen is None else min(through, int(parse_time(frozen).timestamp()) // 60)


def selected_cells(query: Query, world: World) -> list[Cell]:
    """The cells that pass the endpoint's own limits and the filters."""
    endpoint = query.endpoint
    if endpoint.figure == "evaluations":
        return list(evaluation_cells(world.account, *query.path.values()))
    wanted: dict[str, set[str]] = {label: {value} for label, value in endpoint.only.items()}
    wanted |= {name: {value} for name, value in query.path.items()}
    for name, values in query.filters.items():
        label = endpoint.filters[name].label
        wanted[label] = wanted[label] & set(values) if label in wanted else set(values)
    if endpoint.path == "mau" and "contextKind" not in wanted:
        wanted["contextKind"] = {"user"}
    # Documented for these: a project filter means the project's current environments, which changes history.
    current_only = endpoint.current_environments and "projectKey" in query.filters and "projectId" not in query.group_by
    return [
        cell
        for cell in cells_of(world.account, endpoint.figure)
        if all(cell.labels[label] in values for label, values in wanted.items()) and (cell.current or not current_only)
    ]


def _grouping(query: Query, world: World) -> list[tuple[str, str]]:
    """``(metadata key, dimension)`` of each dimension that the answer is split by."""
    switches = world.switches
    pairs = []
    for name in query.group_by:
        key = name
        if name == "anonymousV2":
            key = switches.anonymous_key
        elif query.endpoint.group_parameter == "groupby" and switches.mau_metadata == "as_newer":
            key = _NEWER_NAMES.get(name, name)
        pairs.append((key, query.endpoint.groups[name]))
    for label in query.endpoint.always:
        if label == "contextKind":
            split = switches.context_kind_split
            if split == "never" or (split == "ungrouped_only" and query.group_by):
                continue
        pairs.append((switches.bycategory_metadata if label == "category" else label, label))
    return pairs


def _ungrouped_metadata(query: Query, world: World) -> dict[str, Any]:
    switches = world.switches
    if query.endpoint.figure == "events":
        kind = query.path["type"]
        return {"empty_object": {}, "type": {"type": kind}, "key": {"key": kind}}[switches.events_metadata]
    if switches.ungrouped_metadata == "empty_object":
        return {}
    return dict(query.path) if query.endpoint.figure == "streams" else {"key": "total"}


def _metadata(cell: Cell, grouping: Sequence[tuple[str, str]], world: World) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for key, label in grouping:
        if label == "destinationId":
            metadata |= destination_labels(
                cell.labels, world.switches, any(one == "destinationKind" for one, _ in grouping)
            )
            continue
        value = cell.labels[label]
        if value is None:
            if world.switches.missing_dimension == "empty":
                metadata[key] = ""
        elif label == "anonymous" and world.switches.anonymous_value == "boolean":
            metadata[key] = value == "true"
        else:
            metadata[key] = value
    return metadata


def _grouped(query: Query, world: World, cells: Iterable[Cell]) -> list[tuple[dict[str, Any], list[Cell]]]:
    grouping = _grouping(query, world)
    if not grouping:
        return [(_ungrouped_metadata(query, world), list(cells))]
    groups: dict[str, tuple[dict[str, Any], list[Cell]]] = {}
    for cell in cells:
        metadata = _metadata(cell, grouping, world)
        groups.setdefault(json.dumps(metadata, sort_keys=True), (metadata, []))[1].append(cell)
    return [groups[text] for text in sorted(groups)]


def _in_order(series: list[Series], query: Query, world: World) -> list[Series]:
    """Which index a series has means nothing beyond one answer: shuffled by the range, unless told otherwise."""
    if world.switches.series_order == "sorted" or query.endpoint.figure == "evaluations":
        return series

    def place(one: Series) -> str:
        text = json.dumps([query.start, query.end, one.metadata], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(series, key=place)


def compute(query: Query, world: World, *, plain: bool = False) -> Result:
    """The series of a query.

    With `plain`, the figures themselves, without what the switches take away from, or add to, an answer: nothing is
    cut off by retention, no zero stands for no usage, and the running day is not blanked.
    """
    switches = world.switches
    endpoint = query.endpoint
    tz = zone(query.options.get("tz", switches.default_timezone))
    granularity = query.granularity or automatic_granularity(
        getattr(switches, endpoint.automatic), query.start, query.end, world.now, minutely_days=_MINUTELY_DAYS
    )
    view = View(counted_until(query, world), switches.settle_days)
    # A server that believes seconds to be milliseconds fills what it takes to be days of 1970.
    oldest = FIRST_MINUTE if believable(query.start) else 0
    if switches.retention_days is not None and not plain:
        oldest = max(oldest, day_of(world.now // MINUTE_MS - switches.retention_days * DAY, tz).start)
    newest = min(query.end, view.now * MINUTE_MS)
    buckets = [
        bucket
        for bucket in buckets_between(max(query.start, oldest * MINUTE_MS), newest, granularity, tz)
        if bucket.start < view.now and bucket.end > oldest
    ]
    if switches.to_bound == "inclusive" and not plain:
        at_end = bucket_of(query.end // MINUTE_MS, granularity, tz)
        if at_end.start * MINUTE_MS == query.end and oldest <= at_end.start < view.now:
            buckets.append(at_end)
    if query.nothing:
        return Result([], [], tz, granularity)
    meter = Meter(query, world, view, tz, granularity)
    series = (
        [
            Series(
                metadata,
                _by_primary_kind(meter, cells, buckets) if endpoint.primary_kind else meter.values(cells, buckets),
            )
            for metadata, cells in _grouped(query, world, selected_cells(query, world))
        ]
        if endpoint.figure != "evaluations"
        else _variations(meter, selected_cells(query, world), buckets, switches.other_variations)
    )
    if endpoint.figure != "evaluations":
        series = [one for one in series if one.values]
    if not plain:
        series = _as_answered(series, buckets, query, world, tz, granularity)
    return Result(buckets, _in_order(series, query, world), tz, granularity)


def _by_primary_kind(meter: Meter, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> dict[Bucket, int | float]:
    """MAU: each month counts the keys of one context kind."""
    primary = meter.world.switches.primary_kind
    kinds = {bucket: primary.get(local_day(bucket.start, timezone.utc).isoformat()[:7], "user") for bucket in buckets}
    found: dict[Bucket, int | float] = {}
    for kind in sorted(set(kinds.values())):
        values = meter.values([cell for cell in cells if cell.labels["contextKind"] == kind], buckets)
        found |= {bucket: value for bucket, value in values.items() if kinds[bucket] == kind}
    return found


def _variations(meter: Meter, cells: Sequence[Cell], buckets: Sequence[Bucket], folding: str) -> list[Series]:
    """One series a variation, in variation order; empty where the flag was never evaluated in the range."""
    series = [Series({"key": cell.labels["value"]}, meter.values([cell], buckets)) for cell in cells]
    if not any(one.values for one in series):
        return []
    if len(series) <= _MANY_VARIATIONS or folding == "listed":
        return series
    last_seen = sorted(
        range(len(series)), key=lambda n: max((b.start for b in series[n].values), default=-1), reverse=True
    )
    kept = sorted(last_seen[:_MANY_VARIATIONS])
    others: dict[Bucket, int | float] = {}
    for number in last_seen[_MANY_VARIATIONS:]:
        for bucket, value in series[number].values.items():
            others[bucket] = others.get(bucket, 0) + value
    folded = [series[number] for number in kept]
    return [*folded, Series({"key": "Other Variations"}, others)] if others else folded


def _as_answered(
    series: list[Series], buckets: Sequence[Bucket], query: Query, world: World, tz: tzinfo, granularity: str
) -> list[Series]:
    """The series with what the switches add to, or blank in, an answer."""
    switches = world.switches
    today = day_of(world.now // MINUTE_MS, tz)
    blank = {
        bucket
        for bucket in buckets
        if switches.partial_day == "zero"
        and query.aggregation == "month_to_date"
        and granularity == "daily"
        and bucket == today
    }
    fill = switches.absent_points == "zero"
    zero: int | float = 0.0 if query.endpoint.half_units else 0
    if fill and not series and not _grouping(query, world) and query.endpoint.figure != "evaluations":
        series = [Series(_ungrouped_metadata(query, world), {})]
    if not fill and not blank:
        return series
    return [
        Series(
            one.metadata,
            {
                bucket: zero if bucket in blank else one.values.get(bucket, zero)
                for bucket in buckets
                if fill or bucket in one.values
            },
        )
        for one in series
    ]
