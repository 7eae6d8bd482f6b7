"""Waiting before a limit is passed: how much is left to others, for how long, and what it does not count towards."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from airflow_provider_ldusage.api.pace import CAREFUL, MAX_PACE, TURNS, Pace
from airflow_provider_ldusage.exceptions import NotFoundError

USAGE = "https://ld.invalid/api/v2/usage/total-mau?from=1"
OTHER = "https://ld.invalid/api/v2/caller-identity"


class Follower:
    """A pace, and the answers that it is told."""

    def __init__(self, time: Any, seed: int = 1) -> None:
        self.time = time
        self.pace = Pace(time, Random(seed))

    def told(
        self, remaining: int, allowed: int = 1000, within: float = 6.0, kind: str = "Global", **more: Any
    ) -> float:
        """An answer; the pause before the next request."""
        self.pace.note(more.pop("url", USAGE), self.headers(remaining, allowed, within, kind), **more)
        return self.pace.pause(USAGE)[0]

    def headers(self, remaining: int, allowed: int | None, within: float, kind: str) -> dict[str, str]:
        reset = "X-Ratelimit-Auth-Token-Reset" if kind == "Auth-Token" else "X-Ratelimit-Reset"
        found = {f"X-Ratelimit-{kind}-Remaining": str(remaining), reset: str(int((self.time.now + within) * 1000))}
        return found if allowed is None else {**found, f"X-Ratelimit-{kind}-Limit": str(allowed)}


@pytest.fixture
def follower(time: Any) -> Follower:
    return Follower(time)


@pytest.mark.parametrize("kind", ["Global", "Route", "Auth-Token"])
def test_a_window_that_falls_to_the_reserve_is_waited_out(follower: Follower, kind: str) -> None:
    assert follower.told(101, kind=kind) == 0
    assert 6 <= follower.told(100, kind=kind) <= 7
    assert 6 <= follower.told(0, kind=kind) <= 7


def test_a_pause_is_due_for_all_until_it_is_over(follower: Follower, time: Any) -> None:
    pause = follower.told(3)
    time.now += pause - 2
    assert follower.pace.pause(USAGE)[0] == pytest.approx(2)
    time.now += 2 - 0.0005  # waits are measured by another clock
    assert follower.pace.pause(USAGE) == (0.0, "")


def test_time_that_has_passed_since_the_answer_is_not_waited_again(follower: Follower, time: Any) -> None:
    follower.pace.note(USAGE, follower.headers(3, 1000, 6.0, "Global"))
    time.now += 5
    assert 1 <= follower.pace.pause(USAGE)[0] <= 2
    follower.pace.note(USAGE, follower.headers(3, 1000, 6.0, "Global"))
    time.now += 60
    assert follower.pace.pause(USAGE)[0] == 0


def test_a_limit_of_unknown_size_is_waited_for_when_it_is_used_up(follower: Follower) -> None:
    for remaining, waits in ((2, False), (1, False), (0, True)):
        follower.pace.note(USAGE, follower.headers(remaining, None, 6.0, "Global"))
        assert (follower.pace.pause(USAGE)[0] > 0) is waits


def test_the_latest_of_several_resets_is_waited_for(follower: Follower) -> None:
    both = {**follower.headers(0, 1000, 3.0, "Global"), **follower.headers(0, 1000, 8.0, "Auth-Token")}
    follower.pace.note(USAGE, both)
    assert 8 <= follower.pace.pause(USAGE)[0] <= 9


def test_the_limit_of_one_route_does_not_hold_up_another(follower: Follower) -> None:
    assert follower.told(0, kind="Route", url=OTHER) == 0
    assert follower.pace.pause(OTHER)[0] > 0


@pytest.mark.parametrize("within", [-5.0, 0.0, MAX_PACE + 1, 100_000.0])
def test_a_reset_that_is_past_or_far_beyond_a_window_is_not_waited_for(follower: Follower, within: float) -> None:
    assert follower.told(0, within=within) == 0


def test_a_clock_that_is_set_back_does_not_make_a_pause_endless(follower: Follower, time: Any) -> None:
    follower.pace.note(USAGE, follower.headers(0, 1000, 6.0, "Global"))
    time.now -= 86_400
    assert follower.pace.pause(USAGE)[0] == 0


def test_processes_that_wait_for_one_reset_spread_more_for_lower_limits(time: Any) -> None:
    for allowed, latest in ((1000, 7), (50, 8), (5, 26)):
        pauses = [Follower(time, seed).told(0, allowed) for seed in range(100)]
        assert min(pauses) < 6 + (latest - 6) / 10 and latest - (latest - 6) / 10 < max(pauses) <= latest


def test_a_task_alone_uses_a_tiny_limit_to_the_reserve_without_waiting(follower: Follower) -> None:
    assert [follower.told(remaining, 5) for remaining in (4, 3, 2)] == [0, 0, 0]
    assert 6 <= follower.told(1, 5) <= 26


def test_a_task_that_sees_others_at_a_tiny_limit_takes_turns(follower: Follower, time: Any) -> None:
    assert follower.told(4, 5) == 0
    assert follower.told(2, 5) == 20  # one of the requests was somebody else's
    time.now += 20
    assert follower.told(4, 5) == 0  # it was alone in this window


def test_after_a_refusal_by_a_tiny_limit_several_turns_are_taken(follower: Follower, time: Any) -> None:
    assert follower.told(0, 5, refused=True) == 0  # a 429 has a wait of its own
    for _ in range(TURNS):
        time.now += 20
        assert follower.told(4, 5) == 20
    time.now += 20
    assert follower.told(4, 5) == 0


def test_a_large_limit_asks_for_no_turns(follower: Follower) -> None:
    assert follower.told(999) == 0 and follower.told(400) == 0
    assert follower.told(0, refused=True) == 0 and follower.told(999) == 0


def test_who_sees_others_spreads_its_requests_over_the_window(follower: Follower, time: Any) -> None:
    pauses = []
    for remaining in (60, 30, 12):
        follower.pace.begin()
        pauses.append(follower.told(remaining, 100, 9.0))
        follower.pace.end()
    assert 0.05 < pauses[0] < pauses[1] < pauses[2] and pauses[2] <= 9 + 1
    time.now += 60  # nobody else any more
    follower.pace.begin()
    assert follower.told(99, 100, 9.0) == 0


def test_all_who_share_a_limit_keep_the_same_gaps(time: Any) -> None:
    gaps = []
    for answered in (1, 20):  # whoever has asked more does not slow down the others
        follower = Follower(time, 3)
        for number in range(answered):
            follower.told(60 - number, 100, 9.0)
        follower.pace.begin()
        gaps.append(max(follower.told(30, 100, 9.0) for _ in range(50)))
    assert gaps[0] == pytest.approx(gaps[1], rel=0.1)


def test_in_flight_are_few_at_first_and_fewer_when_little_is_left(time: Any) -> None:
    pace, follower = Pace(time, Random(1), 8), Follower(time)

    def room() -> int:
        count = 0
        while not pace.is_full(USAGE):
            pace.begin()
            count += 1
        for _ in range(count):
            pace.end()
        return count

    assert room() == 1  # nothing is known yet
    found = []
    for remaining in (999, 998, 997, 996, 995, 994, 993, 992, 160, 125, 105):
        pace.note(USAGE, follower.headers(remaining, 1000, 9.0, "Global"))
        found.append(room())
    assert found == [2, 3, 4, 5, 6, 7, 8, 8, 6, 2, 1]
    pace.note(USAGE, follower.headers(29, 29, 9.0, "Route"))
    assert room() == 1  # a scarce limit


def test_without_headers_one_more_is_in_flight_after_many_answers(time: Any) -> None:
    pace = Pace(time, Random(1), 8)
    for _ in range(CAREFUL + 1):
        assert not pace.is_full(USAGE)
        pace.note(USAGE, {})
    pace.begin()
    assert not pace.is_full(USAGE)
    pace.note(USAGE, {}, refused=True)
    assert pace.is_full(USAGE)
    for _ in range(CAREFUL + 1):
        pace.note(USAGE, {})
    assert pace.is_full(USAGE)  # it takes twice as many now


def test_nothing_is_sent_while_a_refused_request_waits(follower: Follower) -> None:
    follower.pace.hold("a")
    follower.pace.hold("b")
    follower.pace.release("a")
    assert follower.pace.is_full(USAGE)
    follower.pace.release("b")
    assert not follower.pace.is_full(USAGE)


def test_keeping_pace_does_not_count_towards_max_wait(server: Any, connect: Any, time: Any) -> None:
    client = connect(max_wait=0)
    for _ in range(30):
        client._pace.note(f"{server.url}/api/v2/usage/total-mau", Follower(time).headers(0, 1000, 9.0, "Global"))
        if not server.script:
            server.answers({})
        client.get("/api/v2/usage/total-mau")
    assert client.stats.paced == client.stats.waited == sum(time.slept) > 270
    assert client.stats.requests == 30 and client.stats.limited == 0


def test_a_window_that_is_used_up_is_waited_for_before_the_next_request(server: Any, connect: Any, time: Any) -> None:
    client = connect(max_wait=0)
    reset = str(int((time.now + 6) * 1000))
    server.answers({}, headers={"X-Ratelimit-Route-Remaining": "0", "X-Ratelimit-Reset": reset})
    server.answers({}, headers={"X-Ratelimit-Route-Remaining": "4", "X-Ratelimit-Reset": reset})
    client.get("/api/v2/usage/total-mau")
    assert not time.slept  # the last request of a task waits for nothing
    client.get("/api/v2/usage/total-mau")
    client.get("/api/v2/usage/total-mau")
    assert len(time.slept) == 1 and 6 <= time.slept[0] <= 7 and client.stats.waited == time.slept[0]


def test_errors_tell_of_limits_too(server: Any, client: Any, time: Any) -> None:
    server.answers({}, status=404, headers=Follower(time).headers(0, 1000, 5.0, "Global"))
    server.answers({})
    with pytest.raises(NotFoundError):
        client.get("/api/v2/usage/total-mau")
    client.get("/api/v2/usage/total-mau")
    assert 5 <= client.stats.paced <= 6
