"""Three hundred simulated days and more, on every store that runs here. ``make soak`` plays as many as you like."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak import stores
from tests.soak.dags import GROUPS
from tests.soak.events import HARMS, Drop, Harm, Loss, Pair
from tests.soak.plan import scenario
from tests.soak.runner import Outcome, play

SCENARIOS = [
    # seed, days, DAGs, store
    (1, 40, ("connections", "mapped", "export", "sdks"), "memory"),
    (2, 30, ("shared", "export_today", "sdks_few"), "disk"),
    (3, 40, ("mau_london", "evaluations_overwriting", "environments", "monthly", "changing_mau"), "memory"),
    (4, 25, ("shared_mau", "shared_evaluations", "hasty"), "disk"),
    (5, 40, ("every_31_hours", "every_five_days", "every_24_hours", "failing", "failing_sdks"), "memory"),
    (6, 440, ("mapped",), "memory"),  # a pause that is longer than loads go back
    (7, 6, ("hourly", "today"), "memory"),
    (29, 40, ("export_at_once", "evaluations", "changing", "patient", "partitions"), "memory"),
    (9, 14, ("shared_export", "shared_sdks", "mau"), "disk"),
    (10, 12, ("mau_today",), "memory"),
    (14, 12, ("connections", "export_at_once"), "s3"),
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of loads warn of what a scenario does to them."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "days", "dags", "store"), SCENARIOS)
def test_the_lake_holds_what_the_rules_say(
    seed: int, days: int, dags: tuple[str, ...], store: str, memory: Path
) -> None:
    if store not in stores.names():
        pytest.skip("moto and s3fs are not installed")
    outcome: Outcome = play(scenario(seed, days, dags), store, memory)
    assert not outcome.differences, "\n".join([str(outcome), *outcome.differences])
    assert outcome.loads > 30
    assert outcome.compared > 100


def test_that_makes_three_hundred_days_of_every_dag() -> None:
    played = [scenario(seed, days, dags) for seed, days, dags, _ in SCENARIOS]
    assert sum(one.days for one in played) >= 300
    assert {dag.name for one in played for dag in one.dags} == {dag.name for group in GROUPS for dag in group}


def test_everything_happens_that_a_soak_is_for() -> None:
    events = [event for seed, days, dags, _ in SCENARIOS for event in scenario(seed, days, dags).events]
    pairs = [event for event in events if isinstance(event, Pair)]
    assert {pair.order for pair in pairs} == {"older last", "newer last", "race"}
    assert any(pair.older.load.lookback != pair.newer.load.lookback for pair in pairs)
    assert {event.how for event in events if isinstance(event, Harm)} == set(HARMS)
    assert {Drop, Loss} <= {type(event) for event in events}
