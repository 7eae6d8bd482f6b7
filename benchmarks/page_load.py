"""The usage page under load: ``python -m benchmarks.page_load`` in an environment with Airflow, two minutes.

A real API server on this machine, and fifty people who open the page's views again and again as fast as they are
answered. It prints two tables in Markdown, for docs/page.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks import memory_s3
from benchmarks.bench import ROOT
from benchmarks.processes import mapped_mb

USERS, ROUNDS = 50, 20
ROUND_TRIP = 30  # ms
OWNERS = 2_000
VIEWS = ("bill", "owners", "health", "hygiene")
PATHS = ("pages/usage.html", "data/lakes.json", *(f"data/{view}.json" for view in VIEWS))
WITHIN = 180  # seconds
AIRFLOW = "from airflow.__main__ import main; main()"
WITHOUT_PAGE = f"import sys; sys.modules['airflow_provider_ldusage.ui.app'] = None; {AIRFLOW}"


def fill(lake: Path) -> dict[str, int]:
    """Write what a report of a big account writes; the size of each object in bytes."""
    day, instant = "2026-11-11", "2026-11-12T06:00:00.000Z"
    head = {"version": 1, "written_at": instant, "through": day, "late": None}
    ids = [f"{number:024x}" for number in range(OWNERS)]
    owner = {"level": "project", "project_key": "checkout-service", "project_name": "Checkout service",
             "environment_id": None, "environment_key": None, "environment_name": None, "application_id": None,
             "unattributed": False, "period_to_date": 1234.5, "share": 0.0005, "allocated": 1230.25, "before": 1100.75,
             "cost": 12.5}  # fmt: skip
    load = {"table": "service_connections", "window_start": day, "window_end": day, "outcome": "success", "rows": 2000,
            "requests": 2, "written": day, "restated": "", "empty": "", "kept": "", "dag_id": "ldusage_daily",
            "run_id": f"scheduled__{instant}", "task_id": "service_connections", "map_index": -1, "try_number": 1,
            "loaded_at": instant}  # fmt: skip
    flag = {"project_key": "checkout-service", "project_name": "Checkout service", "environment_key": "production",
            "feature_flag_key": "new-checkout", "last_evaluated_on": "2026-09-01", "days_without": 71}  # fmt: skip
    views: dict[str, Any] = {
        "bill": {"meters": [], "days": [], "months": [{"meter": "ai_runs", "figure": n} for n in range(130)]},
        "owners": {"meters": [], "owners": [{"meter": "ai_runs", "project_id": each, **owner} for each in ids]},
        "health": {"tables": [], "days": [], "loads": [load] * 200},
        "hygiene": {"sdks": [], "flags": [flag] * 1000, "stale_after": 30},
    }
    folder = lake / "_ldusage" / "report"
    folder.mkdir(parents=True)
    for view, content in views.items():
        (folder / f"{view}.json").write_text(json.dumps({**head, **content}))
    return {view: (folder / f"{view}.json").stat().st_size for view in VIEWS}


@contextlib.contextmanager
def airflow(home: Path, destination: str, *, code: str = AIRFLOW, workers: int = 1) -> Iterator[tuple[str, int]]:
    """The address of a running API server on loopback, and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = _environment(home, destination)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    command = ["api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    with (home / "log").open("wb") as log, subprocess.Popen(
        [sys.executable, "-c", code, *command], env=environment, stdout=log, stderr=log, start_new_session=True
    ) as server:  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            until = time.monotonic() + WITHIN
            while not _answers(url):
                assert server.poll() is None and time.monotonic() < until, (home / "log").read_text()[-3000:]
                time.sleep(0.5)
            yield url, server.pid
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _environment(home: Path, destination: str) -> dict[str, str]:
    paths = [str(ROOT)]
    if not entry_points(group="airflow.plugins", name="ldusage"):  # the package is run without being installed
        found = home / "path" / "usage_page-1.dist-info"
        found.mkdir(parents=True, exist_ok=True)
        (found / "METADATA").write_text("Metadata-Version: 2.1\nName: usage-page\nVersion: 1\n")
        plugin = "airflow_provider_ldusage.ui.plugin:UsagePlugin"
        (found / "entry_points.txt").write_text(f"[airflow.plugins]\nldusage = {plugin}\n")
        paths.append(str(found.parent))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return clean | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW_VAR_LDUSAGE_DESTINATION": destination,
        "AIRFLOW_CONN_FAR": os.environ.get("AIRFLOW_CONN_FAR", "aws://"),
        "PYTHONPATH": os.pathsep.join(paths),
        "NO_PROXY": "*",
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/version", timeout=5).is_success
    except httpx.HTTPError:
        return False


def memory(pid: int) -> float:
    """MB of a server and what it has started."""
    found = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _session(path) == pid]
    return sum(mapped_mb("Pss", process=each) for each in found)


def _session(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[3])
    except OSError:
        return 0


async def visit(url: str, users: int, rounds: int) -> dict[str, list[tuple[float, int]]]:
    """What each path took, in seconds, and its status."""
    token = httpx.get(f"{url}/auth/token", timeout=60).json()["access_token"]
    found: dict[str, list[tuple[float, int]]] = {path: [] for path in PATHS}

    async def one() -> None:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            for path in (path for _ in range(rounds) for path in PATHS):
                began = time.perf_counter()
                try:
                    status = (await client.get(f"{url}/ldusage/{path}")).status_code
                except httpx.HTTPError:
                    status = 0
                found[path].append((time.perf_counter() - began, status))

    await asyncio.gather(*(one() for _ in range(users)))
    return found


def lines(found: dict[str, list[tuple[float, int]]], sizes: dict[str, int]) -> Iterator[str]:
    yield "| address | KB | requests | errors | median, ms | 95 %, ms | slowest, ms |"
    yield "|---|---|---|---|---|---|---|"
    for path, all_of in found.items():
        times = [seconds * 1000 for seconds, _ in all_of]
        size = sizes.get(path.removeprefix("data/").removesuffix(".json"))
        yield (
            f"| `{path}` | {f'{size / 1000:,.0f}' if size else ''} | {len(all_of):,} "
            f"| {sum(status != 200 for _, status in all_of)} | {median(times):.0f} "
            f"| {quantiles(times, n=20)[-1]:.0f} | {max(times):.0f} |"
        )


def far(home: Path, lake: Path) -> tuple[dict[str, list[int]], float]:
    """What two visits take whose lake is in an S3 that is 30 ms away, in ms by path, and the server's memory after."""
    with memory_s3.running() as s3:
        s3.create("lake")
        for path in lake.rglob("*.json"):
            put = f"{s3.endpoint}/lake/usage/{path.relative_to(lake).as_posix()}"
            httpx.put(put, content=path.read_bytes()).raise_for_status()
        aws = {"conn_type": "aws", "login": "testing", "password": "testing",
               "extra": {"endpoint_url": s3.endpoint, "region_name": "us-east-1"}}  # fmt: skip
        os.environ["AIRFLOW_CONN_FAR"] = json.dumps(aws)
        s3.wait(ROUND_TRIP)
        with airflow(home, "s3://far@lake/usage") as (url, pid):
            visits = asyncio.run(visit(url, 1, 2))
            assert all(status == 200 for each in visits.values() for _, status in each), visits
            return {path: [round(seconds * 1000) for seconds, _ in each] for path, each in visits.items()}, memory(pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake, homes = Path(folder, "lake"), [Path(folder, name) for name in ("without", "with", "far")]
        for home in homes:
            home.mkdir()
        sizes, mb = fill(lake), {}
        with airflow(homes[0], lake.as_uri(), code=WITHOUT_PAGE) as (_, pid):
            mb["without the page"] = memory(pid)
        with airflow(homes[1], lake.as_uri(), workers=asked.workers) as (url, pid):
            mb["with the page, before it is opened"] = memory(pid)
            first = asyncio.run(visit(url, 1, 1))
            mb["once somebody has opened it"] = memory(pid)
            began = time.perf_counter()
            found = asyncio.run(visit(url, asked.users, asked.rounds))
            seconds = time.perf_counter() - began
            mb[f"after {asked.users} people"] = memory(pid)
        took, mb["once somebody has opened it, with the lake in S3"] = far(homes[2], lake)
    count = sum(map(len, found.values()))
    print(f"{asked.users} people, {asked.workers} worker(s): {count:,} requests in {seconds:.0f} s, "
          f"{count / seconds:.0f} a second\n", *lines(found, sizes), "", sep="\n")  # fmt: skip
    print("first visit, ms: ", {path: round(each[0][0] * 1000) for path, each in first.items()}, "\n")
    print(f"first and second visit, ms, with S3 {ROUND_TRIP} ms away: ", took, "\n")
    print("| API server | MB |\n|---|---|", *(f"| {what} | {each:.0f} |" for what, each in mb.items()), sep="\n")


if __name__ == "__main__":
    main()
