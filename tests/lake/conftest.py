"""A destination on local disk and one on a real S3 server (moto), and a small table to load into them."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.lake.commit import Commit, commit
from airflow_provider_ldusage.lake.store import Store
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.coverage import Coverage
from airflow_provider_ldusage.rows.day import Rows

ACCOUNT = {"id": "acc-1", "host": "app.launchdarkly.com"}
BUCKET = "lake"
Figures = Mapping[int, Mapping[tuple[str | None, str | None], Any]]


@dataclass(frozen=True)
class Moto:
    """A moto server; what it was asked for stands in its log, one line a request."""

    endpoint: str
    log: Path

    def requests(self) -> list[str]:
        """Such as ``PUT /lake/x/y.parquet 200``."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text())
        lines = re.findall(r'"([A-Z]+) (\S+) HTTP/1\.1" (\d+)', plain)
        return [" ".join(line) for line in lines if not line[1].startswith("/moto-api")]


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    log = tmp_path_factory.mktemp("moto") / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=out, stderr=out) as server,
    ):
        try:
            endpoint = f"http://127.0.0.1:{port}"
            _wait_for(f"{endpoint}/moto-api/data.json", server)
            yield Moto(endpoint, log)
        finally:
            server.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"moto ended with {server.returncode}")
        try:
            with open_url(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("moto did not come up")


@pytest.fixture(scope="session")
def new_s3(moto: Moto) -> Callable[..., Any]:
    """S3 filesystems that share no cache, as those of two processes."""
    s3fs = pytest.importorskip("s3fs")

    def make(**options: Any) -> Any:
        options = {"key": "testing", "secret": "testing", "endpoint_url": moto.endpoint, **options}
        return s3fs.S3FileSystem(skip_instance_cache=True, **options)

    make().mkdir(BUCKET)
    return make


@pytest.fixture(scope="session")
def _s3_pair(new_s3: Callable[..., Any]) -> tuple[Any, Any]:
    return new_s3(), new_s3()


class Place:
    """A destination, and what somebody else sees and does there."""

    def __init__(self, store: Store, other: Any, moto: Moto | None) -> None:
        self.store, self.other, self._moto = store, other, moto

    @property
    def is_s3(self) -> bool:
        return self._moto is not None

    def names(self) -> set[str]:
        self.other.invalidate_cache()
        root = f"{self.store.root}/"
        return {path.removeprefix(root) for path in self.other.find(self.store.root)}

    def objects(self) -> dict[str, bytes]:
        return {name: self.other.cat_file(self.store.path(name)) for name in self.names()}

    def day_files(self) -> dict[str, bytes]:
        return {name: data for name, data in self.objects().items() if not name.startswith("_ldusage/")}

    def write(self, name: str, data: bytes) -> None:
        path = self.store.path(name)
        if not self.is_s3:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.other.pipe_file(path, data)

    def remove(self, name: str) -> None:
        self.other.rm_file(self.store.path(name))

    @contextlib.contextmanager
    def requests(self) -> Iterator[list[str]]:
        """The requests that reach the S3 server meanwhile; none on disk."""
        seen: list[str] = []
        before = len(self._moto.requests()) if self._moto else 0
        yield seen
        if self._moto:
            time.sleep(0.05)
            seen += self._moto.requests()[before:]


_numbers = itertools.count()


@pytest.fixture
def disk(tmp_path: Path) -> Place:
    from fsspec.implementations.local import LocalFileSystem

    fs = LocalFileSystem()
    return Place(open_store(fs, f"{tmp_path}/lake", f"file://{tmp_path}/lake"), fs, None)


@pytest.fixture
def s3(_s3_pair: tuple[Any, Any], moto: Moto) -> Place:
    fs, other = _s3_pair
    root = f"{BUCKET}/at {next(_numbers)}/é=x"
    return Place(open_store(fs, root, f"s3://{root}"), other, moto)


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Place = request.getfixturevalue(request.param)
    return found.store


class Usage:
    """One metric's usage, by day of November 2026: ``{1: {("project", "sdk"): 5}}``, and for a figure an hour
    ``{1: {("project", "sdk"): {0: 5, 23: 6}}}``. It becomes rows as an answer does."""

    def __init__(self, metric: str = "ai_runs", **arguments: Any) -> None:
        grouped = {"group_by": ("projectId", "sdkName")} if metric == "ai_runs" else {}
        self.query = UsageQuery.build(metric, **{**grouped, **arguments})
        self.name = self.query.default_table

    def table(self, account: Mapping[str, str] = ACCOUNT, compression: str | None = None) -> Table:
        return Table.of(self.name, self.query, account, compression=compression)

    def answer(self, figures: Figures) -> bytes:
        labels = list(dict.fromkeys(label for day in figures.values() for label in day))
        described = [dict(zip(("projectId", "sdkName"), label, strict=True)) for label in labels]
        points: dict[int, dict[str, Any]] = {}
        for number, day in figures.items():
            for label, value in day.items():
                for hour, figure in (value if isinstance(value, Mapping) else {0: value}).items():
                    moment = datetime(2026, 11, number, hour, tzinfo=timezone.utc)
                    point = points.setdefault(int(moment.timestamp() * 1000), {})
                    point[str(labels.index(label))] = figure
        series = [{"time": moment, **point} for moment, point in points.items()]
        return json.dumps({"metadata": described, "series": series}).encode()

    def rows(self, figures: Figures, schema: Sequence[Column] | None = None) -> dict[date, Rows]:
        decoder = SeriesDecoder(self.query, tuple(schema or self.query.schema))
        november = Window(date(2026, 11, 1), date(2026, 12, 1))
        decoder.add(Scratch.of(self.answer(figures)), ask=november, keep=november)
        return {day: rows.whole() for day, rows in decoder.days()}

    def load(
        self,
        store: Store,
        figures: Figures,
        *,
        days: int = 3,
        superseded: Sequence[date] = (),
        coverage: Mapping[date, Coverage] | None = None,
        on_empty: str = "keep",
        account: Mapping[str, str] = ACCOUNT,
        compression: str | None = None,
    ) -> Commit:
        """Commit the first ``days`` days, as a load does."""
        table = self.table(account, compression).opened(store)
        rows = self.rows(figures, table.schema)
        wanted = [date(2026, 11, 1) + timedelta(days=n) for n in range(days)]
        by_day = {day: rows.get(day) for day in wanted}
        return commit(
            TableSlice(store, table, self.query.slice),
            by_day,
            on_empty=on_empty,
            superseded=superseded,
            coverage=coverage,
        )


@pytest.fixture
def usage() -> type[Usage]:
    return Usage


@pytest.fixture
def runs() -> Usage:
    """AI runs by project and SDK."""
    return Usage()
