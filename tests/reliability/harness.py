"""A lake under fire: a simulated account whose every day changes, a reader that never stops, and what it saw."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.reliability.victim import TABLE, run_load

DAYS = 30
NOW = datetime(2026, 11, 1, 4, tzinfo=timezone.utc)
END = NOW.date()
START = END - timedelta(days=DAYS)
# Every day goes on growing for months, so that each load finds all days changed.
GROWING = Switches(settle_days=90)


@dataclass
class Outcome:
    """A row of the table: what was tried, and what went wrong."""

    fault: str
    tried: int = 0
    lost: int = 0
    doubled: int = 0
    half_written: int = 0
    wrong_host: int = 0
    reads: int = 0
    repeated: int = 0
    note: str = ""
    seen: list[str] = field(default_factory=list)

    @property
    def harm(self) -> int:
        return self.lost + self.doubled + self.half_written + self.wrong_host


@dataclass
class Scene:
    """One lake, its account, and every state of every day that the account has ever shown."""

    simulator: Simulator
    lake: Path
    outcome: Outcome
    trap: Trap
    states: dict[str, set[str]] = field(default_factory=dict)

    def task(self, **more: Any) -> dict[str, Any]:
        return {
            "destination": str(self.lake),
            "connection": self.simulator.connection(),
            "start": START.isoformat(),
            "end": END.isoformat(),
            "now": NOW.isoformat(),
            **more,
        }

    def load(self, client: dict[str, Any] | None = None, **more: Any) -> Any:
        """An undisturbed load in this process."""
        return run_load(self.task(**more), **(client or {}))

    def move_on(self, by: timedelta = timedelta(hours=7)) -> None:
        """Let time pass, so that all days change, and remember the new state of each."""
        self.simulator.advance(by)
        self.remember()

    def remember(self) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        truth = self.simulator.truth(
            "service-connections",
            start=START,
            end=END,
            group_by=("projectId", "sdkName"),
            aggregation_type="incremental",
        )
        for item in truth:
            day = datetime.fromtimestamp(item["time"] / 1000, timezone.utc).date().isoformat()
            rows.setdefault(day, []).append((item["time"], item["value"], item.get("projectId"), item.get("sdkName")))
        for day, found in rows.items():
            self.states.setdefault(day, set()).add(_digest(found))

    def look(self) -> None:
        """Read the table as a person would, and count what no state of the account can explain.

        DuckDB opens a file twice, for its size and for its content, and a query fails where the file was replaced in
        between: that one is repeated, and counted. The files themselves are then read whole, each in one go.
        """
        self.outcome.reads += 1
        for _ in range(5):
            try:
                return self._count(self._query())
            except duckdb.Error as error:
                self.outcome.repeated += 1
                self.outcome.seen.append(str(error)[:200])
                self._open_each_file()
        self.outcome.half_written += 1
        return None

    def _query(self) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            return connection.execute(
                "SELECT usage_date::VARCHAR, epoch_ms(time), value, project_id, sdk_name "
                f"FROM read_parquet('{self.lake}/{TABLE}/*/*.parquet', hive_partitioning = true)"
            ).fetchall()

    def _open_each_file(self) -> None:
        for path in (self.lake / TABLE).rglob("*"):
            try:
                if path.is_file():
                    pq.read_table(pa.BufferReader(path.read_bytes()))
            except (pa.ArrowException, OSError) as error:
                self.outcome.half_written += 1
                self.outcome.seen.append(f"{path.parent.name}: {error}"[:200])

    def _count(self, found: list[tuple[Any, ...]]) -> None:
        days: dict[str, list[tuple[Any, ...]]] = {}
        for day, *row in found:
            days.setdefault(day, []).append(tuple(row))
        self.outcome.lost += DAYS - len(days)
        for day, rows in days.items():
            keys = [(time, project, sdk) for time, _, project, sdk in rows]
            self.outcome.doubled += len(keys) - len(set(keys))
            if _digest(rows) not in self.states[day]:
                self.outcome.half_written += 1
                self.outcome.seen.append(f"{day}: {len(rows)} rows of no known state")

    def converge(self) -> None:
        """Load once more, undisturbed; the lake must be that of a load that never met any trouble, byte for byte."""
        self.load()
        fresh = self.lake.with_name(self.lake.name + "-undisturbed")
        run_load({**self.task(), "destination": str(fresh)})
        self.look()
        mine, theirs = (_files(lake) for lake in (self.lake, fresh))
        assert mine == theirs, f"{self.outcome.fault}: did not converge"
        self.outcome.wrong_host += self.trap.requests


class Trap:
    """A host that must never hear of us."""

    def __init__(self) -> None:
        trap = self
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trap.requests += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def scene(fault: str, lake: Path) -> Iterator[Scene]:
    """A lake that holds thirty days of a first state."""
    trap = Trap()
    with Simulator(now=NOW, switches=GROWING) as simulator:
        found = Scene(simulator, lake, Outcome(fault), trap)
        found.remember()
        found.load()
        found.look()
        assert found.outcome.harm == 0
        try:
            yield found
        finally:
            trap.close()


@contextmanager
def victims() -> Iterator[Any]:
    """A process that runs tasks and kills them; yields a function that gives it a task and waits for the answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.victim"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None

    def run(task: dict[str, Any]) -> dict[str, Any]:
        print(json.dumps(task), file=process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    try:
        yield run
    finally:
        process.stdin.close()
        process.wait(30)


@contextmanager
def reading(on: Scene) -> Iterator[None]:
    """A reader that looks at the table all the while."""
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            on.look()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def _digest(rows: list[tuple[Any, ...]]) -> str:
    return hashlib.sha256(json.dumps(sorted(rows, key=str)).encode()).hexdigest()


def _files(lake: Path) -> dict[str, bytes]:
    below = (path for path in lake.rglob("*") if path.is_file() and "tmp" not in path.parts)
    return {str(path.relative_to(lake)): path.read_bytes() for path in below}
