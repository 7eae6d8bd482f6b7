"""Views that join names, and leave out what must not be summed.

project_names      the list of projects: the last known key and name of each id
environment_names  the list of environments: the same
<table>_monthly    month-to-date figures: of each month and series, the last one;
                   figures that are additive over time: of each month and series, the sum
<table>_named      series that are not month-to-date: all rows, with names
<table>_latest     other lists of the present: those of the last day they were seen
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_ldusage.ddl.dialect import Dialect, Statement
from airflow_provider_ldusage.ddl.meaning import comment_on, is_series, is_snapshot
from airflow_provider_ldusage.lake.inventory import StoredTable, list_of
from airflow_provider_ldusage.lake.layout import PARTITION

NAMES = {"projects": "project_names", "environments": "environment_names"}
"""Metrics of lists that have names -> the views on them."""


@dataclass(frozen=True)
class _Names:
    """A view of names.

    :param id: the column that usage has
    :param columns: what the view adds to it
    """

    view: str
    id: str
    columns: tuple[str, ...]


_PROJECTS = _Names("project_names", "project_id", ("project_key", "project_name"))
_ENVIRONMENTS = _Names("environment_names", "environment_id", ("environment_key", "environment_name", "project_key"))


class Views:
    """The views of a lake.

    :param tables: all tables of the lake, by name
    """

    def __init__(self, dialect: Dialect, tables: Mapping[str, StoredTable]) -> None:
        self._dialect, self._tables = dialect, tables
        self._lists = {metric: table for metric in NAMES if (table := list_of(tables, metric)) is not None}

    def of_names(self) -> list[Statement]:
        """Return the views on the lists of projects and environments, as far as they are loaded."""
        made = []
        if "projects" in self._lists:
            columns = {"id": "project_id", "key": "project_key", "name": "project_name"}
            made.append(self._names(self._lists["projects"], columns, "project_names"))
        if "environments" in self._lists:
            columns = {"id": "environment_id", "key": "environment_key", "name": "environment_name"}
            columns |= {"project_id": "project_id", "project_key": "project_key"}
            made.append(self._names(self._lists["environments"], columns, "environment_names"))
        return made

    def of_table(self, table: StoredTable) -> list[Statement]:
        """Return the views on a table of usage."""
        comment, identity = comment_on(table, self._tables), table.table.identity
        if identity["metric"] in NAMES:
            return []
        if is_snapshot(table):
            return [self._view(table, "latest", self._latest(table), "The last list that was seen.")]
        if not is_series(table):
            return []
        if identity.get("aggregation_type") == "month_to_date":
            said = f"{comment} This view has each month's figure: the last one, of last_day. Never sum months."
            return [self._view(table, "monthly", self._last_of_month(table), said)]
        made = [self._view(table, "named", self._rows(table), comment)]
        if table.table.meaning.get("additive_over_time"):
            said = f"{comment} This view has each month's sum; first_day and last_day are those with usage."
            made.append(self._view(table, "monthly", self._sum_of_month(table), said))
        return made

    def _view(self, table: StoredTable, kind: str, select: str, comment: str) -> Statement:
        return self._dialect.view(f"{table.table.name}_{kind}", select, comment)

    def _names(self, table: StoredTable, columns: Mapping[str, str], view: str) -> Statement:
        quote = self._dialect.quote
        taken = ",\n".join(f"  {quote(name)} AS {quote(other)}" for name, other in columns.items())
        ranked = self._ranked(table, [], ["id"], PARTITION)
        select = f"SELECT\n{taken}\nFROM (\n{ranked}\n) AS {quote('seen')}\nWHERE {quote('place')} = 1"
        return self._dialect.view(view, select, "The last known name of each id, also of what was deleted since.")

    def _latest(self, table: StoredTable) -> str:
        keys = list(table.table.identity.get("slice_keys", ()))
        return self._joined(table, self._ranked(table, [], keys, PARTITION), [*_columns(table), PARTITION], last=True)

    def _rows(self, table: StoredTable) -> str:
        columns = [*_columns(table), PARTITION]
        listed = ", ".join(self._dialect.quote(name) for name in columns)
        return self._joined(table, f"  SELECT {listed}\n  FROM {self._dialect.named(table.table.name)}", columns)

    def _last_of_month(self, table: StoredTable) -> str:
        """The rows of each series' last instant in the month. Rows that differ in ``extra`` alone are kept side by
        side, as the lake has them."""
        quote = self._dialect.quote
        month = f"{self._dialect.month(quote(PARTITION))} AS {quote('month')}"
        renamed = f"{quote(PARTITION)} AS {quote('last_day')}"
        ranked = self._ranked(table, [month, renamed], ["month", *_labels(table)], "time")
        return self._joined(table, ranked, ["month", *_labels(table), "value", "last_day", "extra"], last=True)

    def _sum_of_month(self, table: StoredTable) -> str:
        dialect, quote = self._dialect, self._dialect.quote
        keys = ["month", *_labels(table)]
        kind = next(dialect.type_of(column) for column in table.table.schema if column.name == "value")
        day = quote(PARTITION)
        inner = ", ".join(
            [f"{dialect.month(day)} AS {quote('month')}", *map(quote, [*_labels(table), "value", PARTITION])]
        )
        sums = (
            f"CAST(SUM({quote('value')}) AS {kind}) AS {quote('value')}, "
            f"MIN({day}) AS {quote('first_day')}, MAX({day}) AS {quote('last_day')}"
        )
        listed = ", ".join(map(quote, keys))
        query = (
            f"  SELECT {listed}, {sums}\n"
            f"  FROM (SELECT {inner} FROM {dialect.named(table.table.name)}) AS {quote('days')}\n"
            f"  GROUP BY {listed}"
        )
        return self._joined(table, query, [*keys, "value", "first_day", "last_day"])

    def _ranked(self, table: StoredTable, more: Sequence[str], keys: Sequence[str], latest: str) -> str:
        """All rows of a table with their ``place`` among those of the same keys, the latest first."""
        quote, own = self._dialect.quote, {"month": self._dialect.month(self._dialect.quote(PARTITION))}
        by = ", ".join(own.get(key) or quote(key) for key in keys)
        over = f"{f'PARTITION BY {by} ' if by else ''}ORDER BY {quote(latest)} DESC"
        columns = [quote(name) for name in [*_columns(table), PARTITION]]
        listed = ", ".join([*columns, *more, f"RANK() OVER ({over}) AS {quote('place')}"])
        return f"  SELECT {listed}\n  FROM {self._dialect.named(table.table.name)}"

    def _joined(self, table: StoredTable, query: str, columns: Sequence[str], *, last: bool = False) -> str:
        """A query with the names of its ids.

        :param columns: of the query, to select
        :param last: whether to keep the rows of the first place alone
        """
        quote, joins = self._dialect.quote, []
        selected = [f"{quote('figures')}.{quote(name)}" for name in columns]
        known = {*columns, *_columns(table)}
        for names in self._joins(table):
            fresh = [name for name in names.columns if name not in known]
            known |= {*fresh}
            selected += [f"{quote(names.view)}.{quote(name)}" for name in fresh]
            on = f"{quote(names.view)}.{quote(names.id)} = {quote('figures')}.{quote(names.id)}"
            joins.append(f"LEFT JOIN {self._dialect.named(names.view)} AS {quote(names.view)} ON {on}")
        listed = ",\n".join(f"  {each}" for each in selected)
        where = [f"WHERE {quote('figures')}.{quote('place')} = 1"] if last else []
        return "\n".join([f"SELECT\n{listed}\nFROM (\n{query}\n) AS {quote('figures')}", *joins, *where])

    def _joins(self, table: StoredTable) -> list[_Names]:
        columns, pairs = _columns(table), (("projects", _PROJECTS), ("environments", _ENVIRONMENTS))
        return [names for metric, names in pairs if metric in self._lists and names.id in columns]


def _columns(table: StoredTable) -> list[str]:
    return [column.name for column in table.table.schema]


def _labels(table: StoredTable) -> list[str]:
    """The columns that tell the series apart."""
    return [column.name for column in table.table.schema if column.type == "string" and column.name != "extra"]
