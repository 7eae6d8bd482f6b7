"""DuckDB, Polars and pyarrow read a table as it lies: every file under it, one schema, the same rows.

``scripts/engines`` asks many more engines, each in an environment of its own.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.lake.parquet import COMPRESSIONS

COLUMNS = ["time", "value", "project_id", "sdk_name", "filter_sdk_type", "extra", "usage_date"]
USAGE = {
    1: {("p1", "node"): {0: 5, 23: 6}, (None, "go"): {4: 0}},
    3: {("é,\"'\n", None): {1: 2**62}},
}


def rows_of(kind: str) -> list[tuple[Any, ...]]:
    return sorted(
        (
            (datetime(2026, 11, day, hour, tzinfo=timezone.utc), value, project, sdk, kind, None, date(2026, 11, day))
            for day, labels in USAGE.items()
            for (project, sdk), hours in labels.items()
            for hour, value in hours.items()
        ),
        key=repr,
    )


EXPECTED = sorted(rows_of("client") + rows_of("server"), key=repr)


def utc(row: tuple[Any, ...]) -> tuple[Any, ...]:
    day = row[-1] if isinstance(row[-1], date) else date.fromisoformat(row[-1])
    return (row[0].astimezone(timezone.utc), *row[1:-1], day)


def normalised(rows: Any) -> list[tuple[Any, ...]]:
    return sorted((utc(row) for row in rows), key=repr)


@pytest.fixture(params=COMPRESSIONS)
def folder(disk: Any, usage: Any, request: pytest.FixtureRequest) -> str:
    """Two slices of four days, two of which had no usage."""
    for kind in ("server", "client"):
        runs = usage(granularity="hourly", filters={"sdkType": [kind]})
        done = runs.load(disk.store, USAGE, days=4, compression=request.param)
        assert (len(done.days("written")), len(done.days("empty"))) == (2, 2)
    return disk.store.path(runs.name)


def test_duckdb_reads_a_table(folder: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
        assert [row[0] for row in described] == COLUMNS
        assert [row[1] for row in described] == [
            "TIMESTAMP WITH TIME ZONE", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "DATE",
        ]  # fmt: skip
        # Python's datetimes of DuckDB need pytz: the driver is asked for milliseconds instead.
        select = ", ".join(["epoch_ms(time)", *COLUMNS[1:]])
        rows = connection.execute(f"SELECT {select} FROM {table}").fetchall()
        found = [(datetime.fromtimestamp(row[0] / 1000, timezone.utc), *row[1:]) for row in rows]
        assert normalised(found) == EXPECTED
        empty = f"read_parquet('{folder}/usage_date=2026-11-02/*.parquet')"
        assert connection.execute(f"SELECT count(*) FROM {empty}").fetchone() == (0,)


def test_duckdb_sees_no_encoding_that_engines_of_the_last_five_years_lack(folder: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT encodings FROM parquet_metadata('{folder}/*/*.parquet')").fetchall()
    assert found
    used = {name.strip() for (names,) in found for name in names.split(",")}
    assert used <= {"PLAIN", "RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}


def test_duckdb_finds_the_meaning_in_the_footers(folder: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        pairs = connection.execute(
            f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{folder}/*/*.parquet')"
        ).fetchall()
    assert len({value for key, value in pairs if key == "ldusage.unit"}) == 1
    assert {value for key, value in pairs if key == "ldusage.additive_over_time"} == {"true"}


def test_polars_reads_a_table(folder: str) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.scan_parquet(folder, hive_partitioning=True).collect()
    assert frame.columns == COLUMNS
    assert frame.schema["time"] == polars.Datetime("ms", "UTC")
    assert frame.schema["value"] == polars.Int64
    assert normalised(frame.rows()) == EXPECTED


def test_pyarrow_reads_a_table_that_is_nothing_but_day_files(folder: str) -> None:
    from pyarrow import dataset

    found = dataset.dataset(folder, partitioning="hive")
    table = found.to_table()
    assert table.column_names == COLUMNS
    assert normalised(zip(*(column.to_pylist() for column in table.columns), strict=True)) == EXPECTED


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_engine_reads_doubles_exactly(disk: Any, usage: Any, compression: str) -> None:
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    from pyarrow import dataset

    figures = {1: 0.1, 2: 1e-300, 4: 2.0**53 + 2}
    runs = usage("service_connections")
    runs.load(
        disk.store, {day: {(None, None): figure} for day, figure in figures.items()}, days=4, compression=compression
    )
    folder = disk.store.path(runs.name)
    expected = sorted(figures.values())
    assert sorted(dataset.dataset(folder, partitioning="hive").to_table()["value"].to_pylist()) == expected
    assert sorted(polars.scan_parquet(folder, hive_partitioning=True).collect()["value"].to_list()) == expected
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT value FROM '{folder}/*/*.parquet' ORDER BY value").fetchall()
    assert [value for (value,) in rows] == expected


def test_every_day_file_has_one_schema(folder: str) -> None:
    from pyarrow import dataset

    schemas = [fragment.physical_schema.remove_metadata() for fragment in dataset.dataset(folder).get_fragments()]
    assert len(schemas) == 8
    assert all(schema == schemas[0] for schema in schemas)


def test_pyarrow_reads_a_table_on_s3(s3: Any, usage: Any) -> None:
    from pyarrow import dataset

    for kind in ("server", "client"):
        runs = usage(granularity="hourly", filters={"sdkType": [kind]})
        runs.load(s3.store, USAGE, days=4)
    s3.other.invalidate_cache()
    found = dataset.dataset(s3.store.path(runs.name), filesystem=s3.other, partitioning="hive")
    table = found.to_table().select(COLUMNS)  # the destination's own path has a "=", too
    assert normalised(zip(*(column.to_pylist() for column in table.columns), strict=True)) == EXPECTED
