"""A short soak on each store: two tables of two DAGs each, which are killed, run at once, and race each other."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.soak import stores
from tests.soak.events import Pair, Scenario, Step
from tests.soak.plan import scenario
from tests.soak.runner import play_at

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(120)]

SEED, DAYS, DAGS = 114, 10, ("shared_evaluations", "shared_sdks")
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The loads warn of what the scenario does to them."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def played() -> Scenario:
    return scenario(SEED, DAYS, DAGS)


def check(played: Scenario, place: stores.Place) -> None:
    outcome = play_at(played, place)
    assert not outcome.differences, "\n".join([str(outcome), *outcome.differences])
    assert (outcome.days, outcome.killed > 0, outcome.raced > 0) == (played.days, True, True)


def test_the_scenario_has_all_that_it_is_for(played: Scenario) -> None:
    pairs = [event for event in played.events if isinstance(event, Pair)]
    assert {pair.order for pair in pairs} == {"older last", "newer last", "race"}
    assert any(pair.older.load.lookback != pair.newer.load.lookback for pair in pairs)
    assert any(isinstance(event, Step) and event.kill for event in played.events)
    assert played.days >= 9


def test_the_lake_holds_what_the_rules_say(played: Scenario, lake: Any) -> None:
    from airflow_provider_ldusage.operators.destination import open_store

    store = open_store(lake.destination)
    check(played, stores.Place(lake.kind.scheme, store.fs, store.root, store.uri))


def test_so_does_local_disk(played: Scenario) -> None:
    folder = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None  # syncing costs nothing there
    with (
        tempfile.TemporaryDirectory(prefix="ldusage-soak-", dir=folder) as name,
        stores.place("disk", Path(name)) as place,
    ):
        check(played, place)
