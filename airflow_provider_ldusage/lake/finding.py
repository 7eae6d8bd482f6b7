"""Finds a table among some names, by what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table


def find_table(store: Store, wanted: Table, names: Iterable[str]) -> Table | None:
    """Return the first of some tables that is what another would be; None if none of them is.

    :param wanted: a new table; its name does not count
    :param names: of tables, of which some may not exist
    :raises StoreError: the store cannot be read
    """
    stored = ((name, store.read(table_file(name))) for name in dict.fromkeys(names))
    found = (_if_same(wanted, name, data, store.uri) for name, data in stored if data)
    return next((table for table in found if table), None)


def _if_same(wanted: Table, name: str, stored: bytes, uri: str) -> Table | None:
    try:
        return replace(wanted, name=name).described_by(stored, uri)
    except LakeError:  # another table, or one that this version cannot read
        return None
