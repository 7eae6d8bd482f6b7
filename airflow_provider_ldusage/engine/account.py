"""Whether a load is for the account that its table holds.

A table holds the usage of one LaunchDarkly account. ``GET /api/v2/caller-identity`` tells whose a token is, and an
access token stays with its account. So what was told once is remembered: the state of each slice has fingerprints of
connections that were found to be for the table's account. Only the others are looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_ldusage.api.fingerprint import fingerprint
from airflow_provider_ldusage.lake.state import State, StateFile
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.table import Table, parse_table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

MAX_CONNECTIONS = 8
"""How many connections a slice remembers. If more alternate, some are looked up each time."""


def open_slice(
    client: UsageClient, query: UsageQuery, store: Store, name: str, compression: str | None, described: bytes | None
) -> tuple[TableSlice, State]:
    """The slice of a table to load into, once it is certain that the connection is for the table's account.

    :param described: the table's description as it is stored; None if the table is new
    :return: the slice, and what is known of its days
    :raises LakeError: the table is of another account, or another one in any other way
    :raises LaunchDarklyUsageError: the account cannot be looked up
    """
    state = None
    account = {}
    if described is not None:
        stands = parse_table(described, name, store.uri)
        state, _ = StateFile(store, name, query.slice, stands.id).read()
        if fingerprint(client.config, stands.id) in state.connections:
            account = {**stands.account, "host": client.config.host}
    if not account:
        found = client.account()
        account = {"id": found.id, "host": found.host}
    table = Table.of(name, query, account, compression=compression).described_by(described, store.uri)
    return TableSlice(store, table, query.slice), state or State(table.id)


def with_connection(connections: tuple[str, ...], client: UsageClient, table: Table) -> tuple[str, ...]:
    """The fingerprints with that of a connection which is for the table's account; without the oldest if there are too
    many."""
    mine = fingerprint(client.config, table.id)
    if mine is None or mine in connections:
        return connections
    return (*connections, mine)[-MAX_CONNECTIONS:]
