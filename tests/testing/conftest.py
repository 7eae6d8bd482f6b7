from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
from tests.testing.asking import NOW, Api


@pytest.fixture(scope="session")
def _serving() -> Iterator[Simulator]:
    with Simulator(now=NOW) as simulator:
        yield simulator


@pytest.fixture
def sim(_serving: Simulator) -> Simulator:
    """A simulator as it was made: on 20 November 2026 at 10:30, with the default switches."""
    _serving.now = NOW
    _serving.switches = Switches()
    _serving.clear_faults()
    _serving.restore()
    _serving.clear_requests()
    return _serving


@pytest.fixture
def api(sim: Simulator) -> Api:
    return Api(sim)


@pytest.fixture
def api_of() -> Callable[[Simulator], Api]:
    return Api


@pytest.fixture
def model() -> Simulator:
    """A simulator that is asked without HTTP."""
    return Simulator(now=NOW)
