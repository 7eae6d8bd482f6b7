"""Finds tables by what they are."""

from __future__ import annotations

from dataclasses import replace

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake import totals
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table


def find_totals(store: Store, wanted: Table) -> list[Table]:
    """Return the tables that are what another would be, in the order of their names.

    This reads the object that names them and the description of each.

    :param wanted: a new table without groups; its name does not count
    :raises StoreError: the store cannot be read
    """
    if wanted.total_file is None:
        return []
    names = totals.names(store, wanted.total_file)
    stored = store.map_reads(store.read, [table_file(name) for name in names])
    found = (_if_same(wanted, name, data, store.uri) for name, data in zip(names, stored, strict=True) if data)
    return [table for table in found if table]


def _if_same(wanted: Table, name: str, stored: bytes, uri: str) -> Table | None:
    try:
        return replace(wanted, name=name).described_by(stored, uri)
    except LakeError:  # another table, or one that this version cannot read
        return None
