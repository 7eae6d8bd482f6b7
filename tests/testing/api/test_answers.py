"""The bodies of answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.api.endpoints import ENDPOINTS
from tests.testing.asking import END, FLAG, OCTOBER, PATHS, START, flip, ms, unit_range, utc


@pytest.mark.parametrize("template", ENDPOINTS)
def test_every_endpoint_answers_in_its_model(api: Any, template: str) -> None:
    body = api.json(PATHS[template], **unit_range(template, START, END))
    shape = ENDPOINTS[template].shape
    if shape == "details":
        assert body
        assert all(isinstance(value, str) for item in body for value in item.values())
        return
    if shape == "ranking":
        assert set(body) == {"items", "page", "scope"}
        assert body["items"]
        return
    assert body["_links"]["self"]["href"] == "/api/v2/usage/" + PATHS[template]
    if shape == "sdks":
        assert body["sdks"] == sorted(set(body["sdks"]))
        return
    if shape == "sdk_versions":
        assert all(set(one) == {"sdk", "version"} for one in body["sdkVersions"])
        return
    kind = float if template == "service-connections" else int
    assert body["series"]
    times = [point.pop("time") for point in body["series"]]
    assert times == sorted(set(times))
    assert all(START.timestamp() * 1000 <= time < END.timestamp() * 1000 for time in times)
    for point in body["series"]:
        assert point
        for key, value in point.items():
            assert 0 <= int(key) < len(body["metadata"])
            assert type(value) is kind
            assert value > 0


def test_data_through_lag_hours(sim: Simulator, api: Any) -> None:
    today: dict[str, Any] = {"since": utc(2026, 11, 20), "aggregationType": "incremental", "granularity": "hourly"}
    for path in ("data-export-events", "warehouse-export"):
        for lag, through, delayed in ((1, "09:00", False), (2, "08:00", False), (3, "07:00", True), (24, None, True)):
            flip(sim, data_through_lag_hours=lag)
            body = api.json(path, **today)
            assert body["delayed"] is delayed
            if through:
                assert body["dataThrough"] == f"2026-11-20T{through}:00Z"
                assert max(p["time"] for p in body["series"]) == ms(2026, 11, 20, int(through[:2]) - 1)
            else:
                assert body["series"] == []
        flip(sim, data_through_lag_hours=None)
        body = api.json(path, **today)
        assert not {"dataThrough", "delayed"} & set(body)
        assert max(p["time"] for p in body["series"]) == ms(2026, 11, 20, 10)


def test_data_through_frozen(sim: Simulator, api: Any) -> None:
    days: dict[str, Any] = {"since": utc(2026, 11, 10), "to": utc(2026, 11, 21), "aggregationType": "incremental"}
    paths = ("data-export-events", "warehouse-export")
    before = {path: api.one(path, **days) for path in paths}
    usage = api.one("ai-runs", **days)
    flip(sim, data_through_frozen="2026-11-18T06:00:00Z")
    frozen = {path: api.json(path, **days) for path in paths}
    for path in paths:
        assert (frozen[path]["dataThrough"], frozen[path]["delayed"]) == ("2026-11-18T06:00:00Z", True)
        points = {point["time"]: point["0"] for point in frozen[path]["series"]}
        assert max(points) == ms(2026, 11, 18) and max(before[path]) == ms(2026, 11, 20)
        assert points[ms(2026, 11, 12)] == before[path][ms(2026, 11, 12)]
        assert 0 < points[ms(2026, 11, 18)] < before[path][ms(2026, 11, 18)]
    assert api.one("ai-runs", **days) == usage, "of data export alone"
    ranked = api.json("data-export-events/projects/ranking", since=utc(2026, 11, 19), to=utc(2026, 11, 20))
    assert ranked["items"] == []
    sim.advance(timedelta(days=5))
    assert {path: api.json(path, **days) for path in paths} == frozen
    flip(sim, data_through_frozen="2027-01-01T00:00:00+01:00")
    assert api.json(paths[0], **days)["dataThrough"] == "2026-11-25T09:00:00Z", "not beyond the lag"
    flip(sim, data_through_frozen=None)
    assert api.json(paths[0], **days)["dataThrough"] == "2026-11-25T09:00:00Z"
    assert api.one(paths[0], **days)[ms(2026, 11, 20)] > before[paths[0]][ms(2026, 11, 20)]
    flip(sim, data_through_frozen="2026-11-18T06:00:00Z", data_through_lag_hours=None)
    unavailable = api.json(paths[0], **days)
    assert "dataThrough" not in unavailable and unavailable["series"] == frozen[paths[0]]["series"]


def test_total_evaluations(sim: Simulator, api: Any) -> None:
    body = api.json(FLAG, **OCTOBER)
    assert body["totalEvaluations"] == sum(v for p in body["series"] for k, v in p.items() if k != "time")
    flip(sim, total_evaluations="absent")
    assert "totalEvaluations" not in api.json(FLAG, **OCTOBER)


def test_projected_series(sim: Simulator, api: Any) -> None:
    body = api.json("service-connections")
    projected = {point["time"]: point["0"] for point in body["projectedSeries"]}
    assert list(projected) == [ms(2026, 11, day) for day in range(1, 31)]
    assert list(projected.values()) == sorted(projected.values())
    actual = api.one("service-connections")
    assert all(projected[time] == value for time, value in actual.items() if time < ms(2026, 11, 20))
    assert "projectedSeries" not in api.json("service-connections", **OCTOBER)
    flip(sim, projected_series="remaining_days")
    rest = api.json("service-connections")["projectedSeries"]
    assert [point["time"] for point in rest] == [ms(2026, 11, day) for day in range(20, 31)]
    flip(sim, projected_series="absent")
    assert "projectedSeries" not in api.json("service-connections")


def test_lapsed_plan(sim: Simulator, api: Any) -> None:
    flip(sim, lapsed_plan=["*"])
    for path in ("total-mau", FLAG, "service-connections"):
        body = api.json(path)
        assert (body["metadata"], body["series"]) == ([], [])
    assert api.json("sdk-versions/details") == []
    assert api.json("mau/sdks")["sdks"] == []
    assert api.json("streams/client/sdkversions")["sdkVersions"] == []
    assert api.json("data-export-events/projects/ranking", **OCTOBER)["items"] == []
