"""Rows of the model, for tests of its figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, settings

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS

SERIES = [name for name, one in ENDPOINTS.items() if one.shape == "series"]
ADDITIVE = [name for name in SERIES if not ENDPOINTS[name].unique]
UNIQUE = [name for name in SERIES if ENDPOINTS[name].unique]
PATH = {
    "evaluations/{projectKey}/{environmentKey}/{featureFlagKey}": {
        "projectKey": "default",
        "environmentKey": "production",
        "featureFlagKey": "ranking-experiment",
    },
    "streams/{source}": {"source": "server"},
    "streams/{source}/bysdkversion": {"source": "client"},
    "events/{type}": {"type": "published"},
}
quick = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def ask(model: Simulator, name: str, start: date, end: date, **more: Any) -> list[dict[str, Any]]:
    path: dict[str, Any] = PATH.get(name, {})
    return model.truth(name, start=start, end=end, **path, **more)


def table(rows: list[dict[str, Any]]) -> dict[Any, float]:
    """The values by time and metadata."""
    values = {}
    for row in rows:
        key = (row["time"], tuple(sorted((k, repr(v)) for k, v in row.items() if k not in ("time", "value"))))
        assert key not in values
        values[key] = row["value"]
    return values


def totals(rows: list[dict[str, Any]]) -> dict[int, float]:
    """The sum of the rows at each time."""
    sums: dict[int, float] = {}
    for row in rows:
        sums[row["time"]] = sums.get(row["time"], 0) + row["value"]
    return sums
