"""Every metric through a real ``airflow dags test``, from the simulator to Parquet and into the query engines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.support import LOADS, SNAPSHOTS, Load, Row, columns_of, day_files, expected_rows, stored_rows
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(1800)]

DAYS = 5


@dataclass
class Run:
    """What one run left behind, and what the simulator held at its time."""

    reports: dict[str, dict[str, Any]]
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    rows: dict[str, Counter[Row]] = field(default_factory=dict)
    truth: dict[str, dict[str, Counter[Row]]] = field(default_factory=dict)


@dataclass
class Story:
    """Three runs of all metrics over the same window: the first, the same again, and a day later."""

    lake: Path
    window: tuple[date, date]
    runs: list[Run]
    log: str = ""


@pytest.fixture(scope="module")
def story(airflow: Airflow, now: datetime, lake: Path) -> Iterator[Story]:
    end = now.date()
    start = end - timedelta(days=DAYS)
    told = Story(lake, (start, end), [])
    with Simulator(now=now, switches=Switches(data_through_lag_hours=0)) as sim:
        airflow.use(sim, lake, window_start=start.isoformat(), window_end=end.isoformat())
        for later in (timedelta(), timedelta(), timedelta(hours=26)):
            sim.advance(later)
            run = Run(airflow.test("every_metric", now.date().isoformat()))
            for what in LOADS:
                run.files[what.metric] = day_files(lake / what.metric)
                run.rows[what.metric] = stored_rows(lake / what.metric)
                run.truth[what.metric] = truth_by_day(sim, what, told)
            told.runs.append(run)
    yield told


def truth_by_day(sim: Simulator, what: Load, told: Story) -> dict[str, Counter[Row]]:
    """Expected rows of each day; of a snapshot, those of the day it was seen."""
    columns = columns_of(told.lake, what.metric)
    if what.metric in SNAPSHOTS:
        return {told.window[1].isoformat(): expected_rows(sim, what, *told.window, columns)}
    days = [told.window[0] + timedelta(days=n) for n in range(DAYS)]
    if "time" not in columns:
        return {day.isoformat(): expected_rows(sim, what, day, day + timedelta(days=1), columns) for day in days}
    # Of the whole window at once: which variations "Other Variations" stands for depends on the range.
    found: dict[str, Counter[Row]] = {day.isoformat(): Counter() for day in days}
    for row, count in expected_rows(sim, what, *told.window, columns).items():
        found[datetime.fromtimestamp(dict(row)["time"] / 1000, timezone.utc).date().isoformat()][row] += count
    return found


def total(by_day: dict[str, Counter[Row]]) -> Counter[Row]:
    return sum(by_day.values(), Counter())


def named(report: dict[str, Any], kind: str) -> set[str]:
    """Days of a report, from its ranges."""
    found: set[str] = set()
    for first, last in report["days"][kind]["ranges"]:
        span = (date.fromisoformat(last) - date.fromisoformat(first)).days
        found |= {(date.fromisoformat(first) + timedelta(days=n)).isoformat() for n in range(span + 1)}
    assert len(found) == report["days"][kind]["count"]
    return found


@pytest.mark.parametrize("what", LOADS, ids=str)
def test_the_table_equals_the_simulators_truth(story: Story, what: Load) -> None:
    run = story.runs[0]
    assert run.rows[what.metric] == total(run.truth[what.metric])
    assert run.reports[what.metric]["rows"] == run.rows[what.metric].total() > 0
    folders = {name.split("/")[0] for name in run.files[what.metric]}
    assert folders == {f"usage_date={day}" for day in run.truth[what.metric]}


@pytest.mark.parametrize("what", LOADS, ids=str)
def test_the_same_window_again_leaves_the_same_bytes(story: Story, what: Load) -> None:
    first, again, _ = story.runs
    assert again.files[what.metric] == first.files[what.metric]
    assert named(again.reports[what.metric], "written") == named(again.reports[what.metric], "restated") == set()


@pytest.mark.parametrize("what", LOADS, ids=str)
def test_a_day_later_just_the_restated_days_change_and_xcom_names_them(story: Story, what: Load) -> None:
    _, before, after = story.runs
    restated = {
        day for day, rows in after.truth[what.metric].items() if rows and rows != before.truth[what.metric][day]
    }
    assert named(after.reports[what.metric], "restated") == restated
    files = after.files[what.metric]
    changed = {
        name.split("/")[0].removeprefix("usage_date=")
        for name in files
        if files[name] != before.files[what.metric][name]
    }
    assert changed == restated
    assert after.rows[what.metric] == total(after.truth[what.metric])


def test_some_days_were_restated_at_all(story: Story) -> None:
    assert sum(report["days"]["restated"]["count"] for report in story.runs[2].reports.values()) > 20


@pytest.mark.parametrize("what", LOADS, ids=str)
def test_duckdb_polars_and_pyarrow_see_one_schema_and_the_same_rows(story: Story, what: Load) -> None:
    table = story.lake / what.metric
    described = json.loads((story.lake / "_ldusage" / f"{what.metric}.json").read_text())["schema"]
    names = [column["name"] for column in described]
    order = ", ".join(f'"{name}"' for name in [*names, "usage_date"])

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        source = f"read_parquet('{table}/*/*.parquet', hive_partitioning = true, union_by_name = false)"
        found = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        rows = connection.execute(f"SELECT * FROM {source} ORDER BY {order}").fetchall()
    kinds = {
        "string": "VARCHAR",
        "int64": "BIGINT",
        "double": "DOUBLE",
        "timestamp[ms, UTC]": "TIMESTAMP WITH TIME ZONE",
    }
    assert [(name, kind) for name, kind, *_ in found] == [
        *((column["name"], kinds[column["type"]]) for column in described),
        ("usage_date", "DATE"),
    ]

    frame = polars.read_parquet(table, hive_partitioning=True)
    assert frame.columns == [*names, "usage_date"]
    assert len(frame) == len(rows) == story.runs[2].rows[what.metric].total()

    dataset = ds.dataset(table, partitioning="hive")
    for fragment in dataset.get_fragments():
        assert fragment.physical_schema.remove_metadata().names == names
        assert [str(kind) for kind in fragment.physical_schema.types] == [
            {"timestamp[ms, UTC]": "timestamp[ms, tz=UTC]"}.get(column["type"], column["type"]) for column in described
        ]

    number = next((column["name"] for column in described if column["type"] in ("int64", "double")), None)
    if number:
        arrow = dataset.to_table(columns=[number]).column(number).to_pylist()
        assert sorted(arrow) == sorted(frame[number].to_list()) == sorted(row[names.index(number)] for row in rows)
