"""What a lake holds: its tables, their day files, and the state of their days. Reads, and writes nothing.

Unlike a load, this lists: one listing of the destination, or of ``_ldusage`` alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.exceptions import LakeError, UsageArgumentError
from airflow_provider_ldusage.lake.layout import CONTROL, PARTITION, STATE
from airflow_provider_ldusage.lake.state import State, Status, parse
from airflow_provider_ldusage.lake.stored import read_footer
from airflow_provider_ldusage.lake.table import DERIVED, Table, parse_table
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.near_misses import did_you_mean

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store

log = logging.getLogger(__name__)

FORECAST = "_projected"
"""Ends the name of the table that holds a table's forecasts."""


@dataclass(frozen=True)
class SliceState:
    """What is known of the days of one slice.

    :param values: the slice's columns with their values
    """

    values: Mapping[str, str]
    state: State

    def days(self, status: Status) -> list[date]:
        """Return the days of a status, in order."""
        return sorted(day for day, known in self.state.days.items() if known.status is status)

    @property
    def stored(self) -> dict[date, datetime | None]:
        """The days that are stored -> when LaunchDarkly was last asked for each."""
        stored = (Status.FINAL, Status.OPEN)
        return {day: known.asked_at for day, known in self.state.days.items() if known.status in stored}

    @property
    def last_day(self) -> date | None:
        """The last day that is stored."""
        return max(self.stored, default=None)

    @property
    def final_through(self) -> date | None:
        """The last day up to which all days are final, see :meth:`.State.final_through`. Before the first scheduled day
        is final, days that were loaded by hand count."""
        first_open = min(self.state.days.keys() - self.days(Status.FINAL), default=date.max)
        by_hand = max((day for day in self.days(Status.FINAL) if day < first_open), default=None)
        return self.state.final_through() or by_hand

    @property
    def last_asked(self) -> datetime | None:
        """When LaunchDarkly was last asked for the newest of its days, stored or not: loads of the past leave it."""
        newest = max((day for day, known in self.state.days.items() if known.asked_at), default=None)
        return None if newest is None else self.state.asked_at(newest)

    @property
    def last_load(self) -> datetime | None:
        """When LaunchDarkly was last asked for any of its days."""
        return max((known.asked_at for known in self.state.days.values() if known.asked_at), default=None)

    @property
    def gaps(self) -> list[date]:
        """Days that were never asked for, between the first and the last that were."""
        return _missing(self.state.days)


@dataclass(frozen=True)
class StoredTable:
    """A table of a lake.

    :param slices: the slices whose state is known
    :param files: day -> the names of its files and their sizes in bytes; nothing if they were not listed
    """

    table: Table
    slices: tuple[SliceState, ...] = ()
    files: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    @property
    def is_forecast(self) -> bool:
        """Whether it holds forecasts, by the day on which they were seen."""
        return self.table.identity.get("series") == "projected"

    @property
    def is_derived(self) -> bool:
        """Whether it is computed from other tables."""
        return self.table.identity.get("series") == DERIVED

    @property
    def names(self) -> list[str]:
        """The names of its day files."""
        return [name for files in self.files.values() for name in files]

    @property
    def size(self) -> int:
        """Bytes of its day files."""
        return sum(size for files in self.files.values() for size in files.values())

    @property
    def slice_names(self) -> set[str]:
        """The names of its files within their days, one for each slice."""
        return {name.rpartition("/")[2] for name in self.names}

    @property
    def gaps(self) -> list[date]:
        """Days without a file of a slice that has files before and after."""
        days: dict[str, set[date]] = {}
        for day, files in self.files.items():
            for name in files:
                days.setdefault(name.rpartition("/")[2], set()).add(day)
        return sorted({day for stored in days.values() for day in _missing(stored)})


def tables_of(store: Store, *, with_files: bool = True) -> dict[str, StoredTable]:
    """Return the tables of a lake by name, in order. A table whose description cannot be read is left out, and logged.

    :param with_files: whether to list the day files too: one request for each thousand on most object stores
    :raises StoreError: the store cannot be listed or read
    """
    listed = store.sizes("" if with_files else CONTROL)
    files: dict[str, dict[date, dict[str, int]]] = {}
    for name, size in listed.items():
        if (found := _day_of(name)) is not None:
            files.setdefault(found[0], {}).setdefault(found[1], {})[name] = size
    return {
        table.name: StoredTable(table, _slices(store, table, listed), files.get(table.name, {}))
        for table in _descriptions(store, listed)
    }


def check_names(tables: Mapping[str, StoredTable], wanted: Iterable[str], about: str = "") -> None:
    """Refuse names that no table has.

    :param about: the lake, for the message
    :raises UsageArgumentError: naming what was meant, and all tables
    """
    if unknown := [name for name in wanted if name not in tables]:
        raise UsageArgumentError(
            f"The lake has no table {shown(unknown[0])}.",
            f"{did_you_mean(unknown[0], tables)}It has: {', '.join(tables) or 'none'}.",
            about=about,
        )


def list_of(tables: Mapping[str, StoredTable], metric: str) -> StoredTable | None:
    """Return the table that holds a whole list, such as of projects or SDK versions; None if there is none.

    :param metric: the list, by its name in the catalogue
    """
    whole = {"metric": metric, "filters": {}, "slice_keys": []}
    found = (each for each in tables.values() if whole.items() <= each.table.identity.items())
    return next(found, None)


def count_rows(store: Store, table: StoredTable) -> int:
    """Count a table's rows, by the footers of its day files: one request each.

    :raises StoreError: the store cannot be read
    """
    footers = store.map_reads(lambda name: read_footer(store, name), table.names)
    return sum(footer.rows or 0 for footer in footers if footer is not None)


def last_loads(tables: Mapping[str, StoredTable]) -> dict[str, datetime | None]:
    """Return when each table's usage was last asked for; for a forecast, when the one that is stored was."""
    return {name: _last_load(table, tables) for name, table in tables.items()}


def _last_load(table: StoredTable, tables: Mapping[str, StoredTable]) -> datetime | None:
    if not table.is_forecast:
        return max((each.last_load for each in table.slices if each.last_load), default=None)
    usage = tables.get(table.table.name.removesuffix(FORECAST))
    asked = (each.state.forecast_asked_at for each in (usage.slices if usage else ()))
    return max((moment for moment in asked if moment), default=None)


def _descriptions(store: Store, listed: Iterable[str]) -> list[Table]:
    names = [name for name in listed if name.startswith(f"{CONTROL}/") and name.count("/") == 1]
    described = [name for name in names if name.endswith(".json")]
    found = []
    for name, data in zip(described, store.map_reads(store.read, described), strict=True):
        try:
            if data is not None:
                found.append(parse_table(data, name.rpartition("/")[2].removesuffix(".json"), store.uri))
        except LakeError as error:
            log.warning("%s", error)
    return found


def _slices(store: Store, table: Table, listed: Iterable[str]) -> tuple[SliceState, ...]:
    names = [name for name in listed if name.startswith(f"{STATE}/{table.name}/") and name.endswith(".json")]
    found = []
    for name, data in zip(names, store.map_reads(store.read, names), strict=True):
        state = parse(data, table.id, f"{store.uri}/{name}")
        if data is not None and (state.days or state.scheduled_from):
            found.append(
                SliceState({key: str(value) for key, value in json.loads(data).get("slice", {}).items()}, state)
            )
    return tuple(sorted(found, key=lambda each: list(each.values.items())))


def _day_of(name: str) -> tuple[str, date] | None:
    """Return the table and the day of a day file; None for any other object."""
    table, _, rest = name.partition("/")
    folder, _, file = rest.partition("/")
    if not folder.startswith(f"{PARTITION}=") or not file.endswith(".parquet") or "/" in file:
        return None
    try:
        return table, date.fromisoformat(folder.removeprefix(f"{PARTITION}="))
    except ValueError:
        return None


def _missing(days: Iterable[date]) -> list[date]:
    present = set(days)
    if not present:
        return []
    return [day for day in Window(min(present), max(present) + DAY).days() if day not in present]
