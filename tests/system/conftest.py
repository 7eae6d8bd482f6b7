"""One Airflow for all tests of this folder, since it takes longer to make one than to run a DAG in it.

Each test uses DAGs, a lake and a simulator of its own; the connection and the Variables are in the environment of the
command that is run. The tests that need servers share these too, and if tests run in several processes, have an Airflow
of their own: see ``servers/``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.memory import folder_in_memory
from tests.system.installation import Airflow

HERE = Path(__file__).parent


def before_midnight(minutes: int) -> datetime:
    """The present, at least so long before midnight UTC: else midnight is waited for. So all tests see one day."""
    now = datetime.now(timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if midnight - now < timedelta(minutes=minutes):
        time.sleep((midnight - now).total_seconds() + 1)
    return datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def now() -> datetime:
    """When a module's tests begin."""
    return before_midnight(10)


@pytest.fixture(scope="session")
def home() -> Iterator[Airflow]:
    """A migrated Airflow home over the DAGs of this folder. Its servers, if started, are stopped at the end."""
    with folder_in_memory() as folder:
        found = Airflow(folder, HERE / "dags")
        found.cli("db", "migrate")
        found.cli("pools", "set", "one_slot", "1", "for the DAGs about deferral")
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture(scope="module")
def lake() -> Iterator[Path]:
    """For a module's DAGs."""
    with folder_in_memory() as folder:
        yield folder / "launchdarkly"


@pytest.fixture(scope="module")
def airflow(home: Airflow) -> Iterator[Airflow]:
    """The Airflow of all modules, with an environment that this module may change."""
    before = dict(home.environment)
    yield home
    home.environment = before
