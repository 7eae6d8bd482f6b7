"""Destinations and connections, as a shell can open them.

A task asks the scheduler's side for its connections. A shell has none: there Airflow 3's SDK looks into the
environment and into secrets backends only. So a connection that it does not find is read from Airflow's database, as
``airflow connections get`` reads it, and given to the SDK in the environment of this process.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import ConnectionConfigError, LakeError
from airflow_provider_ldusage.lake.place import Place
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.near_misses import connection_meant, variable_of

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.lake.store import Store


def open_lake(destination: str) -> Store:
    """Open the store behind a destination. A folder on this machine needs no Airflow.

    :raises UsageArgumentError: it is no destination, or its filesystem is not installed
    :raises LakeError: its connection is missing, or makes no filesystem
    """
    if (place := local_place(destination)) is not None:
        from fsspec.implementations.local import LocalFileSystem

        from airflow_provider_ldusage.lake import stores

        return stores.open_store(LocalFileSystem(), f"/{place.path}", place.uri)
    from airflow_provider_ldusage.compat import has_fs
    from airflow_provider_ldusage.operators.destination import open_store

    place = Place.of(destination, has_fs)
    if place.conn_id and not provide(place.conn_id):
        raise LakeError(*_missing("The destination's connection", place.conn_id))
    return open_store(destination)


def local_place(destination: str) -> Place | None:
    """Return the place of a destination on this machine; None for an object store.

    :raises UsageArgumentError: it is no destination
    """
    place = Place.of(destination, lambda scheme: True)
    return place if place.is_local and not place.conn_id else None


def open_client(conn_id: str) -> UsageClient:
    """Open the client of a LaunchDarkly connection.

    :raises ConnectionConfigError: it is not defined, or a field of it is invalid
    """
    from airflow_provider_ldusage.hooks.launchdarkly import LaunchDarklyUsageHook

    if not provide(conn_id):
        raise ConnectionConfigError(*_missing("The connection", conn_id))
    return LaunchDarklyUsageHook(conn_id).new_client()


def provide(conn_id: str) -> bool:
    """See to it that hooks in this process find a connection.

    :return: whether there is one
    """
    from airflow_provider_ldusage.compat import AirflowNotFoundException, BaseHook

    with _silence():  # Airflow logs a database that it cannot reach at length
        try:
            BaseHook.get_connection(conn_id)
        except AirflowNotFoundException:
            stored = _stored(conn_id)
            if stored is None:
                return False
            os.environ[variable_of(conn_id)] = stored.as_json()
    return True


@contextmanager
def _silence() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _stored(conn_id: str) -> Any:
    """Return a connection of Airflow's database; None if it has none, or cannot be reached from here."""
    try:
        from airflow_provider_ldusage.compat import StoredConnection

        return StoredConnection.get_connection_from_secrets(conn_id)
    except Exception:  # there is none, or the database cannot be reached, with an error of its driver's
        return None


def _missing(what: str, conn_id: str) -> tuple[str, str]:
    """What is wrong with a connection that is not found, and what to do about it."""
    return (
        f"{what} {shown(conn_id)} is not defined where this shell finds it.",
        f"{connection_meant(conn_id)}Run the command where `airflow connections get` shows it, or set the "
        f"variable {variable_of(conn_id)}: it is looked for in the environment, in a secrets "
        "backend, and in Airflow's database.",
    )
