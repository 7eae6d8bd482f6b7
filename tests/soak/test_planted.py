"""Faults planted into the package: a short soak has to see each, and sees nothing where there is none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.soak import plants
from tests.soak.plan import scenario
from tests.soak.runner import play

Plant = Callable[[pytest.MonkeyPatch], None]

pytestmark = pytest.mark.slow

PLANTED: list[tuple[Plant, int, int, str]] = [
    # fault, and a soak that sees it: seed, days and DAG
    # finality
    (plants.final_once_over, 102, 25, "partitions"),
    (plants.left_days_are_final, 103, 25, "export"),
    (plants.missing_days_are_forgotten, 102, 25, "sdks"),
    (plants.no_lookback_no_going_back, 100, 10, "export_at_once"),
    (plants.never_given_up, 103, 75, "sdks"),
    (plants.noted_before_stored, 101, 60, "changing"),
    (plants.refused_days_are_given_up, 131, 70, "mapped"),
    (plants.refused_ranges_are_left, 131, 70, "mapped"),
    (plants.the_earliest_first, 104, 60, "sdks_few"),
    (plants.gaps_are_overlooked, 100, 45, "patient"),
    (plants.refused_days_are_tried_at_once, 131, 70, "mapped"),
    (plants.whatever_another_was_content_with, 101, 15, "shared"),
    # clocks
    (plants.own_clock, 103, 25, "patient"),
    (plants.gone_back_by_own_clock, 101, 45, "sdks_few"),
    (plants.last_put_wins, 101, 25, "connections"),
    (plants.unchanged_days_do_not_count, 105, 25, "partitions"),
    # merging
    (plants.unlisted_rows_go, 103, 25, "evaluations"),
    (plants.empty_answers_are_believed, 103, 25, "sdks"),
    (plants.nothing_is_overwritten, 100, 25, "evaluations_overwriting"),
    # tiling
    (plants.the_day_before, 100, 45, "changing"),
    (plants.one_day_short, 100, 45, "changing"),
    (plants.local_days, 105, 25, "mau_london"),
    (plants.no_open_day, 103, 10, "export_today"),
    # and others
    (plants.damaged_state_is_believed, 102, 25, "changing"),
    (plants.usage_is_lost_without_a_word, 131, 25, "failing"),
    (plants.another_tables_state, 100, 25, "mau"),
    (plants.refusals_fail_the_run, 100, 45, "patient"),
    (plants.backfills_are_followed, 102, 25, "connections"),
    (plants.lists_skip_after_midnight, 104, 25, "environments"),
]
SOAKS = sorted({(seed, days, dag) for _, seed, days, dag in PLANTED})


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(("plant", "seed", "days", "dag"), PLANTED, ids=lambda value: getattr(value, "__name__", None))
def test_a_planted_fault_is_seen(
    plant: Plant, seed: int, days: int, dag: str, monkeypatch: pytest.MonkeyPatch, memory: Path
) -> None:
    plant(monkeypatch)
    assert play(scenario(seed, days, (dag,)), "memory", memory, enough=1).differences


@pytest.mark.parametrize(("seed", "days", "dag"), SOAKS)
def test_the_same_soak_sees_nothing_where_nothing_is_planted(seed: int, days: int, dag: str, memory: Path) -> None:
    outcome = play(scenario(seed, days, (dag,)), "memory", memory)
    assert not outcome.differences, "\n".join([str(outcome), *outcome.differences])
