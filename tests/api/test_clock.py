"""LaunchDarkly's clock, as its answers show it: how right it is, and which answers show nothing."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.api import sending
from airflow_provider_ldusage.api.clock import Clock, Offset, server_time

USAGE = "/api/v2/usage/total-mau"
EPOCH = 1_800_000_000.0
AHEAD = 7200.0

latencies = st.tuples(st.floats(0, 30), st.floats(0, 30))
"""Of the way there and of the way back, in seconds."""
offsets = st.floats(-1e9, 1e9) | st.floats(-3, 3)
answers = st.lists(st.tuples(st.floats(0, 600), latencies), min_size=1, max_size=8)
"""Pauses before each question, and what each answer takes."""


def seen(true: float, given: list[tuple[float, tuple[float, float]]], start: float = 0.0) -> tuple[Offset, float]:
    """What a client knows after these answers of a clock that is ``true`` seconds ahead, and when it has the last."""
    offset, now = Offset(), EPOCH + start
    for pause, (there, back) in given:
        sent = now + pause
        now = sent + there + back
        offset = offset.narrowed(math.floor(sent + there + true), sent, now)
    return offset, now


@given(offsets, answers)
@example(0.5, [(0.0, (0.0, 0.0))])
@example(-0.5, [(0.0, (0.0, 0.0)), (0.6, (0.0, 0.0))])
def test_the_clock_is_right_to_a_second_and_the_quickest_answer(true: float, given: Any) -> None:
    offset, _ = seen(true, given)
    quickest = min(there + back for _, (there, back) in given)
    assert offset.low - 1e-3 <= true <= offset.high + 1e-3
    assert abs(offset.seconds - true) <= 1 + quickest + 1e-3
    assert abs(offset.seconds) <= abs(true) + 1e-3, "never corrected by more than the clock is wrong"


@given(offsets, offsets, answers, answers, st.floats(0, 86_400))
def test_clients_with_different_clocks_put_requests_in_the_right_order(
    one: float, other: float, first: Any, second: Any, later: float
) -> None:
    """The clocks are ``one`` and ``other`` seconds behind the truth; the second client asks after the first."""
    offset_1, asked_1 = seen(one, first)
    offset_2, asked_2 = seen(other, second, start=asked_1 + one - other + later - EPOCH)
    truly_apart = (asked_2 + other) - (asked_1 + one)
    doubt = sum(1 + min(there + back for _, (there, back) in given) for given in (first, second))
    if truly_apart > doubt + 1e-3:
        assert asked_1 + offset_1.seconds < asked_2 + offset_2.seconds


@given(offsets, offsets, answers)
def test_a_clock_that_was_set_is_believed_anew(before: float, after: float, given: Any) -> None:
    offset, now = seen(before, given)
    offset = offset.narrowed(math.floor(now + 5.1 + after), now + 5, now + 5.2)
    assert abs(offset.seconds - after) <= 1.2 + 1e-3


@given(offsets, answers, st.floats(0, 600))
def test_a_moment_before_any_answer_is_told_by_those_that_follow(true: float, given: Any, before: float) -> None:
    now = EPOCH - before
    clock = Clock(lambda: now)
    reading = clock.read()
    assert clock.when(reading).timestamp() == pytest.approx(now)
    now = EPOCH
    for pause, (there, back) in given:
        sent, now = now + pause, now + pause + there + back
        clock.learn(math.floor(sent + there + true), sent, now)
    quickest = min(there + back for _, (there, back) in given)
    assert abs(clock.when(reading).timestamp() - (EPOCH - before + true)) <= 1 + quickest + 1e-3


@given(offsets, offsets, st.floats(0, 600))
def test_a_moment_stays_what_it_was_if_the_clock_is_set_later(before: float, after: float, later: float) -> None:
    now = EPOCH
    clock = Clock(lambda: now)
    early = clock.read()
    clock.learn(math.floor(EPOCH + 0.1 + before), EPOCH, EPOCH + 0.2)
    told = clock.when(early)
    now = EPOCH + later + before - after
    clock.learn(math.floor(now + 0.1 + after), now, now + 0.2)
    assert abs((clock.when(early) - told).total_seconds()) <= 1.2
    assert abs(clock.when(clock.read()).timestamp() - (now + after)) <= 1.2 + 1e-3


def test_nothing_is_corrected_where_nothing_is_known() -> None:
    assert Offset().seconds == 0


@pytest.mark.parametrize("apart", [-1e8, -AHEAD, AHEAD, 1e8])
def test_the_client_tells_the_time_by_launchdarklys_clock(server: Any, client: Any, time: Any, apart: float) -> None:
    assert client.now() == datetime.fromtimestamp(time.now, timezone.utc)
    server.answers({}, headers={"Date": formatdate(time.now + apart, usegmt=True)})
    client.get(USAGE)
    assert client.now().tzinfo is timezone.utc
    assert abs(client.now().timestamp() - time.now - apart) <= 1.5
    time.now += 50
    assert abs(client.now().timestamp() - time.now - apart) <= 1.5


def test_answers_together_show_more_than_one(server: Any, client: Any, time: Any) -> None:
    for step in (0.0, 0.25, 0.25, 0.25):
        time.now += step
        server.answers({}, headers={"Date": formatdate(math.floor(time.now + AHEAD + 0.5), usegmt=True)})
        client.get(USAGE)
        server.script.clear()
    assert abs(client.now().timestamp() - time.now - AHEAD - 0.5) <= 0.3


def test_a_clock_that_is_set_meanwhile_is_noticed(server: Any, client: Any, time: Any) -> None:
    truth = time.now
    for off in (0.0, -86_400.0, 5.0):
        time.now = truth + off
        server.answers({}, headers={"Date": formatdate(truth, usegmt=True)})
        client.get(USAGE)
        assert abs(client.now().timestamp() - truth) <= 1.5
        server.script.clear()


def test_a_clock_that_is_set_while_an_answer_is_on_its_way_does_no_harm(server: Any, client: Any, time: Any) -> None:
    def answer(handler: Any) -> None:
        handler.send_response_only(200)
        handler.send_header("Date", formatdate(time.now, usegmt=True))
        handler.send_header("Content-Length", "2")
        time.now -= 3600
        handler.end_headers()
        handler.wfile.write(b"{}")

    truth = time.now
    server.behaves(answer)
    client.get(USAGE)
    assert abs(client.now().timestamp() - truth) <= 1.5


def test_a_slow_answer_is_no_sign_of_another_clock(
    server: Any, client: Any, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: Any) -> None:
        handler.send_response_only(200)
        handler.send_header("Date", formatdate(time.now, usegmt=True))
        handler.send_header("Content-Length", "2")
        time.now += 20
        handler.end_headers()
        handler.wfile.write(b"{}")

    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=time))
    server.behaves(answer)
    client.get(USAGE)
    assert client.now().timestamp() == time.now


@pytest.mark.parametrize(
    "cached",
    [
        {"Age": "1"}, {"Age": "86400"}, {"Age": "x"}, {"X-Cache": "HIT"}, {"X-Cache": "Hit from cloudfront"},
        {"X-Cache": "RefreshHit from cloudfront"}, {"X-Cache": "MISS, HIT"}, {"X-Cache": "TCP_MEM_HIT from proxy:3128"},
        {"CF-Cache-Status": "HIT"}, {"X-Cache-Status": "STALE"}, {"Cache-Status": "proxy; hit; ttl=30"},
        {"Date": "yesterday"}, {"Date": ""}, {"Date": "Thu, 01 Jan 1970 00:00:05 GMT"},
        {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}, {"Date": "Wed, 99 Foo 2026 00:00:00 GMT"},
    ],
)  # fmt: skip
def test_a_cached_answer_or_a_date_that_is_none_shows_nothing(
    server: Any, client: Any, time: Any, cached: dict[str, str]
) -> None:
    server.answers({}, headers={"Date": formatdate(time.now + AHEAD, usegmt=True), **cached})
    client.get(USAGE)
    assert client.now().timestamp() == time.now


def test_an_answer_that_passed_a_cache_unchanged_shows_the_time() -> None:
    date = {"Date": formatdate(EPOCH, usegmt=True)}
    for passed in ({}, {"Age": "0"}, {"X-Cache": "MISS, MISS"}, {"x-cache": "Miss from cloudfront", "age": " 0 "},
                   {"CF-Cache-Status": "DYNAMIC"}, {"Cache-Status": "proxy; fwd=uri-miss"}):  # fmt: skip
        assert server_time({**date, **passed}) == EPOCH


def test_errors_of_launchdarkly_show_the_time_too(server: Any, client: Any, time: Any) -> None:
    ahead = {"Date": formatdate(time.now + AHEAD, usegmt=True)}
    server.answers({"code": "not_found", "message": "no"}, status=404, headers=ahead)
    with pytest.raises(exceptions.NotFoundError):
        client.get(USAGE)
    assert abs(client.now().timestamp() - time.now - AHEAD) <= 1.5


@pytest.mark.parametrize("status", [200, 403, 404, 407])
def test_the_page_of_a_proxy_shows_nothing(server: Any, client: Any, time: Any, status: int) -> None:
    ahead = {"Date": formatdate(time.now + AHEAD, usegmt=True), "Content-Type": "text/html"}
    server.answers(raw=b"<html>Sign in</html>", status=status, headers=ahead)
    with pytest.raises(exceptions.LaunchDarklyUsageError):
        client.get(USAGE)
    assert client.now().timestamp() == time.now


def test_a_retried_answer_is_bounded_by_its_own_question(server: Any, client: Any, time: Any) -> None:
    server.answers({}, status=503)
    server.answers({}, headers={"Date": formatdate(time.now + AHEAD, usegmt=True)})
    client.get(USAGE)
    waited = sum(time.slept)
    assert abs(client.now().timestamp() - (time.now + AHEAD - waited)) <= 1.5
