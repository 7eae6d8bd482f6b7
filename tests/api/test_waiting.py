"""Waits of several threads: how they are counted, and what ends them."""

from __future__ import annotations

import threading
import time
from contextvars import copy_context

import pytest

from airflow_provider_ldusage.api.waiting import STOP, Overlap, Stopped, Waits, check_needed, sleep_while_needed


def test_waits_that_overlap_count_once() -> None:
    overlap = Overlap()
    assert overlap.begin(100.0, 10.0) == 10.0
    assert overlap.begin(102.0, 5.0) == 0.0  # within the first
    assert overlap.more(104.0, 9.0) == 3.0
    assert overlap.begin(104.0, 9.0) == 3.0  # it lasts longer
    for _ in range(3):
        overlap.end()


def test_waits_one_after_the_other_count_each() -> None:
    overlap = Overlap()
    for _ in range(3):  # at one moment: the clock of a test may stand still
        assert overlap.begin(100.0, 10.0) == 10.0
        overlap.end()


def test_a_wait_is_counted_before_it_ends() -> None:
    counted: list[float] = []
    slept: list[float] = []
    Waits(slept.append, lambda: 100.0).wait(7.0, counted.append)
    assert counted == slept == [7.0]


def test_a_wait_ends_when_its_answer_is_not_needed() -> None:
    stop, ended = threading.Event(), []

    def wait() -> None:
        STOP.set(stop)
        try:
            Waits(sleep_while_needed, time.time).wait(30.0, lambda _: None)
        except Stopped:
            ended.append(True)

    thread = threading.Thread(target=copy_context().run, args=(wait,))
    thread.start()
    stop.set()
    thread.join(5)
    assert ended == [True]


def test_what_no_flight_asks_is_always_needed() -> None:
    check_needed()
    context = copy_context()
    context.run(STOP.set, threading.Event())
    context.run(check_needed)
    context.run(STOP.get).set()
    with pytest.raises(Stopped):
        context.run(check_needed)
