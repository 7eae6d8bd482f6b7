"""What the tests of a deferred load have in common."""

from __future__ import annotations

from typing import Any

from airflow_provider_ldusage.testing import Simulator


def limit_once(simulator: Simulator, seconds: int) -> None:
    """Refuse the next request for a metric which no DAG but those about deferral asks for."""
    simulator.clear_requests()
    simulator.fail(429, headers={"Retry-After": str(seconds)}, path="vega-ai")


def same(report: dict[str, Any], truth: dict[str, Any]) -> bool:
    """Whether a load that was held up did what one did that was not."""
    return all(report[name] == truth[name] for name in ("rows", "window", "data_through", "skipped")) and (
        report["days"]["written"] == truth["days"]["written"]
    )
