"""Values bucket by bucket: incremental, cumulative, rolling and averaged figures of a set of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from airflow_provider_ldusage.testing.account import figures
from airflow_provider_ldusage.testing.account.cells import Cell
from airflow_provider_ldusage.testing.account.figures import DAY, View
from airflow_provider_ldusage.testing.account.model import CREATED
from airflow_provider_ldusage.testing.api.time_buckets import MINUTE_MS, Bucket, buckets_between, month_of
from airflow_provider_ldusage.testing.api.world import Query, World

FIRST_MINUTE = int(CREATED.timestamp()) // 60
"""There is no usage before this minute since 1970."""

Values = Mapping[Bucket, int | float]
"""The value of each bucket that has one."""

_ROLLING_DAYS = 30


@dataclass(frozen=True)
class Meter:
    """Measures the values of one query's series.

    :param query: the query; its aggregation decides how values are measured
    :param world: the account, the clock and the switches
    :param view: the moment up to which usage is counted
    :param tz: the time zone of days and months
    :param granularity: ``minutely``, ``hourly``, ``daily`` or ``monthly``
    """

    query: Query
    world: World
    view: View
    tz: tzinfo
    granularity: str

    def values(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
        """Measure one series.

        :param cells: the cells that belong to the series
        :param buckets: from old to new
        :returns: the value of each bucket that has one
        """
        aggregation = self.query.aggregation
        if aggregation == "rolling_30d":
            return self._rolling(cells, buckets)
        if aggregation == "average":
            return self._averages(cells, buckets)
        if aggregation == "month_to_date":
            return self._month_to_date(cells, buckets)
        if self._unique and self.world.switches.incremental_uniques == "new_in_month":
            return self._new_in_month(cells, buckets)
        return self._sized((bucket, self._measure(cells, bucket.start, bucket.end)) for bucket in buckets)

    @property
    def _unique(self) -> bool:
        return self.query.endpoint.unique

    def _measure(self, cells: Iterable[Cell], start: int, end: int) -> int:
        """A sum of amounts, or a set of keys; `_size` makes it a number."""
        measure: Callable[..., int] = figures.keys if self._unique else figures.amounts
        return measure(cells, max(start, FIRST_MINUTE), end, self.view)

    def _join(self, one: int, other: int) -> int:
        return one | other if self._unique else one + other

    def _size(self, measured: int) -> int | float:
        if self._unique:
            return figures.number_of(measured, self.world.account.contexts_per_key)
        return measured / 2 if self.query.endpoint.half_units else measured

    def _sized(self, measured: Iterable[tuple[Bucket, int]]) -> Values:
        return {bucket: self._size(value) for bucket, value in measured if value}

    def _month_to_date(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
        switches = self.world.switches
        result: list[tuple[Bucket, int]] = []
        month = Bucket(0, 0)
        running = 0
        for number, bucket in enumerate(buckets):
            begin = bucket.start
            if bucket.start >= month.end:
                month = month_of(bucket.start, self.tz)
                if number == 0 and switches.month_to_date_from == "requested_from":
                    running = 0
                    begin = self.query.start // MINUTE_MS if self.granularity == "monthly" else begin
                else:
                    running = self._before(cells, month, bucket)
            part = self._measure(cells, begin, bucket.end)
            running = self._join(running, part)
            if part or switches.month_to_date_gaps == "carried":
                result.append((bucket, running))
        return self._sized(result)

    def _new_in_month(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
        """The keys of each bucket that the month had not seen before."""
        result: list[tuple[Bucket, int]] = []
        month = Bucket(0, 0)
        seen = 0
        for bucket in buckets:
            if bucket.start >= month.end:
                month = month_of(bucket.start, self.tz)
                seen = self._before(cells, month, bucket)
            keys = self._measure(cells, bucket.start, bucket.end)
            result.append((bucket, keys & ~seen))
            seen |= keys
        return self._sized(result)

    def _before(self, cells: Sequence[Cell], month: Bucket, bucket: Bucket) -> int:
        """What the month had before the bucket."""
        return 0 if bucket.start == month.start else self._measure(cells, month.start, bucket.start)

    def _rolling(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
        if not buckets:
            return {}
        first = buckets[0].start - (_ROLLING_DAYS + 1) * DAY
        days = buckets_between(first * MINUTE_MS, buckets[-1].end * MINUTE_MS, "daily", self.tz)
        parts = [self._measure(cells, day.start, day.end) for day in days]
        wanted = set(buckets)
        result: list[tuple[Bucket, int]] = []
        for number, day in enumerate(days, 1):
            if day in wanted:
                total = 0
                for part in parts[max(0, number - _ROLLING_DAYS) : number]:
                    total = self._join(total, part)
                result.append((day, total))
        return self._sized(result)

    def _averages(self, cells: Sequence[Cell], buckets: Sequence[Bucket]) -> Values:
        result: dict[Bucket, int | float] = {}
        unit = 60 if self.world.switches.observability_average == "per_hour" else 1
        for bucket in buckets:
            minutes = min(bucket.end, self.view.now) - bucket.start
            total = self._measure(cells, bucket.start, bucket.end)
            if total and minutes > 0:
                result[bucket] = round(total / max(1.0, minutes / unit))
        return result
