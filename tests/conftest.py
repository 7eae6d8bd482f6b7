"""A throw-away Airflow for the tests that need one. Nothing is imported here that imports Airflow."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader
from tests.memory import folder_in_memory
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


# Folders whose modules share an Airflow, the longer one first.
AIRFLOWS = ("tests/system/servers/", "tests/system/")


def _scope(nodeid: str) -> str:
    """The module of a test, or the folder whose modules share an Airflow."""
    return next((folder for folder in AIRFLOWS if nodeid.startswith(folder)), nodeid.split("::")[0])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first, so that none is left to one process in the end."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_scope(item.nodeid) not in AIRFLOWS, item.path not in long))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each scope runs in one process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid)

    config.option.loadscopereorder = False  # which would put modules of many small tests first
    return ByModule(config, log)


# Whose subject is what outlasts a crash.
SYNCING = {"lake", "reliability", "stores"}


@pytest.fixture(autouse=True, scope="module")
def _without_syncing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Elsewhere nothing crashes, and to wait for a disk that others use takes longer than the tests themselves."""
    if SYNCING & set(request.path.parts):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder of this test, in memory where there is enough."""
    with folder_in_memory() as folder:
        yield folder


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


@pytest.fixture
def one_day_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check ``gaps`` is content with short histories; :mod:`tests.checks.test_gaps` has long ones."""
    from airflow_provider_ldusage.checks import gaps

    monkeypatch.setattr(gaps, "EVIDENCE", 1)
