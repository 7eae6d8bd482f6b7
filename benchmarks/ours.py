"""Our path as the operator runs it, below Airflow: ``load`` with a real client, every check and the local store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.shapes import DIMENSIONS, START, Shape

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store


def imports() -> None:
    """What a task imports beyond Airflow."""
    for name in (
        "fsspec.implementations.local",
        "msgspec",
        "pyarrow.compute",
        "pyarrow.parquet",
        "requests",
        "tenacity",
        "airflow_provider_ldusage.api.session",
        "airflow_provider_ldusage.lake.store",
        "airflow_provider_ldusage.load",
    ):
        import_module(name)


@contextmanager
def answering(answer: Path) -> Iterator[int]:
    """The port of a server that answers with a file."""
    command = [sys.executable, "-m", "benchmarks.server", str(answer)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def run(port: int, shape: Shape, out: Path) -> int:
    """Load the whole shape onto local disk; how many requests that took."""
    from fsspec.implementations.local import LocalFileSystem

    from airflow_provider_ldusage.lake.store import Store

    return load_into(Store(LocalFileSystem(), str(out), out.as_uri()), port, shape)


def load_into(store: Store, port: int, shape: Shape) -> int:
    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.api.config import config_from_connection
    from airflow_provider_ldusage.load import LoadOptions, load
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.windows import Window

    query = UsageQuery.build("ai_runs", group_by=DIMENSIONS, granularity=shape.granularity)
    now = datetime(shape.end.year, shape.end.month, shape.end.day, tzinfo=timezone.utc) + timedelta(days=30)
    with UsageClient(config_from_connection(f"http://127.0.0.1:{port}", "benchmark-token", {})) as client:
        report = load(client, query, Window(START, shape.end), store, "usage", LoadOptions(lookback=0), now=now)
    return report.requests
