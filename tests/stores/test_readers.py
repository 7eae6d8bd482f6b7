"""DuckDB, Polars and pyarrow read from a store what LaunchDarkly reported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stores.conftest import MIDNIGHT

pytestmark = pytest.mark.airflow

TABLE = "service_connections"


def test_three_engines_read_the_figures_of_a_store(lake: Any, load: Any, simulator: Any, tmp_path: Path) -> None:
    import duckdb
    import polars as pl
    import pyarrow.dataset as ds
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    first, last = (MIDNIGHT - timedelta(days=3)).date(), MIDNIGHT.date()
    lake.move("lake/for-readers")  # moto reads the space of a signed listing otherwise than Polars writes it
    load(lake.destination, metric=TABLE, table=TABLE, lookback=0, start=str(first), end=str(last))
    truth = simulator.truth(
        "service-connections", start=first, end=last, aggregation_type="incremental", granularity="daily"
    )
    expected = (len(truth), pytest.approx(sum(item["value"] for item in truth)))
    assert truth

    files = PyFileSystem(FSSpecHandler(lake.kind.filesystem()))
    table = ds.dataset(f"{lake.prefix}/{TABLE}", filesystem=files, partitioning="hive").to_table()
    assert (table.num_rows, sum(table["value"].to_pylist())) == expected
    assert set(table["usage_date"].to_pylist()) == {str(first + timedelta(days=n)) for n in range(3)}

    for name, data in lake.files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    question = (
        f"SELECT count(*), sum(value) FROM read_parquet('{tmp_path}/{TABLE}/*/*.parquet', hive_partitioning=true)"
    )
    assert duckdb.sql(question).fetchall() == [expected]

    frame = pl.scan_parquet(
        f"{lake.kind.scheme}://{lake.prefix}/{TABLE}/", hive_partitioning=True,
        storage_options=lake.kind.polars_options(), credential_provider=None,
    ).collect()  # fmt: skip
    assert (frame.height, frame["value"].sum()) == expected
    assert frame["usage_date"].dtype == pl.Date
