"""The morning on which the tests of ``lake_health`` look at a lake."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.insight.health.lake_health import MORNING
from tests.loading import Loader


@pytest.fixture
def load(simulator: Simulator, tmp_path: Path) -> Loader:
    """It is the morning of the twelfth."""
    simulator.now = MORNING
    return Loader(simulator, tmp_path / "lake")
