"""Pytest fixtures. In your `conftest.py`: ``pytest_plugins = ["airflow_provider_ldusage.testing.fixtures"]``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_ldusage.testing.simulator import Simulator


@pytest.fixture
def launchdarkly_options() -> dict[str, Any]:
    """Arguments of the `Simulator`. Override this fixture for a stopped clock, switches or another account."""
    return {}


@pytest.fixture
def launchdarkly_simulator(launchdarkly_options: dict[str, Any]) -> Iterator[Simulator]:
    """A running simulator, one for each test."""
    with Simulator(**launchdarkly_options) as simulator:
        yield simulator


@pytest.fixture
def launchdarkly_connection(launchdarkly_simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """The JSON of the connection ``launchdarkly_default``, set in the environment for the test."""
    connection = json.dumps(launchdarkly_simulator.connection())
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", connection)
    return connection
