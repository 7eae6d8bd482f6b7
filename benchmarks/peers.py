"""The same work as a data team would do it in its own task: the answer from a file (nothing is asked over HTTP, and
nothing is checked), and out of it Parquet by UTC day.

dlt writes one file: its filesystem destination partitions by load time alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import arrow
from benchmarks.shapes import COLUMNS, DIMENSIONS

RENAMED = dict(zip(DIMENSIONS, COLUMNS, strict=True))


@dataclass(frozen=True)
class Peer:
    """``modules``: what it imports; ``write``: makes the lake of an answer."""

    modules: tuple[str, ...]
    write: Callable[[Path, Path], None]

    def imports(self) -> None:
        for name in self.modules:
            import_module(name)

    def run(self, answer: Path, out: Path) -> None:
        out.mkdir(parents=True)
        self.write(answer, out)


def pandas_melt(answer: Path, out: Path) -> None:
    import pandas as pd

    body = json.loads(answer.read_bytes())
    wide = pd.DataFrame(body["series"])
    long = wide.melt(id_vars="time", var_name="key", value_name="value").dropna(subset=["value"])
    labels = pd.DataFrame(body["metadata"]).rename(columns=RENAMED)
    labels["key"] = labels.index.astype(str)
    long = long.merge(labels, on="key").drop(columns="key")
    long["value"] = long["value"].astype("int64")
    long["time"] = pd.to_datetime(long["time"], unit="ms", utc=True)
    long["usage_date"] = long["time"].dt.strftime("%Y-%m-%d")
    long.to_parquet(out / "usage", partition_cols=["usage_date"], index=False)


def polars_unpivot(answer: Path, out: Path) -> None:
    import polars as pl

    _polars(answer, out, pl.String())


def polars_categories(answer: Path, out: Path) -> None:
    """As somebody who knows Polars well would do it: the texts of a dimension are looked up, not copied."""
    import polars as pl

    _polars(answer, out, pl.Categorical())


def _polars(answer: Path, out: Path, texts: Any) -> None:
    import polars as pl

    long = polars_long(answer, texts)
    long.lazy().sink_parquet(pl.PartitionBy(out / "usage", key="usage_date"), mkdir=True)


def polars_long(answer: Path, texts: Any) -> Any:
    """A long frame of an answer.

    :param texts: the type of the dimensions
    """
    import msgspec
    import polars as pl

    body = msgspec.json.decode(answer.read_bytes())
    keys = [str(number) for number in range(len(body["metadata"]))]
    wide = pl.DataFrame(body["series"], schema=dict.fromkeys(("time", *keys), pl.Int64()))
    labels = pl.DataFrame(body["metadata"], schema=dict.fromkeys(DIMENSIONS, texts)).rename(RENAMED)
    return (
        wide.unpivot(index="time", variable_name="key", value_name="value")
        .drop_nulls("value")
        .join(labels.with_columns(pl.Series("key", keys)), on="key")
        .drop("key")
        .with_columns(pl.from_epoch("time", time_unit="ms").dt.replace_time_zone("UTC"))
        .with_columns(pl.col("time").dt.date().alias("usage_date"))
    )


def duckdb_sql(answer: Path, out: Path) -> None:
    import duckdb

    columns = ", ".join(f'm."{name}" AS {column}' for name, column in RENAMED.items())
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute(f"""
            COPY (
                WITH answer AS MATERIALIZED (
                    SELECT * FROM read_json('{answer}', maximum_object_size = 1000000000,
                        columns = {{metadata: 'STRUCT({", ".join(f'"{name}" VARCHAR' for name in DIMENSIONS)})[]',
                                    series: 'MAP(VARCHAR, BIGINT)[]'}})
                ), labels AS MATERIALIZED (
                    SELECT unnest(range(len(metadata)))::VARCHAR AS key, unnest(metadata) AS m FROM answer
                ), points AS MATERIALIZED (SELECT unnest(series) AS point FROM answer
                ), cells AS MATERIALIZED (
                    SELECT point['time'] AS ms, unnest(map_keys(point)) AS key, unnest(map_values(point)) AS value
                    FROM points
                )
                SELECT make_timestamptz(ms * 1000) AS time, value, {columns},
                    strftime(make_timestamp(ms * 1000), '%Y-%m-%d') AS usage_date
                FROM cells JOIN labels l USING (key)
            ) TO '{out / "usage"}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (usage_date))
        """)


def _dict_rows(answer: Path) -> Iterator[dict[str, Any]]:
    from datetime import datetime, timezone

    body = json.loads(answer.read_bytes())
    labels = [{RENAMED[name]: text for name, text in element.items()} for element in body["metadata"]]
    for point in body["series"]:
        time = datetime.fromtimestamp(point.pop("time") / 1000, timezone.utc)
        for key, value in point.items():
            yield {"time": time, "value": value, **labels[int(key)]}


def _dlt(data: Any, out: Path) -> None:
    import dlt

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    destination = dlt.destinations.filesystem(bucket_url=out.as_uri())
    state = out.with_name(f"{out.name}-state")  # beside the lake: it holds copies of the data
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="usage", pipelines_dir=str(state))
    pipeline.run(data, table_name="usage", loader_file_format="parquet")


def dlt_rows(answer: Path, out: Path) -> None:
    _dlt(_dict_rows(answer), out)


def dlt_arrow(answer: Path, out: Path) -> None:
    _dlt(arrow.whole(answer), out)


def delta_lake(answer: Path, out: Path) -> None:
    from deltalake import write_deltalake

    write_deltalake(str(out / "usage"), delta_table(answer), partition_by=["usage_date"])


def delta_table(answer: Path) -> Any:
    """A long Arrow table of an answer, in the types that Delta Lake has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = arrow.whole(answer)
    for column in COLUMNS:
        position = table.schema.get_field_index(column)
        table = table.set_column(position, column, table[column].cast(pa.string()))
    table = table.set_column(0, "time", table["time"].cast(pa.timestamp("us", "UTC")))
    return table.append_column("usage_date", pc.strftime(table["time"], format="%Y-%m-%d"))


_DLT = (
    "dlt", "dlt.common.libs.pyarrow", "dlt.sources.helpers.requests", "fsspec.implementations.local",
    "pyarrow.compute", "pyarrow.parquet",
)  # fmt: skip

# Imported beforehand is what the work would import by itself later.
PEERS = {
    "pandas melt": Peer(("pandas", "pyarrow.parquet", "pyarrow.dataset"), pandas_melt),
    "Polars": Peer(("polars", "msgspec"), polars_unpivot),
    "Polars, categories": Peer(("polars", "msgspec"), polars_categories),
    "DuckDB": Peer(("duckdb",), duckdb_sql),
    "deltalake": Peer(("deltalake", "msgspec", "numpy", "pyarrow.compute"), delta_lake),
    "dlt, Arrow": Peer((*_DLT, "msgspec", "numpy"), dlt_arrow),
    "dlt, dict rows": Peer((*_DLT, "pandas"), dlt_rows),
    "pyarrow floor": Peer(("msgspec", "numpy", "pyarrow.parquet"), arrow.floor),
}
