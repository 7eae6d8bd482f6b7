"""Which failures are retried, how often, and how long the waits are."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from tests.api.server import LIMITED, USAGE, failure


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Ratelimit-Reset": "{in8}", "X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Global-Remaining": "4"}, 8),
        ({"X-Ratelimit-Auth-Token-Reset": "{in8}", "X-Ratelimit-Auth-Token-Remaining": "0"}, 8),
        ({"Retry-After": "8"}, 8),
        ({"Retry-After": "{date8}"}, 8),
        ({"X-Ratelimit-Reset": "{skewed8}", "Date": "{skewed}"}, 8),
        ({"X-Ratelimit-Reset": "1"}, 0.5),
        ({"X-Ratelimit-Reset": "nonsense", "Retry-After": "-1"}, 0.5),
        ({}, 0.5),
    ],
)
def test_a_rate_limit_is_waited_out(
    server: Any, client: Any, time: Any, headers: dict[str, str], seconds: float
) -> None:
    values = {
        "in8": int((time.now + 8) * 1000),
        "date8": formatdate(time.now + 8, usegmt=True),
        "skewed": formatdate(time.now - 7200, usegmt=True),
        "skewed8": int((time.now - 7200 + 8) * 1000),
    }
    server.answers(LIMITED, status=429, headers={name: value.format(**values) for name, value in headers.items()})
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert len(time.slept) == 1 and seconds + 0.4 <= time.slept[0] <= seconds + 1.6
    assert client.stats.retries == 1 and client.stats.waited == time.slept[0] and client.stats.requests == 2


def test_max_wait_is_for_all_requests_of_a_client_together(server: Any, connect: Any, time: Any) -> None:
    client = connect(max_wait=25)
    for _ in range(2):
        server.answers(LIMITED, status=429, headers={"Retry-After": "10"})
        server.answers({})
    server.answers(LIMITED, status=429, headers={"Retry-After": "10"})
    client.get(USAGE)
    client.get(USAGE)
    error = failure(client, exceptions.RateLimitedError)
    assert error.status == 429 and error.code == "rate_limited"
    assert f"has waited {sum(time.slept):.1f} s" in str(error) and "max_wait allows 25.0 s" in str(error)
    assert len(server.asked) == 5 and sum(time.slept) <= 25


def test_a_wait_that_max_wait_does_not_allow_is_not_begun(server: Any, connect: Any, time: Any) -> None:
    server.answers(LIMITED, status=429, headers={"Retry-After": "3600"})
    assert "would need 360" in str(failure(connect(max_wait=300), exceptions.RateLimitedError))
    failure(connect(max_wait=0), exceptions.RateLimitedError)
    assert not time.slept and len(server.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_that_passes_is_not_noticed(server: Any, client: Any, time: Any, status: int) -> None:
    server.answers(raw=b"<html>Bad gateway", status=status)
    server.answers(raw=b"", status=status)
    server.answers({"ok": True})
    assert client.get_json(USAGE) == {"ok": True}
    assert client.stats.retries == 2 and len(time.slept) == 2


def test_trouble_that_stays_is_reported_after_five_retries(
    server: Any, client: Any, time: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers({"code": "service_unavailable", "message": "Requested service unavailable"}, status=503)
    error = failure(client, exceptions.ServerTroubleError)
    assert "(503 service_unavailable: Requested service unavailable)." in str(error) and "Tried 6 times" in str(error)
    assert error.status == 503 and len(server.asked) == 6
    assert all(slept <= ceiling for slept, ceiling in zip(time.slept, [1, 2, 4, 8, 16], strict=True))
    said = [record for record in caplog.records if record.name == "airflow_provider_ldusage.api"]
    assert sum(record.levelname == "INFO" for record in said) == 5


def test_a_503_asks_for_its_time_but_not_for_hours(server: Any, client: Any, time: Any) -> None:
    server.answers(status=503, headers={"Retry-After": "40"})
    server.answers(status=503, headers={"Retry-After": "7200"})
    failure(client, exceptions.ServerTroubleError)
    assert time.slept == [40.0] and len(server.asked) == 2


@pytest.mark.parametrize(("seconds", "deferred"), [(40, False), (60, True), (90, True)])
def test_long_waits_are_left_to_a_caller_that_defers(
    server: Any, connect: Any, time: Any, seconds: int, deferred: bool
) -> None:
    server.answers(LIMITED, status=429, headers={"Retry-After": str(seconds)})
    server.answers({})
    client = connect(defer_from=60.0)
    if deferred:
        error = failure(client, exceptions.RateLimitedError)
        assert seconds <= error.retry_in <= seconds + 1.5 and f"Try again in {error.retry_in:.1f} s" in str(error)
    else:
        client.get(USAGE)
    assert bool(time.slept) is not deferred


def test_earlier_waits_of_the_task_count_towards_max_wait(server: Any, connect: Any, time: Any) -> None:
    server.answers(LIMITED, status=429, headers={"Retry-After": "90"})
    error = failure(connect(max_wait=100, waited=50.0, defer_from=60.0), exceptions.RateLimitedError)
    assert error.waited == 50 and error.retry_in is None and "has waited 50.0 s" in str(error)
    assert not time.slept
