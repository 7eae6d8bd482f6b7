"""The table ``stale_flags``: when each flag was last evaluated, and which have not been for long.

The rows of a day follow from those of the day before and that day's evaluations, so a report reads what is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.bill.names import NAMES_SCHEMA, KnownNames
from airflow_provider_ldusage.insight.hygiene.evaluations import flag_slices
from airflow_provider_ldusage.insight.hygiene.flag_days import AskedFor, Flag, FlagFacts, day_after
from airflow_provider_ldusage.insight.hygiene.places import Places
from airflow_provider_ldusage.insight.news import News
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.insight.stored_days import read_written
from airflow_provider_ldusage.insight.whole_numbers import whole_number
from airflow_provider_ldusage.lake.inventory import StoredTable
from airflow_provider_ldusage.query import Column

FLAGS_TABLE = "stale_flags"
FLAGS_SUMMARY = (
    "The report: a row for each day, environment and flag that was asked for; stale tells which were not evaluated "
    "for long."
)
FLAGS_SCHEMA = (
    *NAMES_SCHEMA,
    Column("feature_flag_key", "string"),
    Column("last_evaluated_on", "date32"),
    Column("days_without", "int64"),
    Column("since", "date32"),
    Column("stale", "bool"),
)
STALE_AFTER = 30
MAX_STALE_AFTER = 365
FIRST_RUN = 90
"""The days that the first report reads, and the most that any does unless ``stale_after`` is more."""
_OWN = ("project_key", "environment_key", "feature_flag_key", "since", "last_evaluated_on")

Records = list[dict[str, Any]]


def check_stale_after(days: object) -> int:
    """Return the argument ``stale_after`` if it is valid.

    :raises UsageArgumentError: it is no whole number from 1 to :data:`MAX_STALE_AFTER`
    """
    hint = f"Give the days without an evaluation after which a flag is stale: 1 to {MAX_STALE_AFTER}."
    return whole_number("stale_after", days, range(1, MAX_STALE_AFTER + 1), hint)


class StaleFlags:
    """The days of ``stale_flags`` that one report writes.

    :param tables: of the lake, by name
    :param stale_after: days without an evaluation
    :param yesterday: the last day that is over
    """

    def __init__(
        self, reporting: Reporting, tables: Mapping[str, StoredTable], stale_after: int, yesterday: date
    ) -> None:
        self._store, self._stale_after = reporting.store, stale_after
        self._slices = flag_slices(tables, reporting.account)
        self.own = reporting.open(FLAGS_TABLE, FLAGS_SCHEMA, FLAGS_SUMMARY)
        earliest = yesterday - timedelta(days=max(FIRST_RUN, stale_after) - 1)
        self.days = self._days(Window(earliest, yesterday + DAY))

    def records(self, names: Mapping[date, KnownNames]) -> dict[date, Records]:
        """The rows of each day; days that no slice has are left out.

        :param names: of each day
        """
        found: dict[date, Records] = {}
        told = self._told()
        known = self._before()
        for day in self.days:
            known = day_after(known, day, told.get(day, ()))
            if day in told:
                places = Places(names[day])
                found[day] = [self._record(flag, each, day, places) for flag, each in known.items()]
        return found

    @property
    def open_from(self) -> date:
        """The first day that may still change."""
        return min((each.open_from for each in self._slices if each.open_from), default=date.max)

    def _days(self, window: Window) -> list[date]:
        """All days from the first with news on to the last that is stored, and at least that one."""
        asked = [(day, moment) for each in self._slices for day, moment in each.asked_at.items() if day in window]
        if not asked:
            return []
        last, news = max(day for day, _ in asked), News(self.own.known)
        first = min((day for day, moment in asked if news.has(day, moment)), default=last)
        return list(Window(first, last + DAY).days())

    def _told(self) -> dict[date, list[AskedFor]]:
        found: dict[date, list[AskedFor]] = {}
        for each in self._slices:
            for day, told in each.read(self._store, self.days).items():
                found.setdefault(day, []).append(told)
        return found

    def _before(self) -> dict[Flag, FlagFacts]:
        """What an earlier report has written of the day before."""
        read = read_written(self.own.target, self.own.known, [day - DAY for day in self.days[:1]], _OWN)
        return {
            Flag(row["project_key"], row["environment_key"], row["feature_flag_key"]):
                FlagFacts(row["since"], row["last_evaluated_on"])
            for rows in read.values()
            for row in rows
        }  # fmt: skip

    def _record(self, flag: Flag, known: FlagFacts, day: date, places: Places) -> dict[str, Any]:
        without = known.days_without(day)
        return {
            **places.by_key(flag.project, flag.environment),
            "feature_flag_key": flag.key,
            "last_evaluated_on": known.last_evaluated_on,
            "days_without": without,
            "since": known.since,
            "stale": without >= self._stale_after,
        }
