"""A year of thousands of series is checked in little time and memory, and each of its days is made once."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.answers.day_rows import DayRows
from airflow_provider_ldusage.checks.run import Checks
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.testing import Simulator
from tests.checks.support import falls_in, gaps_in, sums_in
from tests.loading import NOW, Loader, decoded, every_day

MB = 1_000_000


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


@pytest.fixture(scope="module")
def year() -> dict[date, Rows | None]:
    whole = every_day("2025-01-01", "2025-12-31")
    return decoded({f"p{number}": whole for number in range(2000)}, date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.slow
def test_a_year_of_2000_series_is_checked_within_seconds(year: dict[date, Rows | None]) -> None:
    began = time.process_time()
    gaps_in(year)
    falls_in(year)
    sums_in(year, monthly=True)
    assert time.process_time() - began < 5, "about 0.1 s on an idle machine"


@pytest.mark.slow
@pytest.mark.parametrize(("aggregation", "most"), [("incremental", 1.5), ("month_to_date", 7.5)])
def test_what_is_kept_of_a_year_of_2000_series_is_small(
    year: dict[date, Rows | None], aggregation: str, most: float, tmp_path: Path
) -> None:
    """A bit for each series and day; of month-to-date figures the figures themselves, 8 bytes each."""
    query = UsageQuery.build("ai_runs", group_by=["projectId"], aggregation_type=aggregation)
    store = open_store(LocalFileSystem(), str(tmp_path), tmp_path.as_uri())
    account, total = {"id": "a", "host": "h"}, replace(query, group_by=())
    Table.of(total.default_table, total, account).create(store)
    checks = Checks.of(query, None, TableSlice(store, Table.of("t", query, account), {}))
    gc.collect()
    tracemalloc.start()
    arrow = pa.total_allocated_bytes()
    notes = [checks.note(rows) for rows in year.values() if rows]
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figures = sum(note["falling"].last.values.nbytes for note in notes if "falling" in note)
    assert len(notes) == 365
    assert kept + figures + pa.total_allocated_bytes() - arrow < most * MB


@pytest.mark.parametrize(
    "arguments",
    [
        {"metric": "ai_runs", "group_by": ["projectId"]},
        {"metric": "ai_runs", "group_by": ["projectId"], "aggregation_type": "month_to_date"},
        {"metric": "clientside_mau", "group_by": ["projectId"]},
        {"metric": "ai_runs", "group_by": ["projectId"], "granularity": "hourly"},
    ],
    ids=["gaps and groups", "falling and groups", "falling", "hours"],
)
def test_a_day_of_a_load_is_made_once(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]
) -> None:
    if arguments["metric"] == "ai_runs":
        loader("2026-10-01", "2026-11-11", **{**arguments, "group_by": []})
    made: Counter[int] = Counter()
    make = DayRows.whole

    def whole(self: DayRows) -> Rows:
        rows = make(self)
        made[rows.numbers["time"][0].as_py() // 86_400_000] += 1
        return rows

    monkeypatch.setattr(DayRows, "whole", whole)
    for _ in ("new", "unchanged"):
        made.clear()
        loader("2026-10-01", "2026-11-11", **arguments)
        assert len(made) == 42 and set(made.values()) == {1}
