"""A simulator behind Airflow's connection, and a clock for clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.testing import Simulator
from tests.operators.waiting import Clock


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with Simulator() as sim:
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(sim.connection()))
        yield sim


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    made = UsageClient.__init__
    monkeypatch.setattr(
        UsageClient, "__init__", lambda self, config, **more: made(self, config, sleep=clock.sleep, clock=clock, **more)
    )
    return clock


@pytest.fixture
def connect(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_extra(**extra: Any) -> None:
        connection = {**simulator.connection(), "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(connection))

    set_extra()
    return set_extra
