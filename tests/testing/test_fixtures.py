"""The fixtures for pytest."""

from __future__ import annotations

import json
import os

import requests

from airflow_provider_ldusage.testing import Simulator


def test_fixtures_give_a_connection(launchdarkly_connection: str, launchdarkly_simulator: Simulator) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT"])
    assert json.loads(launchdarkly_connection) == connection == launchdarkly_simulator.connection()
    assert connection["conn_type"] == "launchdarkly"
    response = requests.get(
        connection["host"] + "/api/v2/caller-identity", headers={"Authorization": connection["password"]}, timeout=5
    )
    assert response.status_code == 200
