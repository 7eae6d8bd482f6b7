"""Workers that have loaded and then fork: what a filesystem keeps (threads, connections) is not there in the child."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]


def in_a_fork(work: Callable[[], object]) -> str:
    """What went wrong in a child of this process; nothing if all went well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
            told = ""
        except BaseException:
            told = traceback.format_exc()
        os.write(writing, told.encode()[-60_000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as found:
        said = found.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_load_after_a_fork_opens_its_store_anew(lake: Any, load: Any, simulator: Any) -> None:
    def again(metric: str) -> None:
        report = load(lake.destination, metric=metric, lookback=0)
        assert report["rows"] and report["skipped"] is None

    again("vega_ai")
    assert in_a_fork(lambda: again("vega_ai")) == ""
    assert in_a_fork(lambda: (again("ai_runs"), again("ai_runs"), in_a_fork_of_its_own(again))) == ""
    again("service_connections")
    tables = {name.split("/")[0] for name in lake.files()} - {"_ldusage"}
    assert {name.split("_incremental")[0] for name in tables} >= {"vega_ai", "ai_runs", "service_connections"}


def in_a_fork_of_its_own(again: Callable[[str], None]) -> None:
    """As a worker of a worker."""
    assert in_a_fork(lambda: again("ai_runs")) == ""
