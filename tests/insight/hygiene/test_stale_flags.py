"""The argument and the reach of ``stale_flags``; ``test_hygiene.py`` has its rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.insight.hygiene.stale_flags import FIRST_RUN, StaleFlags, check_stale_after
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.testing import Simulator
from tests.insight.figures import day
from tests.insight.hygiene.conftest import morning, write
from tests.loading import Loader

PLACE: dict[str, Any] = {"project_key": "default", "environment_key": "production"}


@pytest.mark.parametrize("days", [0, -1, 366, True, 1.5, "30", None])
def test_days_that_are_no_number_of_days_are_refused(days: object) -> None:
    with pytest.raises(UsageArgumentError, match="stale_after"):
        check_stale_after(days)


def test_days_that_are_right_are_kept() -> None:
    assert [check_stale_after(days) for days in (1, 30, 365)] == [1, 30, 365]


def test_the_first_report_looks_back_some_days_and_later_ones_carry_on(simulator: Simulator, tmp_path: Path) -> None:
    load, last = Loader(simulator, tmp_path / "lake"), day("11-09")
    simulator.now = morning(last)
    arguments: dict[str, Any] = {"table": "e", "metric": "evaluations", "feature_flag_key": "page-size", **PLACE}
    load("2026-07-01", last.isoformat(), **arguments)
    tables = tables_of(load.store, with_files=False)
    reporting = Reporting(load.store, tables["e"].table.account, Silent(), simulator.now)
    reach = {after: len(StaleFlags(reporting, tables, after, last).days) for after in (30, 90, 100)}
    assert reach == {30: FIRST_RUN, 90: FIRST_RUN, 100: 100}
    write(load, morning(last) + timedelta(hours=8))
    first = last - timedelta(days=FIRST_RUN - 1)
    assert min(row["usage_date"] for row in load.rows("stale_flags")) == first.isoformat()
    simulator.now = morning(last + timedelta(days=1))
    load("2026-11-10", "2026-11-10", **arguments)
    outcome = write(load, simulator.now)
    (flags,) = (each for each in outcome.tables if each.table == "stale_flags")
    assert set(flags.commit.outcomes) == {last + timedelta(days=1)} and flags.final_through is not None
    assert {row["since"] for row in load.rows("stale_flags")} == {first}


def test_evaluations_that_come_late_change_the_days_after_them(simulator: Simulator, tmp_path: Path) -> None:
    load = Loader(simulator, tmp_path / "lake")
    simulator.now = morning(day("11-09"))
    arguments: dict[str, Any] = {"table": "e", "metric": "evaluations", "feature_flag_key": "page-size", **PLACE}
    load("2026-11-01", "2026-11-04", **arguments)
    load("2026-11-06", "2026-11-09", **arguments)
    write(load, simulator.now)
    assert {row["since"] for row in load.rows("stale_flags")} == {day("11-01"), day("11-06")}
    simulator.now += timedelta(days=1)
    load("2026-11-05", "2026-11-05", **arguments)
    write(load, simulator.now)
    assert {row["since"] for row in load.rows("stale_flags")} == {day("11-01")}
