"""Reads from the tables of evaluations which flags were asked for on a day, and which were evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import utc_day
from airflow_provider_ldusage.insight.hygiene.flag_days import AskedFor
from airflow_provider_ldusage.insight.stored_days import read_days
from airflow_provider_ldusage.lake.flag_list import FlagList
from airflow_provider_ldusage.lake.inventory import SliceState, StoredTable
from airflow_provider_ldusage.lake.state import Status
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query_rules import FLAG_ARGUMENT

if TYPE_CHECKING:
    import pyarrow as pa

METRIC = "evaluations"


@dataclass(frozen=True)
class FlagSlice:
    """A slice of a table of evaluations: one environment, or one flag of it.

    :param named: the flags that it is about; None: every flag of the project
    :param listed: those that LaunchDarkly has listed
    :param asked_at: stored day -> when it was last asked for
    :param open_from: the first of them that is not final
    """

    table: Table
    values: Mapping[str, str]
    named: frozenset[str] | None
    listed: FlagList
    asked_at: Mapping[date, datetime]
    open_from: date | None

    @classmethod
    def of(cls, table: Table, found: SliceState) -> FlagSlice:
        """The slice of a table with its state."""
        named = table.identity["filters"].get(FLAG_ARGUMENT) or [found.values.get(FLAG_ARGUMENT)]
        asked_at = {day: moment for day, moment in found.stored.items() if moment}
        names = frozenset(filter(None, named)) or None
        return cls(
            table,
            found.values,
            names,
            FlagList.of(found.state.other),
            asked_at,
            min(found.days(Status.OPEN), default=None),
        )

    def read(self, store: Store, days: Iterable[date]) -> dict[date, AskedFor]:
        """Read what it tells of some days.

        :return: the days that are stored
        :raises StoreError: the store cannot be read
        """
        stored = [day for day in days if day in self.asked_at]
        found = read_days(store, self.table, stored, ["value", FLAG_ARGUMENT], _evaluated, self.values)
        place = (self.values["project_key"], self.values["environment_key"])
        return {day: AskedFor(place, self._asked(day), evaluated) for day, evaluated in found.items()}

    def _asked(self, day: date) -> frozenset[str] | None:
        return self.named or self.listed.on(utc_day(self.asked_at[day]))


def flag_slices(tables: Mapping[str, StoredTable], account: Mapping[str, str]) -> list[FlagSlice]:
    """The slices of a lake's tables of evaluations.

    :param account: whose usage it is; tables of others are left out
    """
    return [
        FlagSlice.of(each.table, one)
        for each in tables.values()
        if each.table.identity["metric"] == METRIC and each.table.account == account
        for one in each.slices
    ]


def _evaluated(rows: pa.Table) -> frozenset[str]:
    flags, values = rows.column(FLAG_ARGUMENT).to_pylist(), rows.column("value").to_pylist()
    return frozenset(flag for flag, value in zip(flags, values, strict=True) if flag is not None and value)
