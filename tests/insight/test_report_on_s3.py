"""The report on an object store: the same rows, in few requests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from airflow_provider_ldusage.insight.report import report
from airflow_provider_ldusage.lake.stores import open_store
from tests.insight.figures import day
from tests.insight.lakes import USAGE, ReportLake, options
from tests.lake.conftest import Moto
from tests.loading import NOW

DAY = day("02-10")


def test_it_writes_the_same_files_and_then_only_reads(
    loaded: ReportLake, tmp_path: Path, new_s3: Any, moto: Moto
) -> None:
    local = loaded.copy(tmp_path / "lake", DAY)
    for table in USAGE.keys() - {"mau", "mau_by_project"}:  # a mock is slow
        shutil.rmtree(local.folder / table)
        (local.folder / "_ldusage" / f"{table}.json").unlink()
    fs = new_s3()
    fs.put(str(local.folder), "lake/reported", recursive=True)
    store, now = open_store(fs, "lake/reported", "s3://lake/reported"), NOW.replace(month=2, day=11)
    written = report(store, options(), now=now)
    local.report(DAY)
    for table in written.tables:
        stored = fs.find(f"lake/reported/{table.table}")
        names = {name.removeprefix(f"lake/reported/{table.table}/") for name in stored}
        assert names == local.load.files(table.table).keys()
    assert (
        fs.cat("lake/reported/usage_meters/usage_date=2026-02-10/all.parquet")
        == (local.folder / "usage_meters" / "usage_date=2026-02-10" / "all.parquet").read_bytes()
    )
    before = len(moto.requests())
    again = report(store, options(), now=now)
    assert {outcome for table in again.tables for outcome in table.commit.outcomes.values()} == {"unchanged"}
    made = [line for line in moto.requests()[before:] if line.startswith("PUT") and ".parquet" in line]
    assert made == []
