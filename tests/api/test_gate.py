"""The gate: one for all threads of a client, in order, and shut after a refusal."""

from __future__ import annotations

import threading
import time as real_time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from airflow_provider_ldusage.api.gate import Gate, Turn
from airflow_provider_ldusage.api.pace import FIRST_IN_FLIGHT, Pace
from airflow_provider_ldusage.api.waiting import STOP, Stopped
from tests.api.test_pace import USAGE, Follower

AMPLE = 900


class Crowd:
    """Threads that pass a gate when they are told to, and leave it likewise."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.inside = gate, []
        self.threads: list[threading.Thread] = []
        self._leave: dict[str, threading.Event] = {}

    def send(self, name: str, turn: Turn | None = None, stop: threading.Event | None = None) -> Turn:
        turn = turn or Turn(USAGE)
        self._leave[name] = threading.Event()

        def run() -> None:
            if stop:
                STOP.set(stop)
            try:
                with self.gate.passing(turn):
                    self.inside.append(name)
                    self._leave[name].wait(5)
            except Stopped:
                self.inside.append(f"{name} stopped")

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        until(lambda: turn.tried)
        return turn

    def leave(self, name: str) -> None:
        self._leave[name].set()

    def end(self) -> None:
        for event in self._leave.values():
            event.set()
        for thread in self.threads:
            thread.join(5)


def until(true: Callable[[], bool]) -> None:
    deadline = real_time.monotonic() + 5
    while not true():
        assert real_time.monotonic() < deadline
        real_time.sleep(0.001)


def settled(crowd: Crowd) -> list[str]:
    """Who is inside once nobody moves any more."""
    real_time.sleep(0.05)
    return list(crowd.inside)


@pytest.fixture
def pace(time: Any) -> Pace:
    return Pace(time, Random(1), 8)


@pytest.fixture
def crowd(pace: Pace, time: Any) -> Any:
    crowd = Crowd(Gate(pace, time.sleep))
    yield crowd
    crowd.end()


def told(crowd: Crowd, time: Any, remaining: int, allowed: int = 1000, *, refused: bool = False) -> Turn:
    """An answer of LaunchDarkly."""
    turn = Turn(USAGE)
    with crowd.gate.passing(turn):
        crowd.gate.note(turn, Follower(time).headers(remaining, allowed, 6.0, "Global"), refused=refused)
    return turn


def test_few_are_let_in_at_first_and_more_with_each_answer(crowd: Crowd, time: Any) -> None:
    told(crowd, time, AMPLE)
    for number in range(6):
        crowd.send(str(number))
    assert settled(crowd) == ["0", "1"] and len(crowd.inside) == FIRST_IN_FLIGHT
    crowd.leave("0")
    until(lambda: crowd.inside == ["0", "1", "2"])  # in the order in which they came


def test_a_refused_request_is_the_next_to_be_sent(crowd: Crowd, time: Any) -> None:
    refused = told(crowd, time, 0, refused=True)
    crowd.send("other")
    assert settled(crowd) == []
    time.now += 10
    crowd.send("again", refused)
    until(lambda: crowd.inside == ["again"])
    assert settled(crowd) == ["again"]  # one at a time after a refusal
    crowd.leave("again")
    until(lambda: crowd.inside == ["again", "other"])


def test_a_refused_request_that_is_given_up_lets_others_pass(crowd: Crowd, time: Any) -> None:
    refused = told(crowd, time, 0, refused=True)
    crowd.send("other")
    assert settled(crowd) == []
    crowd.gate.leave(refused)
    until(lambda: crowd.inside == ["other"])


def test_a_pause_is_waited_once_whoever_is_behind(crowd: Crowd, time: Any) -> None:
    told(crowd, time, 3)
    for name in "abc":
        crowd.send(name)
    assert settled(crowd) == ["a", "b"] and len(time.slept) == 1 and 6 <= time.slept[0] <= 7


def test_who_is_tried_again_does_not_overtake_a_pause(pace: Pace, time: Any) -> None:
    over, waits = threading.Event(), []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        over.wait(5)

    crowd = Crowd(Gate(pace, wait))
    told(crowd, time, 3)
    crowd.send("waits")
    until(lambda: len(waits) == 1)
    again = Turn(USAGE)
    again.tried = True  # it met a server in trouble
    crowd.send("again", again)
    until(lambda: len(waits) == 2)
    assert settled(crowd) == [] and waits[0] == waits[1]
    time.now += waits[0]
    over.set()
    until(lambda: sorted(crowd.inside) == ["again", "waits"])
    crowd.end()


def test_who_is_not_needed_any_more_leaves_the_line(crowd: Crowd, time: Any) -> None:
    crowd.send("first")
    until(lambda: crowd.inside == ["first"])
    stop = threading.Event()
    crowd.send("second", stop=stop)
    crowd.send("third")
    assert settled(crowd) == ["first"]
    stop.set()
    crowd.gate.wake()
    until(lambda: crowd.inside == ["first", "second stopped"])
    crowd.leave("first")
    until(lambda: crowd.inside[-1] == "third")
