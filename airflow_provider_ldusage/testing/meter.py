"""Values bucket by bucket: incremental, month-to-date, rolling and averaged figures of a set of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from airflow_provider_ldusage.testing import figures
from airflow_provider_ldusage.testing.account import CREATED
from airflow_provider_ldusage.testing.buckets import MINUTE_MS, Bucket, buckets_between, month_of
from airflow_provider_ldusage.testing.cells import Cell
from airflow_provider_ldusage.testing.figures import DAY, View
from airflow_provider_ldusage.testing.rules import Query, World

FIRST_MINUTE = int(CREATED.timestamp()) // 60
"""There is no usage before this minute since 1970."""


class Meter:
    """Values of one series, bucket by bucket, for one way of aggregating.

    `measure(cells, start, end)` is a sum of amounts, or a union of sets of keys; `size` makes it a number.
    """

    def __init__(self, query: Query, world: World, view: View, tz: tzinfo, granularity: str) -> None:
        self.query, self.world, self.view, self.tz, self.granularity = query, world, view, tz, granularity
        self.unique = query.endpoint.unique

    def measure(self, cells: Iterable[Cell], start: int, end: int) -> int:
        measure: Callable[..., int] = figures.keys if self.unique else figures.amounts
        return measure(cells, max(start, FIRST_MINUTE), end, self.view)

    def join(self, one: int, other: int) -> int:
        return one | other if self.unique else one + other

    def size(self, measured: int) -> int | float:
        if self.unique:
            return measured.bit_count()
        return measured / 2 if self.query.endpoint.half_units else measured

    def values(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> dict[Bucket, int | float]:
        """The value of each bucket that has one."""
        aggregation = self.query.aggregation
        if aggregation == "rolling_30d":
            return self._rolling(cells, buckets)
        if aggregation == "average":
            return self._averages(cells, buckets)
        newly_seen = self.unique and self.world.switches.incremental_uniques == "new_in_month"
        if aggregation == "month_to_date" or newly_seen:
            return self._cumulative(cells, buckets)
        return self._sized((bucket, self.measure(cells, bucket.start, bucket.end)) for bucket in buckets)

    def _sized(self, measured: Iterable[tuple[Bucket, int]]) -> dict[Bucket, int | float]:
        return {bucket: self.size(value) for bucket, value in measured if value}

    def _cumulative(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> dict[Bucket, int | float]:
        switches = self.world.switches
        cumulative = self.query.aggregation == "month_to_date"
        found: dict[Bucket, int | float] = {}
        month = Bucket(0, 0)
        running = 0
        for number, bucket in enumerate(buckets):
            if bucket.start >= month.end:
                month = month_of(bucket.start, self.tz)
                restarts = cumulative and number == 0 and switches.month_to_date_from == "requested_from"
                running = (
                    0 if restarts or bucket.start == month.start else self.measure(cells, month.start, bucket.start)
                )
                begin = self.query.start // MINUTE_MS if restarts and self.granularity == "monthly" else bucket.start
            else:
                begin = bucket.start
            part = self.measure(cells, begin, bucket.end)
            before, running = running, self.join(running, part)
            if not cumulative:
                if part & ~before:
                    found[bucket] = self.size(part & ~before)
            elif running and (part or switches.month_to_date_gaps == "carried"):
                found[bucket] = self.size(running)
        return found

    def _rolling(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> dict[Bucket, int | float]:
        if not buckets:
            return {}
        first = buckets[0].start - 31 * DAY
        days = buckets_between(first * MINUTE_MS, buckets[-1].end * MINUTE_MS, "daily", self.tz)
        parts = [self.measure(cells, day.start, day.end) for day in days]
        wanted = set(buckets)
        found = []
        for number, day in enumerate(days):
            if day in wanted:
                total = 0
                for part in parts[max(0, number - 29) : number + 1]:
                    total = self.join(total, part)
                found.append((day, total))
        return self._sized(found)

    def _averages(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> dict[Bucket, int | float]:
        found: dict[Bucket, int | float] = {}
        for bucket in buckets:
            minutes = min(bucket.end, self.view.now) - bucket.start
            unit = 60 if self.world.switches.observability_average == "per_hour" else 1
            total = self.measure(cells, bucket.start, bucket.end)
            if total and minutes > 0:
                found[bucket] = round(total / max(1.0, minutes / unit))
        return found
