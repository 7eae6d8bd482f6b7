"""Several task processes that draw on one rate limit at once: real Python processes against one simulator.

``race`` starts them and returns what happened; ``python -m tests.shared_budget load`` is one of them. From the command
line, with the ten-second windows of LaunchDarkly: ``python -m tests.shared_budget race``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)
YESTERDAY = (date(2026, 11, 11), date(2026, 11, 12))
FLAGS = ("banner_text", "kill-switch", "page-size", "ranking-experiment", "retry-policy")
PLACE = {"project_key": "default", "environment_key": "production"}


@dataclass
class Race:
    """What happened: each process's report and statistics, and what the simulator counted."""

    reports: list[dict[str, Any]]
    errors: list[str]
    requests: int
    refused: int
    seconds: float

    @property
    def share(self) -> float:
        """429s as a share of all requests."""
        return self.refused / max(1, self.requests)

    def __str__(self) -> str:
        return (
            f"{len(self.reports)} processes, {len(self.errors)} failed, {self.requests} requests, "
            f"{self.refused} times 429 ({self.share:.1%}), {self.seconds:.0f} s"
        )


def race(simulator: Any, lake: Path, *, processes: int = 8, flags: int = 5, window: float = 10.0) -> Race:
    """Load ``flags`` flags' evaluations of one day in each of ``processes`` processes, into a table each (``t0``...).

    All have imported everything before they are let go at the same moment, which is the worst that can happen.

    :param simulator: with its limits set; its requests are counted from here on
    :param window: length in seconds of its rate limit windows
    """
    simulator.clear_requests()
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.shared_budget", "load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=HERE.parent,
            env={"PYTHONPATH": str(HERE.parent), "NO_PROXY": "*", "PATH": "/usr/bin:/bin"},
        )
        for _ in range(processes)
    ]
    try:
        for worker in workers:
            assert worker.stdout and worker.stdout.readline() == "ready\n", worker.communicate()
        began = time.monotonic()
        for number, worker in enumerate(workers):
            assert worker.stdin
            task = {"url": simulator.url, "token": simulator.token, "lake": str(lake), "table": f"t{number}"}
            worker.stdin.write(json.dumps({**task, "flags": flags, "window": window}) + "\n")
            worker.stdin.flush()
        done = [(worker, *worker.communicate(timeout=600)) for worker in workers]
        seconds = time.monotonic() - began
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    statuses = [request.status for request in simulator.requests]
    return Race(
        [json.loads(out) for worker, out, _ in done if worker.returncode == 0],
        [err for worker, _, err in done if worker.returncode],
        len(statuses),
        statuses.count(429),
        seconds,
    )


def holds_the_truth(simulator: Any, lake: Path, outcome: Race, *, flags: int = 5) -> bool:
    """Whether every process's table has exactly the simulator's rows for the days that it loaded."""
    from tests.support import EVALUATIONS, Load, columns_of, expected_rows, stored_rows

    what = Load("evaluations", EVALUATIONS, path={**PLACE, "feature_flag_key": list(FLAGS[:flags])})
    for report in outcome.reports:
        start, end = (date.fromisoformat(day) for day in report["window"])
        truth = expected_rows(simulator, what, start, end, columns_of(lake, report["table"]))
        if not truth or stored_rows(lake / report["table"]) != truth:
            return False
    return len({report["table"] for report in outcome.reports}) == len(outcome.reports)


def work() -> None:
    """One task process: says that it is ready, reads what to load, loads it, and prints the report."""
    from dataclasses import asdict

    from fsspec.implementations.local import LocalFileSystem

    from airflow_provider_ldusage.api import ratelimit, session  # noqa: F401
    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.api.config import config_from_connection
    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.engine.load import load
    from airflow_provider_ldusage.lake.stores import open_store
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.windows import RunWindow

    print("ready", flush=True)
    task = json.loads(sys.stdin.readline())
    ratelimit.WINDOW = task["window"]
    store = open_store(LocalFileSystem(), task["lake"], Path(task["lake"]).as_uri())
    query = UsageQuery.build("evaluations", **PLACE, feature_flag_key=list(FLAGS[: task["flags"]]))
    with UsageClient(config_from_connection(task["url"], task["token"], {})) as client:
        report = load(client, query, RunWindow(Window(*YESTERDAY), "the test"), store, task["table"], now=NOW)
        print(json.dumps({**report.to_xcom(), "stats": asdict(client.stats)}))


def main() -> None:
    if sys.argv[1:] == ["load"]:
        work()
        return
    from airflow_provider_ldusage.testing import Simulator, Switches

    for flags in (1, 5):
        with tempfile.TemporaryDirectory() as lake, Simulator(now=NOW, switches=Switches(rate_limit=5)) as simulator:
            outcome = race(simulator, Path(lake), flags=flags)
            right = holds_the_truth(simulator, Path(lake), outcome, flags=flags)
            print(f"{flags + 1} requests each: {outcome}, {'as' if right else 'NOT AS'} the simulator", flush=True)


if __name__ == "__main__":
    main()
