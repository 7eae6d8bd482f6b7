"""Tasks of the operator, rate limits, and time that passes when a client waits."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator


class Clock:
    """Time that passes when a client waits, and no other."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return datetime.now(timezone.utc).timestamp() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.ahead += seconds


def task(tmp_path: Path, **arguments: Any) -> LaunchDarklyUsageOperator:
    what = {"metric": "vega_ai", "destination": (tmp_path / "lake").as_uri(), "deferrable": True}
    return LaunchDarklyUsageOperator(task_id="load", **{**what, **arguments})


def a_run(run_after: datetime | None = None) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(conf=None, run_after=run_after or datetime.now(timezone.utc))}


def limited(simulator: Simulator, seconds: float = 120, **more: Any) -> None:
    simulator.fail(429, headers={"Retry-After": str(seconds)}, path="vega-ai", **more)
