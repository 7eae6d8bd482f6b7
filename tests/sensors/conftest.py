"""A simulator whose clock tasks live by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from airflow_provider_ldusage.sensors import freshness
from airflow_provider_ldusage.testing import Simulator
from tests.names import sensor_module
from tests.sensors.checks import MIDNIGHT


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Ten minutes after the midnight, counted through 23:00: an hour is missing. Tasks live by its clock."""
    with Simulator(now=MIDNIGHT + timedelta(minutes=10)) as sim:
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(sim.connection()))
        monkeypatch.setattr(freshness, "utc_now", lambda: sim.now)
        yield sim


@pytest.fixture
def slept(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that a task in poke mode has slept: the clock moves at once."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        simulator.advance(timedelta(seconds=seconds))

    clock = SimpleNamespace(sleep=sleep, monotonic=lambda: simulator.now.timestamp())
    monkeypatch.setattr(sensor_module, "time", clock)
    return pauses
