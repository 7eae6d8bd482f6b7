"""A throw-away Airflow for the tests that need one. Nothing is imported here that imports Airflow."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader
from tests.scenarios.runs import Runs

# How long an example takes says nothing on a machine that is busy.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

# Airflow reads its configuration when it is first imported, so this stands before any test module.
_HOME = Path(tempfile.mkdtemp(prefix="ldusage-airflow-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[_name]
os.environ.update(
    AIRFLOW_HOME=str(_HOME),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(Path(__file__).parent.parent / "dags_examples"),
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{_HOME}/airflow.db",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    NO_PROXY="*",
    no_proxy="*",
)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds the package, the examples and the docs."""
    return Path(__file__).parent.parent


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """An account as it was on 12 November 2026, 09:30 UTC."""
    with Simulator(now=NOW) as running:
        yield running


@pytest.fixture
def loader(simulator: Simulator, tmp_path: Path) -> Loader:
    """Loads from that account into a lake of its own."""
    return Loader(simulator, tmp_path / "lake")


@pytest.fixture
def runs(loader: Loader) -> Runs:
    """Runs of a daily DAG on that account."""
    return Runs(loader.simulator, loader.lake)
