"""Our path as the operator runs it, below Airflow: ``load`` with a real client, every check and the local store."""

from __future__ import annotations

import json
import urllib.request
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.processes import listening
from benchmarks.shapes import DIMENSIONS, START, Shape

if TYPE_CHECKING:
    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.engine.plan import LoadOptions
    from airflow_provider_ldusage.lake.store import Store
    from airflow_provider_ldusage.query import UsageQuery


def imports() -> None:
    """What a task imports beyond Airflow."""
    for name in (
        "fsspec.implementations.local",
        "msgspec",
        "pyarrow.compute",
        "pyarrow.parquet",
        "requests",
        "tenacity",
        "airflow_provider_ldusage.api.client",
        "airflow_provider_ldusage.api.session",
        "airflow_provider_ldusage.lake.stores",
        "airflow_provider_ldusage.engine.load",
    ):
        import_module(name)


def answering(answer: Path) -> AbstractContextManager[int]:
    """The port of a server that answers with a file."""
    return listening("benchmarks.server", str(answer))


def requests(port: int) -> dict[str, int]:
    """How many requests the server has had, by kind: ``usage`` and ``other``."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/requests") as answer:
        return dict(json.load(answer))


def run(port: int, shape: Shape, out: Path) -> None:
    """Load the whole shape onto local disk."""
    load_into(local(out), port, shape)


def local(out: Path) -> Store:
    from fsspec.implementations.local import LocalFileSystem

    from airflow_provider_ldusage.lake.stores import open_store

    return open_store(LocalFileSystem(), str(out), out.as_uri())


def load_into(store: Store, port: int, shape: Shape, start: date = START, lookback: int = 0) -> None:
    """Load a shape, or its days from ``start`` on, as soon as they are over."""
    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.engine.plan import LoadOptions
    from airflow_provider_ldusage.query import UsageQuery

    query = UsageQuery.build("ai_runs", group_by=DIMENSIONS, granularity=shape.granularity)
    load_query(store, f"http://127.0.0.1:{port}", query, Window(start, shape.end), LoadOptions(lookback))


def load_query(
    store: Store, host: str, query: UsageQuery, window: Window, options: LoadOptions, **extra: object
) -> None:
    """Load the days of a window as soon as they are over.

    :param extra: of the connection to LaunchDarkly
    """
    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.api.config import config_from_connection
    from airflow_provider_ldusage.engine.load import load
    from airflow_provider_ldusage.windows import RunWindow

    now = datetime(window.end.year, window.end.month, window.end.day, tzinfo=timezone.utc) + timedelta(hours=3)
    with UsageClient(config_from_connection(host, "benchmark-token", extra)) as client:
        load(client, query, RunWindow.of_days(window), store, "usage", options, now=now)
