"""A validated question to the catalogue: what a load asks for, and what its table is called and looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from airflow_provider_ldusage.days import DAY_MS, HOUR_MS
from airflow_provider_ldusage.metrics import METRICS, Metric, snake_case
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.query_rules import (
    FLAG_ARGUMENT,
    check_aggregation,
    check_combinations,
    check_filters,
    check_granularity,
    check_groups,
    check_path,
)

MAX_TABLE_NAME = 180  # characters; a longer default name is cut and gets a hash, so that no two are equal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``type`` is ``string``, ``int64``, ``double`` or ``timestamp[ms, UTC]``; in tables of the
    report also ``bool`` or ``date32``."""

    name: str
    type: str


@dataclass(frozen=True)
class UsageQuery:
    """What is asked of one metric. Every value is one that the API accepts.

    :param group_by: in the API's own names and the catalogue's order
    :param filters: likewise, with each filter's values sorted
    :param path: path arguments of one value
    :param flags: None if the metric has no flags or ``path`` names a single one; otherwise the flags to ask for, and
        empty for every flag of the project
    """

    metric: Metric
    group_by: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    aggregation_type: str | None
    granularity: str | None
    path: Mapping[str, str]
    flags: tuple[str, ...] | None

    @classmethod
    def build(
        cls,
        metric: str | None,
        *,
        group_by: Iterable[str] = (),
        filters: Mapping[str, Any] | None = None,
        aggregation_type: str | None = None,
        granularity: str | None = None,
        **path: Any,
    ) -> UsageQuery:
        """Check every argument against the catalogue.

        :raises UsageArgumentError: naming what is allowed
        """
        entry = METRICS.get(metric) if isinstance(metric, str) else None
        if entry is None:
            raise not_allowed("metric", metric, METRICS)
        groups = check_groups(entry, group_by)
        kept = check_filters(entry, filters or {})
        check_combinations(entry, groups, kept)
        aggregation = check_aggregation(entry, aggregation_type)
        arguments, flags = check_path(entry, path)
        return cls(
            entry, groups, kept, aggregation, check_granularity(entry, aggregation, granularity), arguments, flags
        )

    def __str__(self) -> str:
        """``service_connections (incremental, daily, by projectId)``"""
        parts = [self.aggregation_type, self.granularity if self.metric.has_granularity else None]
        parts += [f"by {', '.join(self.group_by)}"] if self.group_by else []
        parts += [f"{name} {value!r}" for name, value in self.slice.items()]
        known = ", ".join(part for part in parts if part)
        return f"{self.metric.name} ({known})" if known else self.metric.name

    @property
    def dimension_columns(self) -> dict[str, str]:
        """Columns by the API's names of their dimensions: asked for, then those LaunchDarkly adds by itself."""
        names = [*self.group_by, *self.metric.own_dimensions]
        for group in self.group_by:
            names += self.metric.companions.get(group, ())
        return {name: snake_case(name) for name in names}

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Columns that tell the series apart."""
        columns = tuple(self.dimension_columns.values())
        return (FLAG_ARGUMENT, *columns) if self.flags is not None else columns

    @property
    def slice(self) -> dict[str, str]:
        """What names the file within the day: single path arguments and filters of one value, by column."""
        single = {f"filter_{snake_case(name)}": values[0] for name, values in self.filters.items() if len(values) == 1}
        return {**self.path, **single}

    @property
    def table_filters(self) -> dict[str, list[str]]:
        """Filters of several values: they belong to the table."""
        several = {name: list(values) for name, values in self.filters.items() if len(values) > 1}
        return {**several, **({FLAG_ARGUMENT: list(self.flags)} if self.flags else {})}

    @property
    def additive_over_time(self) -> bool:
        """Whether the figures may be summed over buckets: never cumulative or rolling ones."""
        return self.metric.additive_over_time and self.aggregation_type in (None, "incremental")

    @property
    def cumulative(self) -> bool:
        """Month-to-date: a figure that grows from the month's first day on."""
        return self.aggregation_type == "month_to_date"

    @property
    def bucket_ms(self) -> int:
        """The length of the period that a figure is about, in ms: an hour or a day."""
        return HOUR_MS if self.granularity == "hourly" else DAY_MS

    @property
    def default_table(self) -> str:
        metric = self.metric
        parts = [metric.name, self.aggregation_type, self.granularity if metric.has_granularity else None]
        if self.group_by:
            parts += ["by", *map(snake_case, self.group_by)]
        if self.filters or self.flags:
            parts += ["where", *map(snake_case, self.filters), FLAG_ARGUMENT if self.flags else None]
        name = "_".join(part for part in parts if part)
        if len(name) <= MAX_TABLE_NAME:
            return name
        return f"{name[: MAX_TABLE_NAME - 17]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    @property
    def schema(self) -> tuple[Column, ...]:
        """The table's columns, in order; depends on metric, grouping and slice keys alone."""
        if self.metric.is_series:
            columns = [Column("time", "timestamp[ms, UTC]"), Column("value", self.metric.value_type)]
            columns += [Column(name, "string") for name in self.dimensions]
        else:
            columns = [Column(item.name, item.type) for item in self.metric.fields]
        return (*columns, *(Column(name, "string") for name in self.slice), Column("extra", "string"))

    def path_args(self, fixed: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """The value of each place in the endpoint's path.

        :param fixed: path arguments that a single request adds, such as a flag's key
        """
        values = {**self.path, **fixed}
        return {argument.parameter: values[argument.name] for argument in self.metric.path_arguments}

    @property
    def params(self) -> list[tuple[str, str]]:
        """Query parameters but for the range and the paging, repeated where there are several values."""
        pairs = [(self.metric.group_by_param, group) for group in self.group_by]
        pairs += [(name, value) for name, values in self.filters.items() for value in values]
        if self.aggregation_type:
            pairs.append(("aggregationType", self.aggregation_type))
        if self.granularity and self.metric.has_granularity:
            pairs.append(("granularity", self.granularity))
        if self.metric.takes_tz:
            pairs.append(("tz", "UTC"))
        return [*pairs, *self.metric.fixed_params]
