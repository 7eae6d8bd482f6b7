"""How rarely the collector walks all objects during loads, and that it is left as it was found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.collector import RARE, rare_full_collections

THRESHOLDS = st.tuples(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**6))


@contextmanager
def collector(*thresholds: int) -> Iterator[None]:
    """What the host has set."""
    before, enabled = gc.get_threshold(), gc.isenabled()
    gc.set_threshold(*thresholds)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        (gc.enable if enabled else gc.disable)()


@pytest.fixture(autouse=True)
def default() -> Iterator[None]:
    with collector(700, 10, 10):
        yield


def test_all_objects_are_walked_rarely_and_young_ones_as_before() -> None:
    with rare_full_collections():
        assert gc.get_threshold() == (700, 10, RARE)
    assert gc.get_threshold() == (700, 10, 10)


def full_collections() -> int:
    """How often all objects are walked while a process makes many that stay, as imports do."""
    gc.collect()
    before = gc.get_stats()
    stays: list[list[int]] = [[] for _ in range(len(gc.get_objects()) + 100_000)]
    after = gc.get_stats()
    assert len(stays) and after[0]["collections"] > before[0]["collections"]
    return int(after[2]["collections"] - before[2]["collections"])


def test_objects_that_stay_do_not_have_all_of_them_walked() -> None:
    assert full_collections() > 0
    gc.collect()
    with rare_full_collections():
        assert full_collections() == 0


def test_the_collector_is_left_as_found_after_an_error() -> None:
    with suppress(ZeroDivisionError), rare_full_collections():
        raise ZeroDivisionError
    assert gc.get_threshold() == (700, 10, 10)


@given(THRESHOLDS)
def test_whatever_the_host_has_set_comes_back(thresholds: tuple[int, int, int]) -> None:
    with collector(*thresholds):
        with rare_full_collections():
            assert gc.get_threshold() == (*thresholds[:2], max(RARE, thresholds[2]))
        assert gc.get_threshold() == thresholds


@given(THRESHOLDS, THRESHOLDS)
def test_what_the_host_sets_in_the_meantime_stays(
    before: tuple[int, int, int], meanwhile: tuple[int, int, int]
) -> None:
    with collector(*before):
        with rare_full_collections():
            gc.set_threshold(*meanwhile)
        assert gc.get_threshold()[:2] == meanwhile[:2]
        assert meanwhile[2] == RARE or gc.get_threshold() == meanwhile


def test_a_host_that_sets_the_first_threshold_alone_gets_its_third_back() -> None:
    with rare_full_collections():
        gc.set_threshold(50_000)
    assert gc.get_threshold() == (50_000, 10, 10)


def test_collection_is_neither_turned_off_nor_on() -> None:
    assert gc.isenabled()
    with rare_full_collections():
        assert gc.isenabled()
    gc.disable()
    with rare_full_collections():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_objects_that_the_host_has_frozen_stay_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with rare_full_collections():
            pass
        # Frozen objects may be released by other threads, so the count may fall a little.
        assert frozen > gc.get_freeze_count() - 1 > 0.9 * frozen
    finally:
        gc.unfreeze()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30))
def test_overlapping_blocks_restore_once_the_last_has_ended(steps: list[tuple[bool, int]]) -> None:
    """Each step begins a block or ends one of those under way, in any order, as generators and threads do."""
    under_way: list[ExitStack] = []
    for begins, which in steps:
        if begins:
            under_way.append(ExitStack())
            under_way[-1].enter_context(rare_full_collections())
        elif under_way:
            under_way.pop(which % len(under_way)).close()
        assert gc.get_threshold() == (700, 10, RARE if under_way else 10)
    for block in under_way:
        block.close()
    assert gc.get_threshold() == (700, 10, 10)


def test_a_generator_that_is_dropped_within_a_block_ends_it() -> None:
    def generator() -> Iterator[int]:
        with rare_full_collections():
            yield 1

    dropped = generator()
    assert next(dropped) == 1
    assert gc.get_threshold() == (700, 10, RARE)
    del dropped
    assert gc.get_threshold() == (700, 10, 10)


def test_a_decorated_function_is_one_block_for_each_call() -> None:
    @rare_full_collections()
    def recursive(depth: int) -> list[int]:
        return [gc.get_threshold()[2], *(recursive(depth - 1) if depth else [])]

    for _ in range(2):
        assert recursive(2) == [RARE] * 3
        assert gc.get_threshold() == (700, 10, 10)


def test_threads_that_begin_and_end_as_they_like_leave_it_as_found() -> None:
    seen: set[int] = set()
    together = Barrier(8)

    def often() -> None:
        together.wait()
        for _ in range(200):
            with suppress(KeyError), rare_full_collections():
                seen.add(gc.get_threshold()[2])
                with rare_full_collections():
                    seen.add(gc.get_threshold()[2])
                raise KeyError

    threads = [Thread(target=often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {RARE}
    assert gc.get_threshold() == (700, 10, 10)
