"""Scripted answers."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import NOW


def test_faults_are_scripted(sim: Simulator, api: Any) -> None:
    sim.fail(status=429, headers={"Retry-After": "7"}, times=2, path="total-mau")
    sim.fail(status=503, path="/api/v2/*")
    assert api.get("clientside-mau").status_code == 503
    limited = [api.get("total-mau") for _ in range(3)]
    assert [one.status_code for one in limited] == [429, 429, 200]
    assert limited[0].headers["Retry-After"] == "7"
    assert limited[0].json()["code"] == "rate_limited"
    sim.fail(status=200, body={"series": "no list"})
    assert api.json("total-mau") == {"series": "no list"}
    sim.fail(status=502, body="<html>")
    assert api.get("total-mau").text == "<html>"
    sim.fail(cut=-1)
    with pytest.raises(requests.ConnectionError):
        api.get("total-mau")
    assert sim.requests[-1].status == 0
    sim.fail(status=None, cut=40)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.get("clientside-mau", groupBy=["projectId", "environmentId"])
    with Simulator(now=NOW) as late, pytest.raises(requests.Timeout):  # one that nobody asks when the answer is due
        late.fail(status=None, delay=5)
        requests.get(late.url + "/api/v2/projects", headers={"Authorization": late.token}, timeout=0.1)
    sim.fail(times=5)
    sim.clear_faults()
    assert api.get("total-mau").status_code == 200


def test_a_scripted_date_is_the_only_one(sim: Simulator, api: Any) -> None:
    sim.fail(503, headers={"date": "Wed, 01 Jan 2020 00:00:00 GMT"})
    headers = api.get("mau/sdks").raw.headers
    assert headers.getlist("Date") == ["Wed, 01 Jan 2020 00:00:00 GMT"]
