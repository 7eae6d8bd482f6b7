"""Keys from outside can leave neither the API's path nor the table's folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import NotFoundError, UsageArgumentError
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import NOW, Loader

HOSTILE = [
    "a/b",
    "../../etc",
    "..",
    ".",
    "%2f",
    "%2e%2e%2f",
    "a\nb",
    "a\r\nX-Header: 1",
    "ключ",
    "a b",
    "?x=1",
    "#",
    "\\",
    "a\x00b",
]


def evaluate(sim: Simulator, lake: Path, flag: str) -> None:
    query = UsageQuery.build("evaluations", project_key="default", environment_key="production", feature_flag_key=flag)
    days = RunWindow.of_days(Window(date(2026, 11, 10), date(2026, 11, 12)))
    Loader(sim, lake).load(days, query=query, options=LoadOptions(lookback=0))


def check(sim: Simulator, lake: Path, flag: str) -> None:
    """Ask for a flag that does not exist, then, as if it did, store what is answered for it."""
    sim.clear_requests()
    try:
        evaluate(sim, lake, flag)
    except NotFoundError:
        pass
    except UsageArgumentError:
        assert not [request for request in sim.requests if "evaluations" in request.path]
        return
    answer = {"metadata": [{"key": True}], "series": [{"time": 1794268800000, "0": 1}]}
    sim.fail(200, body=answer, path="/evaluations/", times=1)
    evaluate(sim, lake, flag)
    sim.clear_faults()
    prefix = "/api/v2/usage/evaluations/default/production/"
    for request in sim.requests:
        if "evaluations" in request.path:
            assert request.path.startswith(prefix)
            tail = request.path.removeprefix(prefix)
            assert "/" not in tail and unquote(tail) == flag
            assert {name for name, _ in request.query} == {"from", "to", "tz"}


@pytest.mark.parametrize("flag", HOSTILE)
def test_a_hostile_flag_key_stays_one_segment_and_one_file(flag: str, tmp_path: Path) -> None:
    with Simulator(now=NOW) as sim:
        check(sim, tmp_path / "a" / "lake", flag)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.parts[:2] == ("a", "lake") for path in files)
    for path in files:
        assert path.parts[2] in ("t", "_ldusage")
        assert path.parts[2] != "t" or (len(path.parts) == 5 and path.suffix == ".parquet")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flag=st.text(min_size=1, max_size=40))
def test_no_key_at_all_leaves_its_place(flag: str, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with Simulator(now=NOW) as sim:
        check(sim, lake, flag)
    assert {path.name for path in tmp_path.iterdir()} <= {"lake"}
    if lake.exists():
        assert {path.name for path in lake.iterdir()} <= {"t", "_ldusage"}
