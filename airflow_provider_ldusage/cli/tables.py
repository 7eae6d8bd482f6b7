"""``ldusage tables``: what a lake holds, or all about some of its tables"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.cli.output import Result, pairs_text, size_text, table_text
from airflow_provider_ldusage.days import day_ranges, ranges_text
from airflow_provider_ldusage.exceptions import LakeError

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.inventory import StoredTable

HEADINGS = ["table", "figures", "rows", "days", "first day", "last day", "gaps", "size", "last load"]
USAGE = "DESTINATION [TABLE ...]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("destination", metavar="DESTINATION", help="as in Airflow: s3://aws_default@lake/launchdarkly")
    parser.add_argument("table", nargs="*", default=[], metavar="TABLE", help="tables, to see all about them")
    parser.add_argument("--no-rows", action="store_true", help="do not count rows, which reads each file's end")


def run(given: argparse.Namespace) -> Result:
    """:raises LakeError: the lake cannot be read, or has no tables
    :raises UsageArgumentError: it has no such table"""
    from airflow_provider_ldusage.cli.places import open_lake
    from airflow_provider_ldusage.lake.inventory import count_rows, last_loads, tables_of

    store = open_lake(given.destination)
    tables = tables_of(store)
    chosen = chosen_of(tables, given.table, store.uri)
    loads = last_loads(tables)
    facts = [
        {**described(table), "rows": None if given.no_rows else count_rows(store, table), "last_load": loads[name]}
        for name, table in chosen.items()
    ]
    text = "\n\n".join(map(_page, facts)) if given.table else table_text(HEADINGS, map(_row, facts))
    return Result({"destination": store.uri, "tables": facts}, text)


def chosen_of(tables: Mapping[str, StoredTable], wanted: Sequence[str], uri: str) -> dict[str, StoredTable]:
    """Return the tables of these names, or all if there are no names.

    :raises LakeError: the lake has none
    :raises UsageArgumentError: it has no table of such a name
    """
    from airflow_provider_ldusage.lake.inventory import check_names

    if not tables:
        raise LakeError(f"There are no tables at {uri}.", "Nothing was loaded there yet, or the lake is elsewhere.")
    check_names(tables, wanted, uri)
    return {name: table for name, table in tables.items() if not wanted or name in wanted}


def described(table: StoredTable) -> dict[str, Any]:
    """Return what a table is and what it holds, for programs."""
    identity, meaning = table.table.identity, table.table.meaning
    return {
        "table": table.table.name,
        **{name: identity.get(name) for name in ("metric", "series", "aggregation_type", "granularity")},
        **{name: identity.get(name) for name in ("group_by", "filters", "slice_keys")},
        **{name: meaning.get(name) for name in ("unit", "additive_over_time", "additive_over_groups")},
        "columns": {column.name: column.type for column in table.table.schema},
        "compression": table.table.codec,
        "account": dict(table.table.account),
        "days": len(table.files),
        "first_day": min(table.files, default=None),
        "last_day": max(table.files, default=None),
        "gaps": day_ranges(table.gaps),
        "slices": len(table.slice_names),
        "files": len(table.names),
        "bytes": table.size,
    }


def _row(facts: Mapping[str, Any]) -> list[Any]:
    gaps = _days(facts["gaps"])
    return [
        facts["table"], _figures(facts), facts["rows"], facts["days"], facts["first_day"], facts["last_day"], len(gaps),
        size_text(facts["bytes"]), facts["last_load"],
    ]  # fmt: skip


def _figures(facts: Mapping[str, Any]) -> str:
    if facts["series"] == "projected":
        return "forecast"
    if facts["series"] == "derived":
        return "report"
    hourly = ", hourly" if facts["granularity"] == "hourly" else ""
    return f"{facts['aggregation_type'] or ('daily' if 'time' in facts['columns'] else 'list')}{hourly}"


def _page(facts: Mapping[str, Any]) -> str:
    filters = [f"{name}: {', '.join(values)}" for name, values in facts["filters"].items()]
    sums = [name.rpartition("_")[2] for name in ("additive_over_time", "additive_over_groups") if facts[name]]
    return pairs_text(
        {
            "table": facts["table"],
            "metric": facts["metric"],
            "figures": _figures(facts),
            "unit": facts["unit"],
            "may be summed over": ", ".join(sums) or "nothing",
            "group_by": ", ".join(facts["group_by"]),
            "filters": "\n".join(filters),
            "slices": f"{facts['slices']:,}"
            + (f" (by {', '.join(facts['slice_keys'])})" if facts["slice_keys"] else ""),
            "columns": "\n".join(f"{name} {kind}" for name, kind in facts["columns"].items()),
            "rows": facts["rows"],
            "days": facts["days"],
            "first day": facts["first_day"],
            "last day": facts["last_day"],
            "gaps": ranges_text(_days(facts["gaps"])),
            "files": facts["files"],
            "size": size_text(facts["bytes"]),
            "compression": facts["compression"],
            "account": f"{facts['account'].get('id')} at {facts['account'].get('host')}",
            "last load": facts["last_load"],
        }
    )


def _days(ranges: Sequence[Sequence[str]]) -> list[Any]:
    """The days of ranges, both ends inclusive."""
    from datetime import date

    from airflow_provider_ldusage.days import DAY, Window

    return [
        day
        for first, last in ranges
        for day in Window(date.fromisoformat(first), date.fromisoformat(last) + DAY).days()
    ]
