"""Rate limits and the headers that announce them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.testing.asking import flip, ms


def _limited(sim: Simulator, api: Any, **limits: Any) -> list[Any]:
    # A long window, so that it does not turn over in the middle of the test.
    window = 10_000.0
    while window - (sim.now.timestamp() + time.time()) % window < 5:
        window *= 1.1
    flip(sim, rate_window=window, **limits)
    return [api.get("mau/sdks") for _ in range(3)] + [api.get("sdk-versions/details")]


def test_rate_limit(sim: Simulator, api: Any) -> None:
    first, second, third, other = _limited(sim, api, rate_limit=2)
    assert [one.status_code for one in (first, second, third, other)] == [200, 200, 429, 429]
    assert [one.headers["X-Ratelimit-Global-Remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["X-Ratelimit-Global-Limit"] == "2"
    assert "X-Ratelimit-Route-Limit" not in first.headers
    assert third.json() == {
        "code": "rate_limited",
        "message": "You've exceeded the API rate limit. Try again later.",
    }
    assert ms(2026, 11, 20, 10, 30) < int(third.headers["X-Ratelimit-Reset"]), "a moment of the simulated clock"


def test_route_rate_limit(sim: Simulator, api: Any) -> None:
    answers = _limited(sim, api, route_rate_limit=2)
    assert [one.status_code for one in answers] == [200, 200, 429, 200]
    assert answers[0].headers["X-Ratelimit-Route-Remaining"] == "1"
    assert "X-Ratelimit-Reset" in answers[0].headers


def test_token_rate_limit(sim: Simulator, api: Any) -> None:
    answers = _limited(sim, api, token_rate_limit=2)
    assert [one.status_code for one in answers] == [200, 200, 429, 429]
    assert answers[0].headers["X-Ratelimit-Auth-Token-Limit"] == "2"
    assert "X-Ratelimit-Auth-Token-Reset" in answers[0].headers
    assert "X-Ratelimit-Reset" not in answers[0].headers


def test_rate_window(sim: Simulator, api: Any) -> None:
    sim.now = None
    sim.advance(timedelta(days=40))
    flip(sim, rate_window=0.2, rate_limit=1)
    windows: dict[str, list[int]] = {}  # the answers of each, by when it ends
    until = time.monotonic() + 60
    while time.monotonic() < until and (len(windows) < 3 or max(map(len, windows.values())) < 2):
        answer = api.get("mau/sdks")
        windows.setdefault(answer.headers["X-Ratelimit-Reset"], []).append(answer.status_code)
        assert int(answer.headers["X-Ratelimit-Reset"]) <= sim.now.timestamp() * 1000 + 200
    assert len(windows) >= 3 and max(map(len, windows.values())) >= 2
    assert all(statuses == [200, *[429] * (len(statuses) - 1)] for statuses in windows.values())


def test_a_window_ends_when_the_stopped_clock_moves_past_it(sim: Simulator, api: Any) -> None:
    sim.switches = Switches(rate_limit=1, rate_window=3600.0)
    found = []
    for _ in range(3):
        found.append(api.get("mau/sdks").status_code)
        sim.advance(timedelta(hours=1))
    assert found == [200, 200, 200]
