"""Reads the reports of loads, as a later task gets them from XCom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.commit import CHANGED
from airflow_provider_ldusage.log_text import shown

_FIELDS = ("table", "slice", "rows", "window", "days", "data_through", "final_through")


def loads_of(reports: Any) -> list[Mapping[str, Any]]:
    """Return the reports of an argument: a list of them, or a single one.

    :param reports: None stands for a load without a report
    :raises UsageArgumentError: there is something else among them
    """
    if isinstance(reports, str | bytes) or not (reports is None or isinstance(reports, Iterable)):
        raise _no_report(reports)
    items = [reports] if reports is None or isinstance(reports, Mapping) else list(reports)
    found = [item for item in items if item is not None]
    for item in found:
        if not isinstance(item, Mapping) or any(name not in item for name in _FIELDS):
            raise _no_report(item)
    return found


def changed_days(reports: Iterable[Mapping[str, Any]]) -> frozenset[date]:
    """Return the days that loads have written or restated."""
    ranges = [found for report in reports for what in CHANGED for found in report["days"][what]["ranges"]]
    windows = [Window(date.fromisoformat(first), date.fromisoformat(last) + DAY) for first, last in ranges]
    return frozenset(day for window in windows for day in window.days())


def _no_report(found: Any) -> UsageArgumentError:
    return UsageArgumentError(
        f"reports: {shown(found)} is no report of a load.",
        "Give the loads' output: reports=loads.output, or a list of several.",
    )
