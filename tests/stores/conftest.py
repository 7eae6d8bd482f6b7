"""The stores to test: moto by default; ``LDUSAGE_STORES`` (s3, gcs or azure) names those of one extra."""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.stores.kinds import BUCKET, KINDS, Kind
from tests.stores.servers import NotHere

ALL = {"": ["moto"], "s3": ["moto", "ceph"], "gcs": ["gcs"], "azure": ["azure"]}
MIDNIGHT = datetime(2026, 11, 12, tzinfo=timezone.utc)
NOW = MIDNIGHT.replace(second=1)
OF_ONE_LAKE = ("id", "table_id", "forecast_asked_at", "connections")  # fingerprints are salted with the table's id
_numbers = itertools.count()


class Lake:
    """A folder in a bucket, reached through Airflow's connection ``lake_conn``."""

    def __init__(self, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kind, self.proxy, self._monkeypatch = kind, kind.proxy, monkeypatch
        self.move(f"{BUCKET}/at {next(_numbers)}/é=x")
        self.proxy.reset()
        self.connect("owner")

    def move(self, prefix: str) -> None:
        self.prefix = prefix
        self.destination = f"{self.kind.scheme}://lake_conn@{prefix}"

    def connect(self, who: str) -> None:
        """As from a new task process: fsspec remembers filesystems."""
        self.forget()
        self._monkeypatch.setenv("AIRFLOW_CONN_LAKE_CONN", json.dumps(self.kind.connection(who)))

    @staticmethod
    def forget() -> None:
        import fsspec

        for implementation in {type(item) for item in _instances(fsspec.AbstractFileSystem)}:
            implementation.clear_instance_cache()

    def requests(self) -> Counter[str]:
        """What reached the store since the last :meth:`Proxy.reset`, by kind; Google's tokens apart."""
        return Counter(kind for kind in map(self.kind.kind_of, self.proxy.seen) if kind != "TOKEN")

    def stored(self) -> int:
        """The writes that the store has accepted since then. Ceph refuses a task's first write on condition."""
        return sum(seen.status < 300 and self.kind.kind_of(seen) == "PUT" for seen in self.proxy.seen)

    def files(self) -> dict[str, bytes]:
        fs = self.kind.filesystem()
        return {path.removeprefix(f"{self.prefix}/"): fs.cat_file(path) for path in fs.find(self.prefix)}


def _instances(base: type) -> Iterator[Any]:
    for subclass in base.__subclasses__():
        yield from getattr(subclass, "_cache", {}).values()
        yield from _instances(subclass)


@pytest.fixture(scope="session", params=ALL[os.environ.get("LDUSAGE_STORES", "")])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kind]:
    found = KINDS[request.param]()
    try:
        with found.started(tmp_path_factory.mktemp(request.param)):
            yield found
    except NotHere as error:
        pytest.skip(str(error))


@pytest.fixture
def lake(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    found = Lake(kind, monkeypatch)
    yield found
    found.proxy.reset()
    found.forget()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    from airflow_provider_ldusage.operators import usage

    monkeypatch.setattr(usage, "utc_now", lambda: NOW)  # by which days are over
    with Simulator(now=NOW) as sim:
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(sim.connection()))
        yield sim


def comparable(files: dict[str, bytes]) -> dict[str, Any]:
    """A lake's files, without what no two lakes share: a table's id, and the times at which days were asked for."""
    control = {name: json.loads(data) for name, data in files.items() if name.startswith("_ldusage/")}
    for content in control.values():
        for key in OF_ONE_LAKE:
            content.pop(key, None)
        if "days" in content:
            content["days"] = {day: known["status"] for known in content["days"] for day in days_of(known)}
    return {**files, **control}


def days_of(known: dict[str, str]) -> list[date]:
    first, last = date.fromisoformat(known["first"]), date.fromisoformat(known["last"])
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def window(days: int) -> dict[str, str]:
    """The operator's arguments for so many days, of which the last has just ended."""
    return {"start": (MIDNIGHT - timedelta(days=days)).date().isoformat(), "end": MIDNIGHT.date().isoformat()}


def is_of_a_day(target: str, body: bytes) -> bool:
    """Whether a request is about a day's file. Google's uploads have the object's name in their body."""
    return ".parquet" in target or b".parquet" in body[:500]


def run(destination: str | Path, **arguments: Any) -> dict[str, Any]:
    """Execute the operator as a manual run does; its report."""
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

    url = destination.as_uri() if isinstance(destination, Path) else destination
    task = LaunchDarklyUsageOperator(task_id="load", destination=url, **arguments)
    report = task.execute({"dag_run": SimpleNamespace(conf=None, run_after=MIDNIGHT)})
    assert isinstance(json.dumps(report), str)
    return report


@pytest.fixture
def load() -> Any:
    return run
