"""What a task takes of a worker or a pod: ``python -m scripts.sizing [LOAD ...]`` prints the table of docs/sizing.md.

Each load runs as a Kubernetes pod or a Celery worker runs it: a process that imports what Airflow's executors import,
and supervises a child process, the task. The API server is a stub; LaunchDarkly and S3 are processes on loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from airflow_provider_ldusage.testing.simulator import DEFAULT_TOKEN  # noqa: E402
from benchmarks import ours, stores  # noqa: E402
from benchmarks.shapes import DIMENSIONS, SHAPES, START, Shape, write_answer  # noqa: E402

TODAY = date(2026, 11, 20)
PLACE = {"project_key": "default", "environment_key": "production"}
FLAGS = 3_000
HEADS = (
    "load", "rows", "requests", "task, MB", "before the load, MB", "its supervisor, MB", "temporary disk, MB", "s",
    "CPU s",
)  # fmt: skip
FEW = 7  # flags that the simulated account has in any case


@dataclass(frozen=True)
class Sized:
    """A load: what is asked, of what, and where to."""

    name: str
    shape: Shape | None = None  # None: the simulator, with 3,000 flags
    days: int = 0
    s3: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)  # of the connection

    def arguments(self, destination: str) -> dict[str, Any]:
        common = {"destination": destination, "max_requests": 10 * FLAGS}
        if self.shape is None:
            start = TODAY - timedelta(days=self.days)
            return {**common, **PLACE, "metric": "evaluations", "start": str(start), "end": str(TODAY)}
        return {
            **common, "metric": "ai_runs", "group_by": list(DIMENSIONS), "granularity": self.shape.granularity,
            "start": str(START), "end": str(self.shape.end),
        }  # fmt: skip


LOADS = (
    Sized("4 days of 200 series", Shape("days", 4, 200)),
    Sized("a year of 2,000 series", SHAPES["daily"]),
    Sized("a year of 2,000 series to S3", SHAPES["daily"], s3=True),
    Sized("90 days by hour of 2,000 series", SHAPES["hourly"]),
    Sized("a year of 20,000 series", SHAPES["daily"].wider(10)),
    Sized(f"4 days of {FLAGS:,} flags", days=4),
    Sized(f"4 days of {FLAGS:,} flags to S3, 32 in flight", days=4, s3=True, extra={"max_in_flight": 32}),
    Sized(f"a year of {FLAGS:,} flags to S3, 32 in flight", days=365, s3=True, extra={"max_in_flight": 32}),
)


def main(wanted: list[str]) -> None:
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
    for load in LOADS:
        if not wanted or any(part in load.name for part in wanted):
            with tempfile.TemporaryDirectory() as folder:
                found = _measure(load, Path(folder))
            cells = (
                load.name, f"{found['rows']:,}", f"{found['requests']:,}", f"{found['peak']:.0f}",
                f"{found['at rest']:.0f}", f"{found['supervisor']:.0f}", f"{found['disk'] / 1e6:.1f}",
                f"{found['seconds']:.1f}", f"{found['cpu']:.1f}",
            )  # fmt: skip
            print(f"| {' | '.join(cells)} |", flush=True)


def _measure(load: Sized, folder: Path) -> dict[str, Any]:
    with ExitStack() as servers:
        environment = {**os.environ, "AIRFLOW_HOME": str(folder), "PYTHONPATH": str(ROOT), "NO_PROXY": "*"}
        destination = (folder / "lake").as_uri()
        if load.s3:
            s3 = servers.enter_context(stores.local_s3(folder))
            destination = f"s3://aws_default@{stores.BUCKET}/launchdarkly"
            environment["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(s3.connection())
        url = servers.enter_context(_launchdarkly(load, folder))
        connection = {"conn_type": "launchdarkly", "host": url, "password": DEFAULT_TOKEN, "extra": dict(load.extra)}
        plan = {"arguments": load.arguments(destination), "result": str(folder / "result.json")}
        environment |= {
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(connection),
            "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parent),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "LDUSAGE_SIZING": json.dumps(plan),
        }
        done = subprocess.run(
            [sys.executable, "-m", "scripts.sizing.pod"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if not (folder / "result.json").exists():
            raise SystemExit(f"{load.name} has failed:\n{done.stdout[-5000:]}{done.stderr[-3000:]}")
        return dict(json.loads((folder / "result.json").read_text()))


@contextmanager
def _launchdarkly(load: Sized, folder: Path) -> Iterator[str]:
    """A server of a prepared answer, or the simulator."""
    if load.shape is not None:
        with ours.answering(write_answer(load.shape, folder / "answer.json")) as port:
            yield f"http://127.0.0.1:{port}"
        return
    command = [
        sys.executable, "-m", "airflow_provider_ldusage.testing.simulator", "--port", "0",
        "--now", f"{TODAY}T09:00:00Z", "--switch", f"extra_flags={FLAGS - FEW}",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
