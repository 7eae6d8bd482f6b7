"""A validated question to the catalogue: what a load asks for, and what its table is called and looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.metrics import BOOLEANS, METRICS, Filter, Metric, snake_case
from airflow_provider_ldusage.visible import unseen

_KEY_FILTERS = ("projectKey", "environmentKey", "project", "environment")
# One flag, some flags (a table of their own), or, as None, every flag of the project.
FLAG_ARGUMENT = "feature_flag_key"
MAX_TABLE_NAME = 180  # characters; a longer default name is cut and gets a hash, so that no two are equal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``type`` is ``string``, ``int64``, ``double`` or ``timestamp[ms, UTC]``."""

    name: str
    type: str


@dataclass(frozen=True)
class UsageQuery:
    """What is asked of one metric; every value is one that the API takes.

    - ``group_by`` and ``filters`` in the API's own names and the catalogue's order, each filter's values sorted
    - ``path``: path arguments that are one value
    - ``flags``: None where the metric knows no flags or ``path`` names the one; else the flags asked for, and
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
            raise _refused("metric", metric, METRICS)
        groups = _groups(entry, group_by)
        kept = _filters(entry, filters or {})
        _check_combinations(entry, groups, kept)
        aggregation = _aggregation(entry, aggregation_type)
        arguments, flags = _path(entry, path)
        return cls(entry, groups, kept, aggregation, _granularity(entry, aggregation, granularity), arguments, flags)

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


def _refused(argument: str, value: object, allowed: Iterable[str], of: str = "") -> UsageArgumentError:
    names = ", ".join(allowed)
    return UsageArgumentError(f"{argument}={value!r} is not allowed{of}. Allowed: {names or 'none'}.")


def _strings(argument: str, value: Any) -> tuple[str, ...]:
    """A string or a sequence of strings, none of them empty; sorted, each once."""
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, Sequence | set | frozenset) or not values:
        raise UsageArgumentError(f"{argument}={value!r} must be a string or a list of strings, and not empty.")
    for item in values:
        if not isinstance(item, str) or not item.strip():
            raise UsageArgumentError(f"{argument}={value!r} holds {item!r}: only strings that are not empty.")
        if any("\ud800" <= character <= "\udfff" for character in item):
            raise UsageArgumentError(f"{argument}={value!r} holds {item!r}, which is no valid Unicode text.")
    return tuple(sorted(set(values)))


def _keys(argument: str, value: Any) -> tuple[str, ...]:
    """As :func:`_strings`. Keys of projects, environments and flags have no such character; events' keys may."""
    values = _strings(argument, value)
    for item in values:
        if found := unseen(item):
            raise UsageArgumentError(f"{argument}={value!r} holds {found}, which cannot be seen: remove it.")
    return values


def _groups(metric: Metric, group_by: Iterable[str]) -> tuple[str, ...]:
    wanted = _strings("group_by", group_by) if group_by else ()
    for name in wanted:
        if name not in metric.groupings:
            raise _refused("group_by", name, metric.groupings, f" for metric {metric.name!r}")
    return tuple(name for name in metric.groupings if name in wanted)


def _filters(metric: Metric, filters: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(filters, Mapping):
        raise UsageArgumentError(f'filters={filters!r} must be a dict, for example {{"projectKey": ["default"]}}.')
    known = {item.name: item for item in metric.filters}
    for name in filters:
        if name not in known:
            raise _refused("filters", name, known, f" for metric {metric.name!r}")
    checked: dict[str, tuple[str, ...]] = {}
    for name, item in known.items():
        if name not in filters or filters[name] is None:
            continue
        read = _keys if name in _KEY_FILTERS else _strings
        values = read(f"filters[{name!r}]", filters[name])
        if item.allowed == BOOLEANS:  # "True" is how Python's own are rendered
            values = tuple(value.lower() for value in values)
        if not item.repeat and len(values) > 1:
            raise UsageArgumentError(
                f"filters[{name!r}]={list(values)!r}: metric {metric.name!r} takes one value of it."
            )
        for value in values:
            if item.allowed and value not in item.allowed:
                raise _refused(f"filters[{name!r}]", value, item.allowed, f" for metric {metric.name!r}")
        checked[name] = values
    return checked


def _check_combinations(metric: Metric, groups: tuple[str, ...], filters: Mapping[str, tuple[str, ...]]) -> None:
    """Rules that hold between parameters, as the endpoints' pages state them."""
    for environment, project in (("environmentKey", "projectKey"), ("environment", "project")):
        if environment in filters and len(filters.get(project, ())) != 1:
            raise UsageArgumentError(
                f"filters[{environment!r}] needs exactly one value of filters[{project!r}]; "
                f"got {list(filters.get(project, ()))!r}."
            )
    if "destination" in filters and "destinationKind" in filters:
        raise UsageArgumentError("filters 'destination' and 'destinationKind' cannot be combined: give one of them.")
    needed = {group: item for group, item in metric.grouping_needs.items() if group in groups}
    for group, item in needed.items():
        if item.name not in filters:
            raise UsageArgumentError(
                f"group_by {group!r} of metric {metric.name!r} needs a filter: "
                f'filters={{"{item.name}": [...]}} with {_how_many(item)}.'
            )
    for item in (*needed.values(), *metric.filters):
        if item.max_values is not None and len(filters.get(item.name, ())) > item.max_values:
            raise UsageArgumentError(
                f"filters[{item.name!r}] of metric {metric.name!r} takes at most {item.max_values} values."
            )


def _how_many(item: Filter) -> str:
    return "1 or more values" if item.max_values is None else f"1 to {item.max_values} values"


def _aggregation(metric: Metric, wanted: str | None) -> str | None:
    if not wanted:
        return metric.default_aggregation
    if not isinstance(wanted, str) or wanted not in metric.aggregations:
        raise _refused("aggregation_type", wanted, metric.aggregations, f" for metric {metric.name!r}")
    return wanted


def _granularity(metric: Metric, aggregation: str | None, wanted: str | None) -> str | None:
    if not metric.is_series:
        if wanted:
            raise UsageArgumentError(f"granularity={wanted!r}: metric {metric.name!r} is a list and has none.")
        return None
    if wanted == "monthly":
        raise UsageArgumentError(
            "granularity='monthly' is not offered: a month's figure is the month-to-date of its last day. "
            "Load aggregation_type='month_to_date' with granularity='daily' and read each month's last day."
        )
    offered = metric.aggregations.get(aggregation or "", ()) if metric.has_granularity else ("daily",)
    allowed = [name for name in offered if name != "monthly"]
    if wanted and wanted not in allowed:
        with_aggregation = f" with aggregation_type={aggregation!r}" if aggregation else ""
        raise _refused("granularity", wanted, allowed, f" for metric {metric.name!r}{with_aggregation}")
    return wanted or "daily"


def _path(metric: Metric, given: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """Path arguments of one value each, and the flags where they are several."""
    given = {name: value for name, value in given.items() if value is not None}
    known = {argument.name: argument for argument in metric.path_arguments}
    for name in given:
        if name not in known:
            needs = f"; it takes {', '.join(known)}" if known else ""
            raise UsageArgumentError(f"{name}={given[name]!r}: metric {metric.name!r} takes no such argument{needs}.")
    single: dict[str, str] = {}
    flags: tuple[str, ...] | None = None
    for name, argument in known.items():
        if name not in given:
            if name == FLAG_ARGUMENT:
                flags = ()
                continue
            allowed = f" Allowed: {', '.join(argument.allowed)}." if argument.allowed else ""
            raise UsageArgumentError(f"metric {metric.name!r} needs {name}.{allowed}")
        values = _keys(name, given[name])
        if {".", ".."} & set(values):
            raise UsageArgumentError(f"{name}={given[name]!r}: '.' and '..' are no keys.")
        if len(values) > 1:
            if name != FLAG_ARGUMENT:
                raise UsageArgumentError(f"{name}={given[name]!r}: one value only; map a task over several.")
            flags = values
            continue
        if argument.allowed and values[0] not in argument.allowed:
            raise _refused(name, values[0], argument.allowed, f" for metric {metric.name!r}")
        single[name] = values[0]
    return single, flags
