"""The simulator as a process of its own, and the same figures in every process."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

import pytest
import requests

from airflow_provider_ldusage.testing.simulator import Simulator

NOW = "2026-11-20T10:30:00Z"
ROOT = Path(__file__).parents[2]


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "airflow_provider_ldusage.testing.simulator", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def pasted(output: IO[str]) -> tuple[str, dict[str, str]]:
    """The URL and the connection that a simulator prints; both commands, as a shell takes them, give the same."""
    lines = [output.readline() for _ in range(6)]
    (_, setting), add = shlex.split(lines[2]), shlex.split(lines[4])
    name, _, connection = setting.partition("=")
    assert name == "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT"
    assert add == ["airflow", "connections", "add", "launchdarkly_default", "--conn-json", connection]
    return lines[0].split()[0], json.loads(connection)


@pytest.mark.parametrize(("number", "seed"), [(signal.SIGTERM, "1"), (signal.SIGINT, "2")])
def test_it_serves_the_same_figures_until_it_is_stopped(number: signal.Signals, seed: str) -> None:
    process = start("--now", NOW, "--token", "api-mine", "--switch", "settle_days=5", PYTHONHASHSEED=seed)
    try:
        assert process.stdout is not None
        url, connection = pasted(process.stdout)
        assert connection == {"conn_type": "launchdarkly", "host": url, "password": "api-mine"}
        headers = {"Authorization": "api-mine", "LD-API-Version": "beta"}
        bodies: list[Any] = []
        asked = (
            "total-contexts?groupBy=projectId&groupBy=sdkAppId",
            "service-connections?groupBy=relayVersion&granularity=hourly",
            "evaluations/default/production/ranking-experiment",
            "data-export-events?groupBy=destinationId",
            "sdk-versions/all",
        )
        for path in asked:
            bodies.append(requests.get(f"{url}/api/v2/usage/{path}", headers=headers, timeout=60).json())
        with Simulator(datetime(2026, 11, 20, 10, 30, tzinfo=timezone.utc), token="api-mine") as here:
            here.switches = here.switches.but(settle_days=5)
            mine = [
                requests.get(f"{here.url}/api/v2/usage/{path}", headers=headers, timeout=60).json() for path in asked
            ]
        assert bodies == mine
        moved = requests.post(f"{url}/_simulator/now", headers=headers, json={"advance_seconds": 1800}, timeout=10)
        assert moved.json() == {"now": "2026-11-20T11:00:00+00:00"}
    finally:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == ""


@pytest.mark.parametrize("wrong", [["--switch", "colour=red"], ["--switch", "to_bound=maybe"], ["--host", "0.0.0.0"]])
def test_invalid_arguments_are_explained(wrong: list[str]) -> None:
    process = start(*wrong)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "error:" in errors


def test_it_needs_the_standard_library_only() -> None:
    """Testing a DAG needs no further package, and starting the simulator is quick."""
    script = (
        "import sys, airflow_provider_ldusage.testing.simulator as s\n"
        "with s.Simulator() as one: one.truth('mau/bycategory', start=one.now.date(), end=one.now.date())\n"
        "print([m for m in ('airflow', 'requests', 'pyarrow', 'msgspec', 'pytest', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout.strip() == "[]"
