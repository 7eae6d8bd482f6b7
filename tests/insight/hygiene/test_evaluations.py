"""What tables of evaluations tell, however they are sliced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.insight.hygiene.evaluations import flag_slices
from airflow_provider_ldusage.insight.hygiene.flag_days import AskedFor
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.testing import Simulator
from tests.insight.figures import day
from tests.insight.hygiene.conftest import EMPTY
from tests.loading import Loader

PLACE: dict[str, Any] = {"project_key": "default", "environment_key": "production"}
DAY = day("11-10")


@pytest.mark.parametrize(
    ("flags", "asked"),
    [("kill-switch", {"kill-switch"}), (["kill-switch", "page-size"], {"kill-switch", "page-size"})],
    ids=["one flag", "several"],
)
def test_flags_that_were_named_were_asked_for(
    simulator: Simulator, tmp_path: Path, flags: Any, asked: set[str]
) -> None:
    load = Loader(simulator, tmp_path / "lake")
    simulator.fail(status=200, body=EMPTY, path="/evaluations/default/production/kill-switch", times=10)
    load("2026-11-10", "2026-11-10", table="t", metric="evaluations", feature_flag_key=flags, **PLACE)
    (found,) = flag_slices(tables := tables_of(load.store), tables["t"].table.account)
    told = found.read(load.store, [DAY, day("11-11")])
    assert told == {DAY: AskedFor(("default", "production"), asked, asked - {"kill-switch"})}
    assert found.open_from is None  # with lookback=0, days are final at once


def test_of_every_flag_those_that_were_listed_were_asked_for(simulator: Simulator, tmp_path: Path) -> None:
    load = Loader(simulator, tmp_path / "lake")
    load("2026-11-10", "2026-11-10", table="t", metric="evaluations", **PLACE)
    (found,) = flag_slices(tables := tables_of(load.store), tables["t"].table.account)
    told = found.read(load.store, [DAY])[DAY]
    assert told.asked is not None and told.asked >= {"kill-switch", "page-size", "old-banner"}
    assert set(told.evaluated) <= set(told.asked)


def test_another_account_and_other_metrics_are_left_out(simulator: Simulator, tmp_path: Path) -> None:
    load = Loader(simulator, tmp_path / "lake")
    load("2026-11-10", "2026-11-10", table="t", metric="evaluations", feature_flag_key="page-size", **PLACE)
    load("2026-11-10", "2026-11-10", table="runs", metric="ai_runs")
    tables = tables_of(load.store)
    assert [each.table.name for each in flag_slices(tables, tables["t"].table.account)] == ["t"]
    assert flag_slices(tables, {"id": "other", "host": "x"}) == []
