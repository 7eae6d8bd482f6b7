"""What was read is kept for a while, and read by one of those who ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_ldusage.ui.cache import SECONDS, SECONDS_FAILED, ExpiringCache
from airflow_provider_ldusage.ui.problems import Problem, no_lake


class World:
    """A clock, and something to read that tells how often it was."""

    def __init__(self) -> None:
        self.now, self.reads, self.failing = 0.0, 0, False

    def read(self, key: str) -> str:
        self.reads += 1
        if self.failing:
            raise no_lake()
        return f"{key}{self.reads}"

    def cache(self) -> ExpiringCache[str, str]:
        return ExpiringCache(self.read, lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


def test_a_value_is_kept_for_a_minute(world: World) -> None:
    cache = world.cache()
    assert cache.fresh("a") is None
    assert [cache.get("a"), cache.get("a"), cache.get("b")] == ["a1", "a1", "b2"]
    world.now = SECONDS - 1
    assert (cache.fresh("a") is not None, cache.get("a")) == (True, "a1")
    world.now = SECONDS
    assert (cache.fresh("a"), cache.get("a")) == (None, "a3")


def test_a_problem_is_kept_for_a_moment(world: World) -> None:
    cache, world.failing = world.cache(), True
    for _ in range(3):
        with pytest.raises(Problem) as problem:
            cache.get("a")
    assert (world.reads, len(problem.traceback) < 10) == (1, True)
    world.now, world.failing = SECONDS_FAILED, False
    assert cache.get("a") == "a2"


def test_what_nobody_asks_for_any_more_is_forgotten(world: World) -> None:
    cache = world.cache()
    cache.get("a")
    world.now = SECONDS
    cache.get("b")
    assert list(cache._found) == ["b"]


def test_an_error_that_nobody_thought_of_is_not_kept(world: World) -> None:
    def fail(key: str) -> str:
        world.reads += 1
        raise ZeroDivisionError

    cache = ExpiringCache[str, str](fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            cache.get("a")
    assert world.reads == 2


def test_of_many_who_ask_at_once_one_reads(world: World) -> None:
    asked = threading.Barrier(9, timeout=30)
    slow = threading.Event()

    def read(key: str) -> str:
        assert slow.wait(30)
        return world.read(key)

    def ask(get: Callable[[str], str]) -> str:
        asked.wait()
        return get("a")

    with ThreadPoolExecutor(8) as pool:
        cache = ExpiringCache[str, str](read)
        waiting = [pool.submit(ask, cache.get) for _ in range(8)]
        asked.wait()
        slow.set()
        assert {each.result(30) for each in waiting} == {"a1"}
