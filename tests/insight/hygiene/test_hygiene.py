"""``outdated_sdks`` and ``stale_flags`` against SQL over what is loaded, and against themselves with less to read."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.hygiene.hygiene import HygieneOutcome, Tally
from airflow_provider_ldusage.insight.views.hygiene_view import hygiene_view
from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from airflow_provider_ldusage.lake import local
from airflow_provider_ldusage.testing import Simulator
from tests.insight.hygiene.conftest import CUT, FIRST, GAP, LAST, STALE_AFTER, Lakes, morning, write
from tests.insight.lakes import ReportLake
from tests.loading import Loader

TABLES = ("outdated_sdks", "stale_flags")


@pytest.fixture(scope="module")
def written(lakes: Lakes, tmp_path_factory: pytest.TempPathFactory) -> tuple[ReportLake, HygieneOutcome]:
    lake = lakes.whole.copy(tmp_path_factory.mktemp("written") / "lake")
    return lake, write(lake.load, morning(LAST))


def days() -> list[date]:
    return list(Window(FIRST, LAST + timedelta(days=1)).days())


def listed(lake: ReportLake) -> Iterator[tuple[tuple[str, str], date, set[str]]]:
    """Place, day and the flags that were listed when it was loaded, from the states of the slices."""
    for path in (lake.folder / "_ldusage" / "state" / "evaluations").iterdir():
        state = json.loads(path.read_text())
        for each in state["days"]:
            asked = each["asked_at"][:10]
            flags = {
                key for group in state["flags"] if group["first"] <= asked <= group["last"] for key in group["keys"]
            }
            for day in Window(
                date.fromisoformat(each["first"]), date.fromisoformat(each["last"]) + timedelta(1)
            ).days():
                yield (state["slice"]["project_key"], state["slice"]["environment_key"]), day, flags


def test_flags_are_as_stale_as_sql_and_the_listed_flags_tell(written: Any) -> None:
    lake, outcome = written
    evaluated = set(
        lake.sql(
            "SELECT project_key, environment_key, feature_flag_key, usage_date FROM evaluations "
            "GROUP BY ALL HAVING sum(value) > 0"
        )
    )
    assert len(evaluated) > 50
    asked = {(*place, flag, day) for place, day, flags in listed(lake) for flag in flags}
    expected = set()
    for project, environment, flag, day in asked:
        run = next(n for n in range(99) if (project, environment, flag, day - timedelta(n + 1)) not in asked)
        known = [day - timedelta(n) for n in range(run + 1)]
        last = max((each for each in known if (project, environment, flag, each) in evaluated), default=None)
        without = run + 1 if last is None else (day - last).days
        expected.add((day, project, environment, flag, last, without, known[-1], without >= STALE_AFTER))
    found = lake.sql(
        "SELECT usage_date, project_key, environment_key, feature_flag_key, last_evaluated_on, days_without, since, "
        "stale FROM stale_flags"
    )
    assert len(found) == len(expected) and set(found) == expected
    (counts,) = lake.sql("SELECT count(*) FILTER (stale), count(*) FROM stale_flags WHERE usage_date = $d", d=LAST)
    assert outcome.flags == Tally(*counts) and counts[0] >= 2


def test_the_view_has_what_is_out_of_date_on_the_last_day(written: Any) -> None:
    lake, _ = written
    tables = [WrittenDays.of(lake.load.store, name) for name in TABLES]
    view = hygiene_view(*tables, STALE_AFTER)
    for rows, table, where, last in (
        (view["sdks"], "outdated_sdks", "outdated", LAST + timedelta(1)),
        (view["flags"], "stale_flags", "stale", LAST),
    ):
        names = list(rows[0])
        stored = lake.sql(f"SELECT {', '.join(names)} FROM {table} WHERE {where} AND usage_date = $d", d=last)
        assert len(rows) == len(stored) > 1 and {tuple(row[name] for name in names) for row in rows} == set(stored)
    assert view["through"] == LAST + timedelta(1)


def test_a_flag_is_left_out_where_it_was_not_asked_for(written: Any) -> None:
    lake, _ = written
    found = {(row["project_key"], row["feature_flag_key"], row["usage_date"]): row for row in lake.rows("stale_flags")}
    last = LAST.isoformat()
    assert found["default", "kill-switch", last]["last_evaluated_on"] is None
    assert found["default", "kill-switch", last]["days_without"] == len(days())
    assert found["default", "banner_text", last]["last_evaluated_on"] == date(2026, 10, 31)
    assert ("default", "page-size", "2026-11-04") in found and ("default", "page-size", last) not in found
    assert not [key for key in found if key[0] == "mobile-app" and key[2] == GAP.isoformat()]
    assert found["mobile-app", "kill-switch", last]["since"] == GAP + timedelta(days=1)
    assert found["default", "old-banner", last]["project_name"] == "Default"
    assert found["default", "old-banner", last]["environment_id"]


def test_sdks_are_those_of_the_lists(written: Any) -> None:
    lake, outcome = written
    columns = (
        "usage_date, project_id, environment_id, application_id, name, version, type, eol_status, "
        "eol_status IN ('EolNear', 'EolPast'), ld_latest_version, relay_version, relay_eol_status"
    )
    expected = lake.sql(
        f"""SELECT DISTINCT {columns} FROM sdk_versions_all UNION
        SELECT DISTINCT {columns} FROM sdk_versions_details
        WHERE usage_date NOT IN (SELECT usage_date FROM sdk_versions_all) ORDER BY ALL"""
    )
    found = lake.sql(
        """SELECT usage_date, project_id, environment_id, application_id, sdk_name, sdk_version, sdk_type, status,
        outdated, latest_version, relay_version, relay_status FROM outdated_sdks ORDER BY ALL"""
    )
    assert found == expected and {row[0] for row in found} == {day + timedelta(days=1) for day in days()}
    (counts,) = lake.sql(
        "SELECT count(*) FILTER (outdated), count(*) FROM outdated_sdks WHERE usage_date = $d", d=LAST + timedelta(1)
    )
    assert outcome.sdks == Tally(*counts) and counts[0] > 0
    named = lake.sql("SELECT DISTINCT project_key, project_name FROM outdated_sdks WHERE project_key = 'default'")
    assert named == [("default", "Default")]


def test_a_day_has_the_same_rows_without_any_later_one(written: Any, lakes: Lakes) -> None:
    lake, _ = written
    write(lakes.cut.load, morning(CUT))
    for table, last in (("stale_flags", CUT), ("outdated_sdks", CUT + timedelta(days=1))):
        assert lakes.cut.rows(table) == [row for row in lake.rows(table) if row["usage_date"] <= last.isoformat()]


def test_reports_day_by_day_end_with_the_same_tables_as_one(written: Any, lakes: Lakes) -> None:
    lake, _ = written
    for table in TABLES:
        assert lakes.daily.rows(table) == lake.rows(table)


def test_a_second_report_changes_nothing_and_reads_only_what_is_new(
    written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = ReportLake(Loader(written[0].load.simulator, tmp_path / "lake"))
    shutil.copytree(written[0].folder, lake.folder)
    before = {table: lake.load.files(table) for table in TABLES}
    reads: list[str] = []
    read = local.LocalStore.read
    monkeypatch.setattr(local.LocalStore, "read", lambda self, name: reads.append(name) or read(self, name))
    outcome = write(lake.load, morning(LAST) + timedelta(hours=12))
    assert {table: lake.load.files(table) for table in TABLES} == before
    assert {what for each in outcome.tables for what in each.commit.outcomes.values()} == {"unchanged"}
    assert (outcome.sdks, outcome.flags) == (written[1].sdks, written[1].flags)
    read_days = Counter(name.split("/")[0] for name in reads if "usage_date=" in name)
    # Of the last day: its evaluations in two places, and what was known the day before. Of names, the lists seen on the
    # day and on the next one, and the last before: what is gone from later lists keeps its name.
    assert read_days == {"evaluations": 2, "stale_flags": 1, "sdk_versions_all": 1, "projects": 3, "environments": 3}


def test_a_line_says_how_many_of_how_many() -> None:
    found = HygieneOutcome((), Tally(2, 9), Tally(1, 1), 30)
    assert found.line == (
        "Hygiene: 2 of 9 SDK versions in use at or near the end of life, 1 of 1 flag without an evaluation for 30 days"
    )
    assert HygieneOutcome().line is None
    assert HygieneOutcome().to_json() == {
        "outdated_sdks": None, "sdks": None, "stale_flags": None, "flags": None, "stale_after": 30,
    }  # fmt: skip


def test_without_lists_and_evaluations_nothing_is_written(simulator: Simulator, tmp_path: Path) -> None:
    load = Loader(simulator, tmp_path / "lake")
    load("2026-11-08", "2026-11-10", table="runs", metric="ai_runs")
    assert write(load, simulator.now) == HygieneOutcome(stale_after=STALE_AFTER)
    assert not (load.lake / "stale_flags").exists() and not (load.lake / "_ldusage" / "stale_flags.json").exists()
