"""Reads what a view shows from the store of a lake: one object by its name, nothing listed."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from threading import Lock
from typing import Any, NamedTuple

from airflow_provider_ldusage.days import utc_day, utc_now
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.insight.views.stored_view import NewerVersionError, View, parse_view
from airflow_provider_ldusage.lake.layout import view_file
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.operators.destination import open_store
from airflow_provider_ldusage.ui import problems
from airflow_provider_ldusage.ui.lakes import Lake

log = logging.getLogger(__name__)

REOPENED_AFTER = 3600.0
"""Seconds after which a store is opened anew: its connection may have changed."""
LATE_AFTER = 2
"""Days by which the last day may be behind: it is yesterday's, or the day before's until the report has run."""


class Body(NamedTuple):
    """What a view's address answers.

    :param etag: differs whenever the content does
    """

    content: bytes
    etag: str


class Stores:
    """The stores of lakes, each opened once: to open one costs a request or two, and keeps memory.

    :param opening: opens one, see :func:`.destination.open_store`
    :param clock: seconds
    """

    def __init__(
        self, opening: Callable[[str], Store] = open_store, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._opening, self._clock = opening, clock
        self._opened: dict[str, tuple[Store, float]] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def read(self, destination: str, name: str) -> bytes | None:
        """Return an object's content; None: there is no such object.

        :raises LaunchDarklyUsageError: the store cannot be opened or read
        """
        store = self._store(destination)
        try:
            found = store.read(name)
            if found is None and hasattr(store, "fs"):
                store.check()  # whether the bucket is there at all
        except Exception:
            self._forget(destination)
            raise
        return found

    def _store(self, destination: str) -> Store:
        with self._lock_of(destination):  # to open it may take long, for which other lakes do not wait
            store, opened_at = self._opened.get(destination, (None, 0.0))
            if store is None or self._clock() - opened_at > REOPENED_AFTER:
                _close(store)
                store = self._opening(destination)
                self._opened[destination] = store, self._clock()
            return store

    def _forget(self, destination: str) -> None:
        with self._lock_of(destination):
            _close(self._opened.pop(destination, (None, 0.0))[0])

    def _lock_of(self, destination: str) -> Lock:
        with self._lock:
            return self._locks.setdefault(destination, Lock())


def _close(store: Store | None) -> None:
    """fsspec keeps every filesystem for good, although Airflow never asks for the same one twice."""
    if (fs := getattr(store, "fs", None)) is not None:
        fs.clear_instance_cache()


def read_body(stores: Stores, lake: Lake, view: str) -> Body:
    """Read what a view shows.

    :raises Problem: it is not there, or cannot be read
    """
    name = view_file(view)
    try:
        data = stores.read(lake.destination, name)
    except LaunchDarklyUsageError as error:
        log.warning("%s", error)
        raise problems.unreadable(error) from None
    if data is None:
        raise problems.no_report(lake.uri, view)
    try:
        content = parse_view(data)
        return _body({**content, "late": late(content, utc_day(utc_now()))})
    except NewerVersionError:
        raise problems.newer_version(f"{lake.uri}/{name}") from None
    except ValueError as error:
        log.warning("%s/%s cannot be read: %s", lake.uri, name, error)
        raise problems.damaged(f"{lake.uri}/{name}") from None


def late(content: View, today: date) -> str | None:
    """What to say of how old the data is: the report's own words, and whether it has not run for days."""
    through: Any = content.get("through")
    said = [content["late"]] if content.get("late") else []
    if through and date.fromisoformat(through) < today - timedelta(days=LATE_AFTER):
        behind = (today - date.fromisoformat(through)).days
        said.append(f"The last day of the report is {through}, {behind} days ago: look at its DAG's last runs.")
    return " ".join(said) or None


def _body(content: View) -> Body:
    """:raises ValueError: the content has what browsers do not read: infinity, or half of a character"""
    data = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Body(data, f'"{hashlib.sha256(data).hexdigest()[:32]}"')
