"""The rules of a query's arguments: what the catalogue allows, and the error that names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.metrics import BOOLEANS, Filter, Metric
from airflow_provider_ldusage.near_misses import not_allowed
from airflow_provider_ldusage.visible import unseen

# One flag, some flags (a table of their own), or, as None, every flag of the project.
FLAG_ARGUMENT = "feature_flag_key"
_KEY_FILTERS = ("projectKey", "environmentKey", "project", "environment")


def _strings(argument: str, value: Any) -> tuple[str, ...]:
    """A string or a sequence of strings, none of them empty; sorted, each once."""
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, Sequence | set | frozenset) or not values:
        raise UsageArgumentError(
            f"{argument}={shown(value)} must be a string or a list of strings, and not empty.",
            "Give at least one string.",
        )
    for item in values:
        if not isinstance(item, str) or not item.strip():
            raise UsageArgumentError(
                f"{argument}={shown(value)} holds {shown(item)}.", "Give only strings that are not empty."
            )
        if any("\ud800" <= character <= "\udfff" for character in item):
            raise UsageArgumentError(
                f"{argument}={shown(value)} holds {shown(item)}, which is no valid Unicode text.", "Correct it."
            )
    return tuple(sorted(set(values)))


def _keys(argument: str, value: Any) -> tuple[str, ...]:
    """As :func:`_strings`. Keys of projects, environments and flags have no such character; events' keys may."""
    values = _strings(argument, value)
    for item in values:
        if found := unseen(item):
            raise UsageArgumentError(f"{argument}={shown(value)} holds {found}, which cannot be seen.", "Remove it.")
    return values


def check_groups(metric: Metric, group_by: Iterable[str]) -> tuple[str, ...]:
    wanted = _strings("group_by", group_by) if group_by else ()
    for name in wanted:
        if name not in metric.groupings:
            raise not_allowed("group_by", name, metric.groupings, f" for metric {metric.name!r}")
    return tuple(name for name in metric.groupings if name in wanted)


def check_filters(metric: Metric, filters: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(filters, Mapping):
        raise UsageArgumentError(
            f"filters={shown(filters)} must be a dict.", 'For example {"projectKey": ["default"]}.'
        )
    known = {item.name: item for item in metric.filters}
    for name in filters:
        if name not in known:
            raise not_allowed("filters", name, known, f" for metric {metric.name!r}")
    checked: dict[str, tuple[str, ...]] = {}
    for name, item in known.items():
        if name not in filters or filters[name] is None:
            continue
        read = _keys if name in _KEY_FILTERS else _strings
        values = read(f"filters[{name!r}]", filters[name])
        if item.allowed == BOOLEANS:  # "True" is how Python's own are rendered
            values = tuple(sorted({value.lower() for value in values}))
        if not item.repeat and len(values) > 1:
            raise UsageArgumentError(
                f"filters[{name!r}]={shown(list(values))} has {len(values)} values.",
                f"Give one: metric {metric.name!r} takes one value of it.",
            )
        for value in values:
            if item.allowed and value not in item.allowed:
                raise not_allowed(f"filters[{name!r}]", value, item.allowed, f" for metric {metric.name!r}")
        checked[name] = values
    return checked


def check_combinations(metric: Metric, groups: tuple[str, ...], filters: Mapping[str, tuple[str, ...]]) -> None:
    """Rules that hold between parameters, as the endpoints' pages state them."""
    for environment, project in (("environmentKey", "projectKey"), ("environment", "project")):
        if environment in filters and len(filters.get(project, ())) != 1:
            raise UsageArgumentError(
                f"filters[{environment!r}] needs exactly one value of filters[{project!r}], which has "
                f"{shown(list(filters.get(project, ())))}.",
                "Give one project: the same key may name an environment in each.",
            )
    if "destination" in filters and "destinationKind" in filters:
        raise UsageArgumentError("filters 'destination' and 'destinationKind' cannot be combined.", "Give one of them.")
    needed = {group: item for group, item in metric.grouping_needs.items() if group in groups}
    for group, item in needed.items():
        if item.name not in filters:
            raise UsageArgumentError(
                f"group_by {group!r} of metric {metric.name!r} needs a filter.",
                f'Give filters={{"{item.name}": [...]}} with {_how_many(item)}.',
            )
    for item in (*needed.values(), *metric.filters):
        if item.max_values is not None and len(filters.get(item.name, ())) > item.max_values:
            raise UsageArgumentError(
                f"filters[{item.name!r}] has {len(filters[item.name])} values.",
                f"Give fewer: that of metric {metric.name!r} takes at most {item.max_values} values.",
            )


def _how_many(item: Filter) -> str:
    return "1 or more values" if item.max_values is None else f"1 to {item.max_values} values"


def check_aggregation(metric: Metric, wanted: str | None) -> str | None:
    if not wanted:
        return metric.default_aggregation
    if not isinstance(wanted, str) or wanted not in metric.aggregations:
        raise not_allowed("aggregation_type", wanted, metric.aggregations, f" for metric {metric.name!r}")
    return wanted


def check_granularity(metric: Metric, aggregation: str | None, wanted: str | None) -> str | None:
    if not metric.is_series:
        if wanted:
            raise UsageArgumentError(
                f"granularity={shown(wanted)}: metric {metric.name!r} is a list and has none.", "Leave it out."
            )
        return None
    if wanted == "monthly":
        raise UsageArgumentError(
            "granularity='monthly' is not offered: a month's figure is the month-to-date of its last day.",
            "Load aggregation_type='month_to_date' with granularity='daily' and read each month's last day.",
        )
    offered = metric.aggregations.get(aggregation or "", ()) if metric.has_granularity else ("daily",)
    allowed = [name for name in offered if name != "monthly"]
    if wanted and wanted not in allowed:
        with_aggregation = f" with aggregation_type={aggregation!r}" if aggregation else ""
        raise not_allowed("granularity", wanted, allowed, f" for metric {metric.name!r}{with_aggregation}")
    return wanted or "daily"


def check_path(metric: Metric, given: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """Path arguments of one value each, and the flags where they are several."""
    given = {name: value for name, value in given.items() if value is not None}
    known = {argument.name: argument for argument in metric.path_arguments}
    for name in given:
        if name not in known:
            needs = f": it takes {', '.join(known)}" if known else ""
            raise UsageArgumentError(
                f"{name}={shown(given[name])}: metric {metric.name!r} takes no such argument.", f"Leave it out{needs}."
            )
    single: dict[str, str] = {}
    flags: tuple[str, ...] | None = None
    for name, argument in known.items():
        if name not in given:
            if name == FLAG_ARGUMENT:
                flags = ()
                continue
            allowed = f"Allowed: {', '.join(argument.allowed)}." if argument.allowed else f"Give {name}=..."
            raise UsageArgumentError(f"metric {metric.name!r} needs {name}.", allowed)
        values = _keys(name, given[name])
        if {".", ".."} & set(values):
            raise UsageArgumentError(f"{name}={shown(given[name])}: '.' and '..' are no keys.", "Give the key.")
        if len(values) > 1:
            if name != FLAG_ARGUMENT:
                raise UsageArgumentError(
                    f"{name}={shown(given[name])} has {len(values)} values.",
                    "Give one value only; map a task over several.",
                )
            flags = values
            continue
        if argument.allowed and values[0] not in argument.allowed:
            raise not_allowed(name, values[0], argument.allowed, f" for metric {metric.name!r}")
        single[name] = values[0]
    return single, flags
