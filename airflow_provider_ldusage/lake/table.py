"""What a table is: written down once beside it, and compared with every load before anything is written.

Mixing another variant of a metric, another way of slicing or another account into a table would double its rows
or overwrite them in silence, so such a load is refused.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake import totals
from airflow_provider_ldusage.lake.layout import table_file, total_file
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut, cut_about, shown, table_named
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.arrow import arrow_schema

FORMAT = 1
DERIVED = "derived"
"""``series`` of tables that are computed from others."""


@dataclass(frozen=True)
class Table:
    """A table's description.

    :param identity: what may not change: metric, variant, grouping, filters, names of the slice keys
    :param account: ``{"id", "host"}`` of the LaunchDarkly account whose usage it holds
    :param meaning: unit and additivity of ``value``, for whoever reads a day file by itself
    :param compression: of its day files, one of :data:`.lake.parquet.COMPRESSIONS`; None: any will do
    :param id: of this very table; one that is deleted and made anew has another, and what was known of its days is void
    :param stands: whether it was found in the lake; otherwise it is new
    """

    name: str
    identity: Mapping[str, Any]
    account: Mapping[str, str]
    schema: tuple[Column, ...]
    meaning: Mapping[str, Any]
    compression: str | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex, compare=False)
    stands: bool = field(default=False, compare=False)

    @classmethod
    def of(
        cls,
        name: str,
        query: UsageQuery,
        account: Mapping[str, str],
        *,
        projected: bool = False,
        compression: str | None = None,
    ) -> Table:
        """Describe the table that a query's answers go into.

        :param projected: whether it holds forecasts
        """
        identity = {
            "metric": query.metric.name,
            "series": "projected" if projected else "actual",
            # A forecast is the month's running total by day, whatever the figures that it came with.
            "aggregation_type": "cumulative" if projected else query.aggregation_type,
            "granularity": "daily" if projected else query.granularity,
            "group_by": list(query.group_by),
            "filters": query.table_filters,
            "slice_keys": sorted(query.slice),
        }
        meaning = {
            "unit": query.metric.unit,
            "additive_over_time": query.additive_over_time and not projected,
            "additive_over_groups": query.metric.additive_over_groups,
            "documentation": query.metric.documentation,
        }
        return cls(name, identity, dict(account), query.schema, meaning, compression)

    @classmethod
    def derived(cls, name: str, account: Mapping[str, str], schema: tuple[Column, ...], summary: str) -> Table:
        """Describe a table that is computed from others of the lake.

        :param account: of the tables that it is computed from
        :param summary: what it holds and what may be summed, in a sentence or two
        """
        identity: dict[str, Any] = {
            "metric": name, "series": DERIVED, "aggregation_type": None, "granularity": "daily",
            "group_by": [], "filters": {}, "slice_keys": [],
        }  # fmt: skip
        meaning = {"unit": None, "additive_over_time": False, "additive_over_groups": False, "summary": summary}
        return cls(name, identity, dict(account), schema, meaning)

    @property
    def codec(self) -> str:
        """What its day files are compressed with."""
        return self.compression or COMPRESSIONS[0]

    @property
    def total_file(self) -> str | None:
        """The object in which its name is noted, since groups of its figures add up to them; None: they do not, or are
        groups themselves."""
        is_series = bool(self.schema) and self.schema[0].name == "time" and self.identity["series"] == "actual"
        is_total = is_series and not self.identity["group_by"] and self.meaning.get("additive_over_groups")
        return total_file(self.identity) if is_total else None

    def opened(self, store: Store) -> Table:
        """Return this table as it is in the lake, see :meth:`described_by`.

        :raises LakeError: the table in the lake is another one
        """
        return self.described_by(store.read(table_file(self.name)), store.uri)

    def described_by(self, stored: bytes | None, uri: str) -> Table:
        """Return this table as its stored description says, with the schema and compression it was created with.

        :param stored: the content of the table's file, as :meth:`.store.Store.check` returns it; None: the table is
            new, and is returned as it is
        :param uri: of the destination, for messages
        :raises LakeError: the stored table is another one; the message says what differs
        """
        if stored is None:
            return self
        found = parse_table(stored, self.name, uri)
        asked = {**self.identity, "account": self.account}
        if differs := _differences({**found.identity, "account": found.account}, asked):
            said, about = cut_about("; ".join(differs), MAX_SHOWN, f"{uri}/{self.name}")
            raise LakeError(
                f"Table {table_named(self.name)!r} holds something else: {said}.",
                "Give this load a table of its own (table=...): mixing the two would double or overwrite rows.",
                about=about,
            )
        if self.compression not in (None, found.compression):
            raise LakeError(
                f"Table {table_named(self.name)!r} is compressed with {found.compression}, and this load asks for "
                f"compression={self.compression!r}.",
                "Leave compression out, as a table keeps the one it was created with; or give this load a table of its "
                "own (table=...), or delete the table and load it anew.",
                about=f"{uri}/{self.name}",
            )
        return replace(self, schema=found.schema, compression=found.compression, id=found.id, stands=True)

    def create(self, store: Store) -> Table:
        """Write the description if there is none yet, and return the table that stands: since this one was opened,
        another task may have created it. The name of a total is noted first, see :mod:`.totals`.

        :raises LakeError: the table in the lake is another one
        :raises StoreError: the store cannot be read or written to
        """
        if self.stands:
            return self
        found = self.opened(store)
        if not found.stands:
            if self.total_file:
                totals.note(store, self.total_file, self.name)
            name = table_file(self.name)
            store.create(name, self.to_json())
            store.persist([name])
            found = self.opened(store)
        if found.schema != self.schema:
            raise LakeError(
                f"Table {table_named(self.name)!r} has other columns than this load expects: another task created it "
                "meanwhile.",
                "Run this one again: nothing was written.",
                about=f"{store.uri}/{self.name}",
            )
        return found

    def to_json(self) -> bytes:
        """Return the description as it is stored."""
        content = {
            "format": FORMAT,
            "table": self.name,
            "id": self.id,
            "identity": self.identity,
            "account": self.account,
            "schema": [{"name": column.name, "type": column.type} for column in self.schema],
            "compression": self.codec,
            "meaning": self.meaning,
        }
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"

    def footer(self) -> dict[str, str]:
        """Return the key-value metadata of the day files."""
        facts = {"metric": self.identity["metric"], "series": self.identity["series"], **self.meaning}
        facts |= {key: self.identity[key] for key in ("aggregation_type", "granularity")}
        return {f"ldusage.{key}": _text(value) for key, value in sorted(facts.items()) if value is not None}


def table_id(store: Store, name: str) -> str | None:
    """Return the id of a table as it is in the lake; None if there is no such table.

    :raises LakeError: its description cannot be read
    """
    stored = store.read(table_file(name))
    return None if stored is None else parse_table(stored, name, store.uri).id


def parse_table(stored: bytes, name: str, uri: str) -> Table:
    """Return the table that a stored description is about.

    :param stored: the content of the table's file
    :param uri: of the destination, for messages
    :raises LakeError: it is damaged, or of a later version
    """
    try:
        content = json.loads(stored)
        version = content["format"]
        if version == FORMAT:
            schema = tuple(Column(column["name"], column["type"]) for column in content["schema"])
            arrow_schema(schema)  # raises for an unknown type
            return Table(
                name,
                dict(content["identity"]),
                dict(content["account"]),
                schema,
                dict(content.get("meaning", {})),
                _known_compression(content.get("compression", COMPRESSIONS[0])),
                # Tables of early versions have no id: theirs follows from what they are.
                str(content.get("id") or hashlib.sha256(stored).hexdigest()[:32]),
                stands=True,
            )
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"The table's description cannot be read ({type(error).__name__}: {cut(str(error), MAX_SHOWN)}).",
            "Restore it, or load into another table: without it nobody can tell what the day files hold.",
            about=f"{uri}/{table_file(name)}",
        ) from error
    raise LakeError(
        f"Table {table_named(name)!r} has format {shown(version)}; this version of the provider knows {FORMAT}.",
        "Upgrade the provider, or load into another table (table=...).",
        about=f"{uri}/{name}",
    )


def _known_compression(name: Any) -> str:
    if name not in COMPRESSIONS:
        raise ValueError(f"compression {name!r} is none of {', '.join(COMPRESSIONS)}; a newer provider may know it")
    return str(name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _differences(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    names = sorted(stored.keys() | asked.keys())
    return [
        f"{name} is {json.dumps(stored.get(name))} there and {json.dumps(asked.get(name))} here"
        for name in names
        if stored.get(name) != asked.get(name)
    ]
