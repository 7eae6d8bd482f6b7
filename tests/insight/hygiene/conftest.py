"""A lake with SDK lists and evaluations, loaded day by day."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.hygiene.hygiene import Hygiene, HygieneOutcome
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.inventory import tables_of
from airflow_provider_ldusage.testing import Simulator
from tests.insight.lakes import ReportLake, readings
from tests.loading import Loader

FIRST, CUT, LAST = date(2026, 10, 28), date(2026, 11, 6), date(2026, 11, 10)
STALE_AFTER = 5
EMPTY = {"_links": {}, "metadata": [], "series": []}
PLACES = {"default": "production", "mobile-app": "production"}
GAP = date(2026, 11, 3)
"""A day on which the evaluations of one project are not loaded."""


def morning(day: date) -> datetime:
    """When a day is loaded: the morning after."""
    return datetime.combine(day + timedelta(days=1), time(5), timezone.utc)


def load_day(load: Loader, day: date) -> None:
    """The loads of one morning. Two flags have no evaluations any more, or never had any; one is deleted."""
    simulator = load.simulator
    simulator.now = morning(day)
    simulator.clear_faults()
    if day == date(2026, 11, 5):
        simulator.delete_flag("default", "page-size")
    quiet = ["kill-switch"] + (["banner_text"] if day >= date(2026, 11, 1) else [])
    for flag in quiet:
        simulator.fail(status=200, body=EMPTY, path=f"/evaluations/default/production/{flag}", times=1000)
    for project, environment in PLACES.items():
        if (project, day) != ("mobile-app", GAP):
            where: dict[str, Any] = {"project_key": project, "environment_key": environment}
            load(day.isoformat(), day.isoformat(), table="evaluations", metric="evaluations", **where)
    seen = (day + timedelta(days=1)).isoformat()
    for metric in ("projects", "environments", "sdk_versions_details"):
        load(seen, seen, table=metric, metric=metric)
    if day >= date(2026, 11, 8):
        load(seen, seen, table="sdk_versions_all", metric="sdk_versions_all")


@dataclass(frozen=True)
class Lakes:
    """One lake at three times.

    :param whole: at the end, without any report: copy it to write one
    :param cut: as it was when :data:`CUT` had been loaded
    :param daily: at the end, with reports of most mornings
    """

    whole: ReportLake
    cut: ReportLake
    daily: ReportLake


def write(load: Loader, now: datetime) -> HygieneOutcome:
    """The part of a report that writes both tables."""
    tables = tables_of(load.store, with_files=False)
    account = next(each.table.account for each in tables.values())
    return Hygiene(Reporting(load.store, account, Silent(), now), tables, STALE_AFTER, now.date()).written()


@pytest.fixture(scope="session", params=[0, 2], ids=["as documented", "other readings"])
def lakes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    folder = tmp_path_factory.mktemp("hygiene")
    with Simulator(now=morning(FIRST), switches=readings(request.param)) as simulator:
        whole, cut, daily = (Loader(simulator, folder / name) for name in ("whole", "cut", "daily"))
        for day in Window(FIRST, LAST + timedelta(days=1)).days():
            load_day(whole, day)
            shutil.copytree(whole.lake, daily.lake, dirs_exist_ok=True)
            if day not in (date(2026, 10, 30), GAP):
                write(daily, morning(day))
            if day == CUT:
                shutil.copytree(whole.lake, cut.lake)
        simulator.clear_faults()
        yield Lakes(ReportLake(whole), ReportLake(cut), ReportLake(daily))
