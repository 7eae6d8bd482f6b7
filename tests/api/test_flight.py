"""Questions that are asked together: order, bounds, refusals, and threads that end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.api.flight import AHEAD, Flight
from airflow_provider_ldusage.api.waiting import STOP, Stopped, check_needed
from tests.api.at_once import AtOnce


class Trouble(Exception):
    """What asking raises."""


def nothing() -> None:
    """No connection to break, and nobody to wake."""


def flight(ask: Any, questions: Any, bound: int = 4, **more: Any) -> Flight[Any, Any]:
    return Flight(ask, questions, bound, **{"wake": nothing, "hang_up": nothing, **more})


def taken(ask: Any, questions: Any, bound: int = 4, **more: Any) -> tuple[list[Any], str | None]:
    """The answers, and the error that ended them."""
    answers = []
    try:
        with flight(ask, questions, bound, **more) as found:
            for question, answer in found:
                answers.append((question, answer))
    except Trouble as error:
        return answers, str(error)
    return answers, None


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@settings(max_examples=50, deadline=None)
@given(
    delays=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.003]), max_size=25),
    failing=st.sets(st.integers(0, 24), max_size=3),
    bound=st.integers(1, 6),
    broken_after=st.none() | st.integers(0, 24),
)
def test_it_gives_and_raises_what_one_after_the_other_would(
    delays: list[float], failing: set[int], bound: int, broken_after: int | None
) -> None:
    def ask(question: int) -> int:
        time.sleep(delays[question])
        if question in failing:
            raise Trouble(f"question {question}")
        return question * 10

    def questions() -> Iterator[int]:
        for number in range(len(delays)):
            if number == broken_after:
                raise Trouble("no more questions")
            yield number

    assert taken(ask, questions(), bound) == taken(ask, questions(), 1)
    assert not [each for each in threading.enumerate() if each.name == "launchdarkly"]


@pytest.mark.parametrize("failing", [None, 0])
@pytest.mark.parametrize("broken_after", [0, 1, 2])
def test_answers_come_before_an_error_of_the_questions(broken_after: int, failing: int | None) -> None:
    """Also where there is but one question before it, which needs no thread."""

    def ask(question: int) -> int:
        if question == failing:
            raise Trouble(f"question {question}")
        return question

    def questions() -> Iterator[int]:
        yield from range(broken_after)
        raise Trouble("no more questions")

    alone = taken(ask, questions(), 1)
    assert taken(ask, questions()) == alone
    assert alone[1] == ("question 0" if failing == 0 < broken_after else "no more questions")


def test_questions_and_answers_in_memory_are_bounded() -> None:
    begun, release = [], threading.Event()

    def questions() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            yield number

    def ask(question: int) -> int:
        if question == 0:
            release.wait(5)
        return question

    with flight(ask, questions(), 3) as found:
        answers = iter(found)
        threading.Timer(0.1, release.set).start()
        assert next(answers) == (0, 0) and len(begun) == AHEAD * 3


def test_no_more_are_asked_at_once_than_the_bound() -> None:
    asking = AtOnce()

    def ask(question: int) -> None:
        with asking:
            time.sleep(0.002)

    assert len(taken(ask, range(40), 5)[0]) == 40 and 2 <= asking.most <= 5


@pytest.mark.parametrize(("count", "bound"), [(1, 8), (3, 1)])
def test_one_at_a_time_takes_no_thread(count: int, bound: int) -> None:
    threads = [answer for _, answer in taken(lambda _: threading.current_thread(), range(count), bound)[0]]
    assert threads == [threading.main_thread()] * count


def test_after_an_error_nothing_later_is_begun() -> None:
    begun = []

    def ask(question: int) -> int:
        begun.append(question)
        if question == 2:
            raise Trouble
        while question < 2 and len(begun) < 3:
            time.sleep(0.001)
        if question > 2:
            STOP.get().wait(5)
            check_needed()
        return question

    assert taken(ask, range(100), 3)[0] == [(0, 0), (1, 1)]
    assert max(begun) <= 4


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Trouble])
def test_whatever_ends_the_caller_ends_the_threads(kind: type[BaseException]) -> None:
    hung_up, discarded, line = threading.Event(), [], threading.Condition()

    def ask(question: int) -> int:
        if question < 2:
            return question
        if question == 2:  # it waits for a response
            hung_up.wait(5)
            raise Stopped
        with line:  # it waits for its turn
            while not STOP.get().is_set():
                line.wait()
        raise Stopped

    def wake() -> None:
        with line:
            line.notify_all()

    began = time.monotonic()
    with pytest.raises(kind), flight(ask, range(9), wake=wake, hang_up=hung_up.set, discard=discarded.append) as found:
        assert next(iter(found)) == (0, 0)
        time.sleep(0.05)  # so that the second answer is there
        raise kind
    assert discarded == [1]
    assert time.monotonic() - began < 3


def test_each_thread_knows_the_context_of_its_caller() -> None:
    from contextvars import ContextVar

    name: ContextVar[str] = ContextVar("name", default="none")
    name.set("the caller")
    rng = Random(1)

    def ask(_: int) -> str:
        time.sleep(rng.uniform(0, 0.001))
        return name.get()

    assert {answer for _, answer in taken(ask, range(10))[0]} == {"the caller"}


def test_who_cannot_be_stopped_is_left_to_itself(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A connection of another library cannot be broken. A killed task must end all the same."""
    monkeypatch.setattr("airflow_provider_ldusage.api.flight.PATIENCE", 0.2)
    release, discarded = threading.Event(), []

    def ask(question: int) -> int:
        if question:
            release.wait(10)
        return question

    began = time.monotonic()
    with pytest.raises(Trouble), flight(ask, range(2), discard=discarded.append) as found:
        assert next(iter(found)) == (0, 0)
        raise Trouble
    assert time.monotonic() - began < 5
    assert "1 request in flight cannot be aborted" in caplog.text and discarded == []
    left = [thread for thread in threading.enumerate() if thread.name == "launchdarkly"]
    release.set()
    for thread in left:
        thread.join(5)
    assert discarded == [1]
