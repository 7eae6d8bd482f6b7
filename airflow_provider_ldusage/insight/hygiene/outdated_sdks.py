"""The table ``outdated_sdks``: the SDK versions in use, and which are at or near their end of life.

LaunchDarkly tells the status of each version, and no date. The list of every version is read where it is loaded; the
one of the newest versions hides an old version beside a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from airflow_provider_ldusage.days import DAY
from airflow_provider_ldusage.insight.bill.names import NAMES_SCHEMA, KnownNames
from airflow_provider_ldusage.insight.hygiene.places import NAMES, Places
from airflow_provider_ldusage.insight.news import MAX_DAYS, News
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.insight.stored_days import read_records
from airflow_provider_ldusage.lake.inventory import StoredTable, list_of
from airflow_provider_ldusage.query import Column

SDKS_TABLE = "outdated_sdks"
SDKS_SUMMARY = (
    "The report: a row for each day and SDK version in use, by project, environment and application; outdated tells "
    "which are at or near their end of life."
)
SDKS_SCHEMA = (
    *NAMES_SCHEMA,
    Column("application_id", "string"),
    Column("sdk_name", "string"),
    Column("sdk_version", "string"),
    Column("sdk_type", "string"),
    Column("status", "string"),
    Column("outdated", "bool"),
    Column("latest_version", "string"),
    Column("relay_version", "string"),
    Column("relay_status", "string"),
)
LISTS = ("sdk_versions_all", "sdk_versions_details")
"""The metrics that tell it, the better one first."""
OUTDATED = ("EolNear", "EolPast")
"""What LaunchDarkly says of an SDK version that is at or near its end of life."""
_COLUMNS = {
    "application_id": "application_id", "sdk_name": "name", "sdk_version": "version", "sdk_type": "type",
    "status": "eol_status", "latest_version": "ld_latest_version", "relay_version": "relay_version",
    "relay_status": "relay_eol_status",
}  # fmt: skip
"""Columns -> those of the lists."""

Records = Sequence[Mapping[str, Any]]


class OutdatedSdks:
    """The days of ``outdated_sdks`` that one report writes.

    :param tables: of the lake, by name
    :param today: lists are stored under the day on which they are seen, so today's may be there
    """

    def __init__(self, reporting: Reporting, tables: Mapping[str, StoredTable], today: date) -> None:
        found = [list_of(tables, metric) for metric in LISTS]
        self._store = reporting.store
        self._lists = [each for each in found if each is not None and each.table.account == reporting.account]
        self.own = reporting.open(SDKS_TABLE, SDKS_SCHEMA, SDKS_SUMMARY)
        self.days = self._days(today)

    def records(self, names: Mapping[date, KnownNames]) -> dict[date, Records]:
        """The rows of each day.

        :param names: of the day before each: lists of names that were seen on the same day count
        """
        found: dict[date, Records] = {}
        for each in self._lists:
            left = [day for day in self.days if day not in found]
            found |= read_records(self._store, each.table, left, [*NAMES, *_COLUMNS.values()])
        return {day: list(_rows(items, Places(names[day - DAY]))) for day, items in sorted(found.items())}

    def _days(self, today: date) -> list[date]:
        """The days with news, and the last one."""
        earliest = today - timedelta(days=MAX_DAYS - 1)
        asked = {
            (day, known.asked_at)
            for each in self._lists
            for one in each.slices
            for day, known in one.state.days.items()
            if earliest <= day <= today
        }
        last, news = max((day for day, _ in asked), default=None), News(self.own.known)
        return sorted({day for day, moment in asked if day == last or news.has(day, moment)})


def _rows(items: Iterable[Mapping[str, Any]], places: Places) -> Iterable[Mapping[str, Any]]:
    """The rows of a list; items that differ in nothing of this are one row."""
    found = {}
    for item in items:
        row = {**places.by_id(item), **{column: item[name] for column, name in _COLUMNS.items()}}
        row["outdated"] = row["status"] in OUTDATED
        found[tuple(row.values())] = row
    return found.values()
