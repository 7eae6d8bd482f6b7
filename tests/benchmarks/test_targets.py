"""What a benchmark run says of its targets, and of what it measures inside Airflow."""

from __future__ import annotations

import json
import runpy
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks import far_asking, far_stores
from benchmarks.__main__ import BLOCKS
from benchmarks.airflow_task import BARE_PROCESS, UNCURED
from benchmarks.far_asking import loads
from benchmarks.far_peers import BARE, METHODS
from benchmarks.peers import PEERS
from benchmarks.shapes import SHAPES
from benchmarks.targets import DAILY_DAG, LATENCY, LOAD, TARGETS, at_least, at_most, report


@pytest.mark.parametrize(
    ("target", "measured", "met"),
    [
        (at_least("speed", "speed", 10), 10, True),
        (at_least("speed", "speed", 10), 9.9, False),
        (at_most("memory", "memory", 10), 10, True),
        (at_most("memory", "memory", 10), 10.1, False),
    ],
)
def test_a_target_is_met_or_not(target, measured: float, met: bool) -> None:
    assert target.met(measured) is met


def test_a_missed_target_and_one_that_was_not_measured_are_told() -> None:
    lines = "\n".join(report({"daily: rows/s": 1.0, "daily: MB out": 4.4}, LOAD))
    assert "| at least 1,250,000 | 1 | **missed** |" in lines
    assert "| at most 4.4 | 4.4 | met |" in lines
    assert f"1 met, 1 missed, {len(LOAD) - 2} not measured in this run." in lines


def test_targets_are_about_shapes_and_peers_that_there_are(repository: Path) -> None:
    for target in LOAD:
        shape, _, peer = target.figure.partition(": x ")
        assert not peer or (shape.removeprefix("task ") in SHAPES and peer in PEERS)
    assert (repository / DAILY_DAG).exists()


def test_targets_of_latency_are_about_what_is_measured() -> None:
    figures = {f"{load.what}, {ms} ms: x one at a time" for load in loads() for ms in far_asking.ROUND_TRIPS}
    for load, ms in product(far_stores.LOADS, far_stores.ROUND_TRIPS):
        figures |= {f"{load}, {ms} ms: {of}" for of in ("requests", f"x as long as {BARE}")}
        figures |= {f"{load}, {ms} ms: x {method}" for method in METHODS}
    assert {target.figure for target in LATENCY} <= figures
    assert BLOCKS.keys() == TARGETS.keys()


@pytest.mark.airflow
def test_the_dag_that_measures_has_the_tasks_it_is_told(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tasks = [["small", "ours"], ["daily", "DuckDB"], ["daily", UNCURED], ["daily", BARE_PROCESS]]
    plan = {"tasks": tasks, "answers": {}, "lakes": "/tmp", "results": str(tmp_path)}
    monkeypatch.setenv("LDUSAGE_BENCH", json.dumps(plan))
    found = runpy.run_path(str(repository / "benchmarks" / "dags" / "measured.py"))
    dag = found["dag"]
    assert sorted(task.task_type for task in dag.tasks) == [
        "RecordedBare", "RecordedLoad", "RecordedPeer", "RecordedUncured",
    ]  # fmt: skip
