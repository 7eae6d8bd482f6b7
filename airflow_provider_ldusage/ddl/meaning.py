"""What a table's figures are and what may be summed, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.metrics import METRICS, History


def is_snapshot(table: StoredTable) -> bool:
    """Whether it is a list of what there was on each day it was seen."""
    metric = METRICS.get(table.table.identity["metric"])
    return metric is not None and metric.history is History.SNAPSHOT


def is_series(table: StoredTable) -> bool:
    """Whether it has actual figures over time."""
    return not table.is_forecast and table.table.schema[0].name == "time"


def comment_on(table: StoredTable, tables: Mapping[str, StoredTable]) -> str:
    """Say what a table holds and what may be summed.

    :param tables: all tables of the lake, since the account's total may be in another one
    """
    identity, meaning = table.table.identity, table.table.meaning
    if table.is_derived:
        return str(meaning.get("summary") or "Computed from other tables of the lake.")
    about = ", ".join(str(part) for part in (identity["metric"], identity.get("aggregation_type")) if part)
    head = f"LaunchDarkly usage: {about}, in {meaning.get('unit') or 'unknown units'}."
    if table.is_forecast:
        return f"{head} LaunchDarkly's forecasts, by the day they were seen: never sum them."
    if is_snapshot(table):
        return f"{head} A list as it was seen on usage_date: never count it over several days."
    return f"{head} {_sums(table, tables)}"


def _sums(table: StoredTable, tables: Mapping[str, StoredTable]) -> str:
    over_time = bool(table.table.meaning.get("additive_over_time"))
    if table.table.meaning.get("additive_over_groups"):
        return (
            "May be summed over days and over groups."
            if over_time
            else "The figures of one day may be summed over groups. Never sum days."
        )
    said = "May be summed over days, never over groups." if over_time else "Never sum days or groups."
    return f"{said}{_total(table, tables)}"


def _total(table: StoredTable, tables: Mapping[str, StoredTable]) -> str:
    """Where the figure of all groups together is."""
    identity = table.table.identity
    if not identity.get("group_by"):
        return ""
    ungrouped = {**identity, "group_by": []}
    found = next((name for name, each in tables.items() if each.table.identity == ungrouped), None)
    if found is None:
        return " For the account's total, load the metric without group_by too."
    return f" The account's total is in {found}."
