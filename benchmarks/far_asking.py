"""What asking LaunchDarkly takes when it is far away: one request after the other, and several in flight."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import far_launchdarkly, ours
from benchmarks.bench import Bench, number, table
from benchmarks.shapes import START
from benchmarks.waiting_http import Control

if TYPE_CHECKING:
    from airflow_provider_ldusage.query import UsageQuery

ROUND_TRIPS = (0, 50, 150)
IN_FLIGHT = (1, 8)
FLAGS, DAYS = 1_000, 90
HEADS = (
    "load", "ms a round trip", "usage requests", "s, one at a time", f"s, {IN_FLIGHT[1]} in flight", "times as fast",
    "most in flight",
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """So many days of a query, which takes a number of requests."""

    what: str
    metric: str
    days: int
    requests: int
    arguments: Mapping[str, Any]

    def query(self) -> UsageQuery:
        from airflow_provider_ldusage.query import UsageQuery

        return UsageQuery.build(self.metric, **self.arguments)


def loads() -> list[Load]:
    flags = [f"flag-{flag:04}" for flag in range(FLAGS)]
    place = {"project_key": "benchmark", "environment_key": "production"}
    return [
        Load(f"{FLAGS:,} flags, a day", "evaluations", 1, FLAGS, place | {"feature_flag_key": flags}),
        Load(f"{DAYS} days of a list by day", "mau_sdks", DAYS, DAYS, {}),
    ]


def measure(bench: Bench) -> list[str]:
    ours.imports()
    logging.getLogger("airflow_provider_ldusage").setLevel(logging.ERROR)  # each lake is a new folder, and says so
    rows = []
    with far_launchdarkly.running() as server:
        for load in loads():
            _one(bench, server, load, max(IN_FLIGHT))  # what the first load of a process takes besides
            for ms in ROUND_TRIPS:
                server.wait(ms)
                rows.append(_compared(bench, server, load, ms))
            server.wait(0)
    return table("Asking LaunchDarkly from far away", HEADS, rows)


def _compared(bench: Bench, server: Control, load: Load, ms: int) -> tuple[object, ...]:
    found = {flying: _one(bench, server, load, flying) for flying in IN_FLIGHT}
    (alone, one, _), (together, several, most) = (found[flying] for flying in IN_FLIGHT)
    if one != several:
        raise SystemExit(f"{load.what}: the lakes of one request at a time and of several in flight differ.")
    bench.figures[f"{load.what}, {ms} ms: x one at a time"] = alone / together
    return (load.what, ms, f"{load.requests:,}", f"{alone:.2f}", f"{together:.2f}", number(alone / together), most)


def _one(bench: Bench, server: Control, load: Load, flying: int) -> tuple[float, str, int]:
    """The seconds of a load, a hash over its day files, and the most requests that were in flight."""
    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.engine.plan import LoadOptions

    bench.clear()
    server.counts()
    window, options = Window(START, START + timedelta(days=load.days)), LoadOptions(max_requests=load.requests)
    began = time.perf_counter()
    ours.load_query(ours.local(bench.out), server.endpoint, load.query(), window, options, max_in_flight=flying)
    seconds = time.perf_counter() - began
    if (asked := server.counts())["usage"] != load.requests:
        raise SystemExit(f"{load.what} took {asked['usage']} requests, not {load.requests}.")
    return seconds, _content(bench.out), asked["most in flight"]


def _content(lake: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(lake.rglob("usage_date=*/*.parquet")):
        found.update(path.relative_to(lake).as_posix().encode() + path.read_bytes())
    return found.hexdigest()
