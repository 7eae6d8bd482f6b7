"""Three hundred simulated days and more, on every store that runs here. ``make soak`` plays as many as you like."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from soak import stores
from soak.plan import scenario
from soak.runner import Outcome, play

SHARED_MEMORY = Path("/dev/shm")
SCENARIOS = [
    # seed, days, DAGs (None: the seed chooses), store
    (1, 60, None, "memory"),
    (2, 40, None, "disk"),
    (3, 60, None, "memory"),
    (4, 30, None, "disk"),
    (5, 60, None, "memory"),
    (6, 440, ("mapped",), "memory"),  # a pause that is longer than loads go back
    (14, 14, ("connections", "export_at_once"), "s3"),
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of loads warn of what a scenario does to them."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where syncing costs nothing, if there is such a place."""
    if not SHARED_MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="ldusage-soak-", dir=SHARED_MEMORY) as name:
        yield Path(name)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "days", "dags", "store"), SCENARIOS)
def test_the_lake_holds_what_the_rules_say(
    seed: int, days: int, dags: tuple[str, ...] | None, store: str, folder: Path
) -> None:
    if store not in stores.names():
        pytest.skip("moto and s3fs are not installed")
    outcome: Outcome = play(scenario(seed, days, dags), store, folder)
    assert not outcome.differences, "\n".join([str(outcome), *outcome.differences])
    assert outcome.loads > 30
    assert outcome.compared > 300


def test_that_makes_three_hundred_days() -> None:
    assert sum(scenario(seed, days, dags).days for seed, days, dags, _ in SCENARIOS) >= 300
