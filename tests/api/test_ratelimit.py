from __future__ import annotations

from email.utils import formatdate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api import ratelimit
from airflow_provider_ldusage.api.pace import Pace

NOW = 1_800_000_000.0  # seconds


def wait(headers: dict[str, str], attempt: int = 0, status: int | None = 429) -> float:
    return ratelimit.wait_seconds(status, headers, NOW * 1000, attempt, Random(1))


def ms(seconds_from_now: float) -> str:
    return str(int((NOW + seconds_from_now) * 1000))


def near(seconds: float) -> object:
    """The wait and its jitter of half a second to one and a half."""
    return pytest.approx(seconds + 1.0, abs=0.51)


@pytest.mark.parametrize("name", ["Global", "Route"])
def test_a_limit_that_is_used_up_lifts_at_the_shared_reset(name: str) -> None:
    other = {"Global": "Route", "Route": "Global"}[name]
    headers = {f"X-Ratelimit-{name}-Remaining": "0", f"X-Ratelimit-{other}-Remaining": "3", "X-Ratelimit-Reset": ms(8)}
    assert wait(headers) == near(8)


def test_a_reset_whose_remaining_is_unknown_counts() -> None:
    assert wait({"x-ratelimit-reset": ms(5)}) == near(5)
    assert wait({"X-RateLimit-Auth-Token-Reset": ms(6)}) == near(6)
    assert wait({"X-Ratelimit-Reset": ms(7), "X-Ratelimit-Global-Remaining": "many"}) == near(7)


def test_the_token_has_its_own_reset() -> None:
    headers = {
        "X-Ratelimit-Global-Remaining": "9",
        "X-Ratelimit-Route-Remaining": "9",
        "X-Ratelimit-Reset": ms(9),
        "X-Ratelimit-Auth-Token-Remaining": "0",
        "X-Ratelimit-Auth-Token-Reset": ms(3),
    }
    assert wait(headers) == near(3)


def test_a_limit_with_requests_left_is_not_waited_for() -> None:
    headers = {
        "X-Ratelimit-Global-Remaining": "9",
        "X-Ratelimit-Route-Remaining": "9",
        "X-Ratelimit-Reset": ms(9),
        "X-Ratelimit-Auth-Token-Remaining": "9",
        "X-Ratelimit-Auth-Token-Reset": ms(9),
    }
    assert 1 <= wait(headers) <= 2


def test_the_latest_of_all_that_apply_wins() -> None:
    headers = {"X-Ratelimit-Reset": ms(4), "X-Ratelimit-Auth-Token-Reset": ms(9), "Retry-After": "6"}
    assert wait(headers) == near(9)
    assert wait({**headers, "Retry-After": "20"}) == near(20)


def test_retry_after_is_seconds_or_a_date() -> None:
    assert wait({"Retry-After": " 12 "}) == near(12)
    assert wait({"Retry-After": "1.5"}) == near(1.5)
    assert wait({"Retry-After": formatdate(NOW + 30, usegmt=True)}) == near(30)


def test_resets_are_read_by_the_servers_clock_when_this_machines_is_off() -> None:
    for skew in (-3600, 3600, -20 * 86_400, 400 * 86_400):
        date = formatdate(NOW + skew, usegmt=True)
        assert wait({"Date": date, "X-Ratelimit-Reset": ms(skew + 8)}) == near(8)
        assert wait({"Date": date, "Retry-After": formatdate(NOW + skew + 8, usegmt=True)}) == near(8)


def test_a_date_out_of_reason_is_not_believed() -> None:
    far = ("Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
    for date in (*far, "yesterday"):
        assert wait({"Date": date, "X-Ratelimit-Reset": ms(8)}) == near(8)


def test_the_date_of_a_cached_answer_is_not_believed() -> None:
    date = formatdate(NOW - 3600, usegmt=True)
    for cached in ({"Age": "3600"}, {"X-Cache": "HIT"}):
        assert wait({"Date": date, **cached, "X-Ratelimit-Reset": ms(8)}) == near(8)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "NaN", "inf", "1e9", "9" * 400, ms(-60), ms(2 * 86_400), "1, 2", "0", "١٢", str(int(NOW))],
)
def test_resets_that_make_no_sense_give_a_backoff(value: str) -> None:
    for header in ("X-Ratelimit-Reset", "X-Ratelimit-Auth-Token-Reset", "Retry-After"):
        assert 1 <= wait({header: value}) <= 2


def test_the_backoff_outlasts_a_ten_second_window_and_stays_bounded() -> None:
    waits = [wait({}, attempt) for attempt in range(40)]
    assert sum(waits[:4]) > 10 and waits[1] > waits[0] and max(waits) <= 64


def test_trouble_is_met_with_full_jitter_up_to_thirty_seconds() -> None:
    for status in (500, 503, None):
        for attempt, ceiling in enumerate([1, 2, 4, 8, 16, 30, 30]):
            assert 0 <= wait({}, attempt, status) <= ceiling
    assert wait({"Retry-After": "90"}, 0, 503) == 90
    assert wait({"X-Ratelimit-Reset": ms(8)}, 0, 503) <= 1


def limits(**headers: str) -> dict[str, ratelimit.Limit]:
    named = {f"X-Ratelimit-{name.replace('_', '-')}": value for name, value in headers.items()}
    return {limit.kind: limit for limit in ratelimit.limits(named, NOW * 1000)}


def test_every_limit_is_told_with_when_it_lifts() -> None:
    assert limits() == {}
    found = limits(
        Global_Remaining="50", Global_Limit="400", Route_Remaining="0", Reset=ms(4),
        Auth_Token_Remaining="0", Auth_Token_Limit="many", Auth_Token_Reset=ms(7),
    )  # fmt: skip
    assert found == {
        "global": ratelimit.Limit("global", 400, 50, 4.0),
        "route": ratelimit.Limit("route", None, 0, 4.0),
        "auth-token": ratelimit.Limit("auth-token", None, 0, 7.0),
    }
    assert limits(Route_Remaining="2", Reset="soon") == {"route": ratelimit.Limit("route", None, 2, 0.0)}


@pytest.mark.parametrize(
    ("allowed", "reserve", "spread"),
    [(None, 0, 1), (1, 0, 30), (2, 0, 30), (3, 1, 30), (5, 1, 20), (19, 1, 100 / 19), (20, 2, 5), (1000, 100, 1)],
)
def test_the_reserve_is_a_tenth_and_the_spread_grows_as_the_limit_shrinks(
    allowed: int | None, reserve: int, spread: float
) -> None:
    limit = ratelimit.Limit("global", allowed, 1, 5.0)
    assert limit.reserve == reserve and limit.spread == pytest.approx(spread)


def test_those_refused_by_a_tiny_limit_do_not_come_back_together() -> None:
    headers = {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Global-Limit": "5", "X-Ratelimit-Reset": ms(8)}
    waits = [ratelimit.wait_seconds(429, headers, NOW * 1000, 0, Random(seed)) for seed in range(200)]
    assert all(8.5 <= each <= 28.5 for each in waits)
    assert min(waits) < 10 and max(waits) > 26


def test_the_spread_does_not_use_up_what_is_left_of_max_wait() -> None:
    headers = {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Global-Limit": "5", "X-Ratelimit-Reset": ms(8)}
    waits = [ratelimit.wait_seconds(429, headers, NOW * 1000, 0, Random(seed), 10.0) for seed in range(50)]
    assert all(8.5 <= each <= 10 for each in waits)
    assert ratelimit.wait_seconds(429, headers, NOW * 1000, 0, Random(1), 3.0) == 8.5


NAMES = [
    *(f"x-ratelimit-{kind}-{what}" for kind in ratelimit.RESETS for what in ("limit", "remaining")),
    ratelimit.SHARED_RESET,
    ratelimit.TOKEN_RESET,
    "retry-after",
    "date",
]
VALUES = (
    st.text(max_size=80)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.integers(-100_000, 100_000).map(ms)
    | st.datetimes().map(lambda d: d.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    | st.from_regex(r"(Mon, )?\d{1,4} (Jan|Feb) \d{1,6} \d{1,4}:\d\d(:\d\d)? ([+-]\d{1,9}|GMT)", fullmatch=True)
)


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.sampled_from([429, 500, 503, None]),
    st.integers(-5, 10_000),
    st.floats(0, 4e12),
)
def test_no_headers_whatever_raise_or_give_a_wait_out_of_bounds(
    headers: dict[str, str], status: int | None, attempt: int, now_ms: float
) -> None:
    seconds = ratelimit.wait_seconds(status, headers, now_ms, attempt, Random(2))
    assert 0 <= seconds <= 86_401
    assert status != 429 or seconds >= 0.5
    for limit in ratelimit.limits(headers, now_ms):
        assert limit.remaining >= 0 and 0 <= limit.seconds <= 86_400 and 1 <= limit.spread <= 30
        assert limit.allowed is None or 0 <= limit.reserve < max(1, limit.allowed / 2)
    pace = Pace(lambda: now_ms / 1000, Random(3))
    for refused in (False, True):
        pace.note("https://ld.invalid/api/v2/x", headers, refused=refused)
        assert 0 <= pace.pause("https://ld.invalid/api/v2/x")[0] <= 90
