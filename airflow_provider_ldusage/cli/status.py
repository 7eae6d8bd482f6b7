"""``ldusage status``: how far each table is loaded and final, and which days are missing"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.cli.output import Result, table_text
from airflow_provider_ldusage.days import DAY, day_ranges, range_texts, utc_day, utc_now
from airflow_provider_ldusage.metrics import METRICS, History

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.inventory import SliceState, StoredTable

HEADINGS = ["table", "slice", "last day", "behind", "final to", "open", "last asked", "missing"]
USAGE = "DESTINATION [TABLE ...]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("destination", metavar="DESTINATION", help="as in Airflow: s3://aws_default@lake/launchdarkly")
    parser.add_argument("table", nargs="*", default=[], metavar="TABLE", help="some tables only")
    parser.add_argument(
        "--fail-if-behind", type=_whole_days, metavar="DAYS",
        help="exit with 1 if a table's last day is more than DAYS days before yesterday (UTC), "
        "or if days were refused or given up",
    )  # fmt: skip
    parser.add_argument(
        "--fail-if-gaps", action="store_true",
        help="exit with 1 if a table that has a history was never asked for days between others",
    )  # fmt: skip


def _whole_days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


def run(given: argparse.Namespace) -> Result:
    """Read the state objects alone: days that did not change leave no trace in files.

    :raises LakeError: the lake cannot be read, or has no tables
    :raises UsageArgumentError: it has no such table
    """
    from airflow_provider_ldusage.cli.places import open_lake
    from airflow_provider_ldusage.cli.tables import chosen_of
    from airflow_provider_ldusage.lake.inventory import tables_of

    store = open_lake(given.destination)
    tables = chosen_of(tables_of(store, with_files=False), given.table, store.uri)
    facts = list(_facts(tables, utc_day(utc_now()) - DAY))
    late = given.fail_if_behind is not None and any(_is_late(each, given.fail_if_behind) for each in facts)
    lacking = given.fail_if_gaps and any(_has_history(each["metric"]) and each["gaps"] for each in facts)
    text = table_text(HEADINGS, map(_row, facts))
    return Result({"destination": store.uri, "tables": facts}, text, int(late or lacking))


def _facts(tables: Mapping[str, StoredTable], yesterday: date) -> Iterator[dict[str, Any]]:
    from airflow_provider_ldusage.lake.inventory import SliceState
    from airflow_provider_ldusage.lake.state import State

    for table in tables.values():
        nothing = () if table.is_forecast else (SliceState({}, State(table.table.id)),)
        for each in table.slices or nothing:
            yield described(table, each, yesterday)


def described(table: StoredTable, each: SliceState, yesterday: date) -> dict[str, Any]:
    """Return the state of one slice of a table, for programs."""
    from airflow_provider_ldusage.lake.state import Status

    last = each.last_day
    return {
        "table": table.table.name,
        "metric": table.table.identity["metric"],
        "slice": dict(each.values),
        "last_day": last,
        "behind": None if last is None else max((yesterday - last).days, 0),
        "final_through": each.final_through,
        **{status.value: day_ranges(each.days(status)) for status in Status if status is not Status.FINAL},
        "gaps": day_ranges(each.gaps),
        "last_asked": each.last_asked,
        "forecast_asked": each.state.forecast_asked_at,
        "scheduled_from": each.state.scheduled_from,
    }


MISSING = {"left": "left", "refused": "refused", "given_up": "given up", "gaps": "gap"}
"""Kinds of days that are not stored -> their names for people."""


def _is_late(facts: Mapping[str, Any], days: int) -> bool:
    from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_TABLE

    if facts["metric"] == RESTATEMENTS_TABLE:  # it has a day only if something was restated
        return False
    missing = any(facts[kind] for kind in ("refused", "given_up"))
    return facts["last_day"] is None or facts["behind"] > days or missing


def _has_history(metric: str) -> bool:
    """Whether a gap can be loaded. What a later version of the provider has loaded may be a list without history."""
    return metric in METRICS and METRICS[metric].history is not History.SNAPSHOT


def _row(facts: Mapping[str, Any]) -> list[Any]:
    missing = [f"{name} {', '.join(range_texts(facts[kind]))}" for kind, name in MISSING.items() if facts[kind]]
    return [
        facts["table"], slice_text(facts["metric"], facts["slice"]), facts["last_day"],
        facts["behind"], facts["final_through"], _count(facts["open"]), facts["last_asked"], "; ".join(missing),
    ]  # fmt: skip


def _count(ranges: list[list[str]]) -> int:
    return sum((date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in ranges)


def slice_text(metric: str, values: Mapping[str, str]) -> str:
    """Return a slice for people: ``client``, ``default/production``, ``filter_project_key=default``."""
    entry = METRICS.get(metric)
    places = [each.name for each in entry.path_arguments if each.name in values] if entry else []
    parts = ["/".join(values[name] for name in places)] if places else []
    return " ".join([*parts, *(f"{name}={value}" for name, value in values.items() if name not in places)])
