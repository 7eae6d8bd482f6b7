"""Which tables of a lake hold the figures of each meter: found by what they hold, whatever their names are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.exceptions import LakeError, UsageArgumentError
from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter, Meter
from airflow_provider_ldusage.insight.bill.owners import LEVELS, GroupTable
from airflow_provider_ldusage.lake.inventory import FORECAST, StoredTable, check_names, list_of
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.near_misses import not_allowed

Tables = Mapping[str, StoredTable]


@dataclass(frozen=True)
class Source:
    """Where the figures of one meter are.

    :param total: the table of the account's figures, which are sums of its groups if it has any; None if there is none
    :param projected: LaunchDarkly's own projections
    :param levels: level of owners -> the table that has figures of each owner
    :param missing: what the report lacks of the meter, and what to load
    """

    meter: Meter
    total: StoredTable | None
    projected: StoredTable | None
    levels: Mapping[str, GroupTable]
    missing: str = ""

    @property
    def tables(self) -> list[Table]:
        """The tables that are read."""
        found = [self.total.table] if self.total else []
        return found + [each.table for each in self.levels.values()]


@dataclass(frozen=True)
class Sources:
    """Where the figures of all meters are.

    :param meters: by meter; those without any table are left out, and there may be none
    :param projects: the account's list of projects; None if it is not loaded
    :param environments: likewise
    :param account: whose figures they are; without any, whose lake it is
    """

    meters: Mapping[str, Source]
    projects: StoredTable | None
    environments: StoredTable | None
    account: Mapping[str, str]


def find_sources(tables: Tables, named: Mapping[str, Sequence[str]], about: str = "") -> Sources:
    """Find the tables of each meter.

    :param tables: of the lake, by name
    :param named: meter -> the only tables to read it from
    :param about: the lake, for messages
    :raises UsageArgumentError: a name is unknown, or several tables are possible
    :raises LakeError: there is no table, or the figures are of several accounts
    """
    if unknown := [name for name in named if name not in METERS]:
        raise not_allowed("tables", unknown[0], METERS, ": it is no meter")
    check_names(tables, [name for names in named.values() for name in names], about)
    found = {meter.name: _source(meter, tables, named.get(meter.name)) for meter in METERS.values()}
    sources = {name: source for name, source in found.items() if source is not None}
    account = _account([table for each in sources.values() for table in each.tables] or _loaded(tables), about)
    own = {name: each for name, each in tables.items() if each.table.account == account}
    return Sources(sources, list_of(own, "projects"), list_of(own, "environments"), account)


def _loaded(tables: Tables) -> list[Table]:
    return [each.table for each in tables.values() if not each.is_derived]


def _account(tables: Sequence[Table], about: str) -> Mapping[str, str]:
    """:raises LakeError: there are no tables, or they are of several accounts"""
    accounts = {tuple(sorted(table.account.items())): table for table in tables}
    if not accounts:
        raise LakeError(
            "There is no table here to report on.", "Load one first, such as clientside_mau without group_by.",
            about=about,
        )  # fmt: skip
    if len(accounts) > 1:
        one, other, *_ = (table.name for table in accounts.values())
        raise LakeError(
            f"Tables {one!r} and {other!r} are of two accounts.",
            "Keep each account in a lake of its own, or name the tables to read (tables=...).",
            about=about,
        )
    return next(iter(accounts.values())).account


def _source(meter: Meter, tables: Tables, named: Sequence[str] | None) -> Source | None:
    """:raises UsageArgumentError: a named table has no figures of the meter, or several tables are possible"""
    fitting = {name: each for name, each in tables.items() if _fits(meter, each)}
    if named is not None:
        for name in named:
            if name not in fitting:
                raise UsageArgumentError(
                    f"tables[{meter.name!r}]: table {name!r} does not hold what the meter needs.",
                    f"It needs {meter.name}, {meter.aggregation}, of all usage: without filters.",
                )
        fitting = {name: fitting[name] for name in named}
    if not fitting:
        return None
    ungrouped = [each for each in fitting.values() if not each.table.identity["group_by"]]
    levels = _levels(meter, [each for each in fitting.values() if each not in ungrouped])
    if ungrouped:
        total = _only(meter, ungrouped, "the account's figure")
        return Source(meter, total, _projected(total, tables), levels, _without_owners(meter, fitting, levels))
    return _of_groups(meter, fitting, levels)


def _of_groups(meter: Meter, fitting: Tables, levels: Mapping[str, GroupTable]) -> Source:
    """Where nothing but groups is loaded: they are added up if that is exact."""
    exact = [each for each in fitting.values() if _adds_up(meter, each)]
    if exact:
        chosen = [each for each in exact if each.table in [level.table for level in levels.values()]] or exact
        return Source(meter, chosen[0], None, levels, _without_owners(meter, fitting, levels))
    return Source(
        meter, None, None, levels,
        f"{meter.name}: no figure of the account, as only groups are loaded, which do not add up to it. "
        f"Load {meter.name} without group_by too.",
    )  # fmt: skip


def _without_owners(meter: Meter, fitting: Tables, levels: Mapping[str, GroupTable]) -> str:
    if levels or len(fitting) == 1:
        return ""
    return f"{meter.name}: no figures of owners, as its tables have groups of something else too, which do not add up."


def _fits(meter: Meter, table: StoredTable) -> bool:
    identity = table.table.identity
    return (
        identity.get("metric") == meter.name
        and identity.get("series") == "actual"
        and identity.get("aggregation_type") == meter.aggregation
        and identity.get("granularity") in (None, "daily", "hourly")
        and not identity.get("filters")
        and not identity.get("slice_keys")
    )


def _adds_up(meter: Meter, table: StoredTable) -> bool:
    """Whether the sum of a table's groups is the account's figure."""
    return isinstance(meter, AdditiveMeter) and meter.metric.adds_up_by(table.table.identity["group_by"])


def _only(meter: Meter, found: Sequence[StoredTable], what: str) -> StoredTable:
    """The table that is meant: one by day, where there is one, as tables by hour are for the day that is not over.

    :raises UsageArgumentError: there are several
    """
    possible = [each for each in found if each.table.identity["granularity"] != "hourly"] or found
    if len(possible) > 1:
        names = [each.table.name for each in possible]
        raise UsageArgumentError(
            f"Several tables may hold {what} of {meter.name}: {', '.join(names)}.",
            f'Name those to read: tables={{"{meter.name}": ["{names[0]}"]}}; tables that are not named are not read.',
        )
    return possible[0]


def _levels(meter: Meter, grouped: Sequence[StoredTable]) -> dict[str, GroupTable]:
    """The table for each level of owners: the one with the finest groups of those that have it.

    :raises UsageArgumentError: there are several
    """
    found: dict[str, GroupTable] = {}
    tables = [GroupTable(meter, each) for each in grouped]
    for level in LEVELS:
        able = [each for each in tables if each.has(level)]
        if able:
            finest = max(each.fineness for each in able)
            best = [each for each in able if each.fineness == finest]
            chosen = _only(meter, [each.stored for each in best], f"the figures by {level}")
            found[level] = next(each for each in best if each.stored is chosen)
    return found


def _projected(total: StoredTable, tables: Tables) -> StoredTable | None:
    found = tables.get(f"{total.table.name}{FORECAST}")
    return found if found is not None and found.is_forecast else None
