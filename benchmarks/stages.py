"""Where the time of a load goes: ``python -m benchmarks.stages SHAPE ANSWER OUT SYNC`` is one load, taken apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.bench import ROOT, Bench, table
from benchmarks.shapes import SHAPES, Shape

SHOWN = ("daily", "hourly", "sparse", "small")
STAGES = {
    "ask": "ask over HTTP",
    "decode": "decode and check",
    "days": "make the days",
    "prepare": "hash and prepare",
    "encode": "encode (threads)",
    "store": "store, synced (threads)",
    "names": "sync the names",
    "checks": "quality checks",
}
HEADS = ("ms", *STAGES.values(), "whole", "whole, unsynced", "CPU user", "CPU system")
NOTE = (
    "Stages of threads are sums over three threads, beside which the days are made; so they add up to more than the "
    "whole. *Unsynced* is not what the provider does: it tells what it costs that files outlast a power cut."
)


def measure(bench: Bench) -> list[str]:
    rows = []
    for shape in (SHAPES[name] for name in SHOWN):
        found = {sync: min((_fresh(bench, shape, sync) for _ in range(bench.repeat)), key=_whole) for sync in (1, 0)}
        synced, unsynced = found[1], found[0]
        stages = [f"{synced.get(stage, 0):,.0f}" for stage in STAGES]
        rest = (synced["whole"], unsynced["whole"], synced["user"], synced["system"])
        rows.append((shape.name, *stages, *(f"{value:,.0f}" for value in rest)))
    return table("Where the time of a load goes", HEADS, rows, NOTE)


def _whole(found: dict[str, float]) -> float:
    return found["whole"]


def _fresh(bench: Bench, shape: Shape, sync: int) -> dict[str, float]:
    bench.clear()
    arguments = [json.dumps(asdict(shape)), str(bench.answer(shape)), str(bench.out), str(sync)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stages", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{shape.name} was not taken apart:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _one(shape: Shape, answer: Path, out: Path, *, sync: bool) -> dict[str, float]:
    """Milliseconds of each stage."""
    ours.imports()
    from airflow_provider_ldusage.answers import day_rows as assemble
    from airflow_provider_ldusage.answers import series
    from airflow_provider_ldusage.api import client
    from airflow_provider_ldusage.checks.run import Checks
    from airflow_provider_ldusage.lake import day_writer
    from airflow_provider_ldusage.lake.local import LocalStore

    spent: dict[str, float] = defaultdict(float)

    def timed(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*arguments, **options)
            finally:
                spent[stage] += (time.perf_counter() - began) * 1000

        return run

    def prepared(*arguments: Any) -> Callable[..., Any]:
        return timed("encode", encoder(*arguments))

    encoder = timed("prepare", day_writer.encoder)
    day_writer.encoder = prepared
    for owner, name, stage in (
        (client.UsageClient, "download", "ask"),
        (series.SeriesDecoder, "add", "decode"),
        (assemble.DayRows, "__init__", "days"),
        (assemble.DayRows, "whole", "days"),
        (LocalStore, "create", "store"),
        (LocalStore, "persist", "names"),
        (Checks, "note", "checks"),
        (Checks, "run", "checks"),
    ):
        setattr(owner, name, timed(stage, getattr(owner, name)))
    if not sync:
        os.fsync = lambda _: None
    with ours.answering(answer) as port:
        before, began = os.times(), time.perf_counter()
        ours.run(port, shape, out)
        spent["whole"] = (time.perf_counter() - began) * 1000
    after = os.times()
    spent |= {"user": (after.user - before.user) * 1000, "system": (after.system - before.system) * 1000}
    return dict(spent)


if __name__ == "__main__":
    shape, answer, out, sync = sys.argv[1:]
    print(json.dumps(_one(Shape(**json.loads(shape)), Path(answer), Path(out), sync=sync == "1")))
