"""How many requests a store gets for a rewrite of 30 days: ours, awswrangler and ``write_dataset``, on a local S3."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import arrow, ours
from benchmarks.bench import ROOT, Bench, table
from benchmarks.shapes import Shape

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store

BUCKET = "lake"
DAYS = Shape("month", 30, 20)
CHANGED = Shape("month, changed", 30, 20, seed=5)
KINDS = ("PUT", "GET", "HEAD", "LIST", "DELETE")
KEY = SECRET = "testing"  # of every S3 here
CREDENTIALS = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True)
class S3:
    endpoint: str
    log: Path

    def connection(self) -> dict[str, Any]:
        """A connection of Airflow's to it."""
        extra = {"endpoint_url": self.endpoint, "region_name": CREDENTIALS["AWS_DEFAULT_REGION"]}
        return {"conn_type": "aws", "login": KEY, "password": SECRET, "extra": extra}

    def requests(self) -> list[str]:
        """The methods of all requests so far; a listing is a GET of the bucket."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text())
        found = re.findall(r'"([A-Z]+) (\S+) HTTP/1\.1" \d+', plain)
        return [
            "LIST" if method == "GET" and re.match(rf"/{BUCKET}/?\?", path) else
            "DELETE" if method == "POST" and "delete" in path else method
            for method, path in found
            if not path.startswith("/moto-api")
        ]  # fmt: skip

    def counted(self, work: Callable[[], Any]) -> Counter[str]:
        before = len(self.requests())
        work()
        return Counter(self.requests()[before:])


@contextmanager
def local_s3(folder: Path) -> Iterator[S3]:
    """moto's S3 with a bucket, and a log in a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log, endpoint = folder / "s3.log", f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT) as server:
        try:
            for _ in range(600):
                try:
                    ask(f"{endpoint}/moto-api/data.json", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            ask(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")).close()
            yield S3(endpoint, log)
        finally:
            server.terminate()


def count(bench: Bench) -> list[str]:
    """Requests of the second load of the same 30 days, with the same figures and with others."""
    os.environ |= CREDENTIALS
    first, other = bench.answer(DAYS), bench.answer(CHANGED)
    rows = []
    with local_s3(bench.folder) as s3:
        for name, load in {"ours": _ours, "awswrangler": _awswrangler, "write_dataset": _write_dataset}.items():
            load(s3, first)
            for figures, answer in (("unchanged", first), ("changed", other)):
                found = s3.counted(partial(load, s3, answer))
                rows.append((f"{name}, figures {figures}", *(found[kind] for kind in KINDS), found.total()))
                if name == "ours":
                    bench.figures |= {f"{figures} 30 days: {kind}": found[kind] for kind in KINDS}
    return table("Requests to the store for 30 days that are there already", ("method", *KINDS, "all"), rows)


def store_in(endpoint: str, prefix: str) -> Store:
    """Our store on an S3; ``prefix``: ``bucket/name``."""
    from s3fs import S3FileSystem

    from airflow_provider_ldusage.lake.stores import open_store

    fs = S3FileSystem(endpoint_url=endpoint, key=KEY, secret=SECRET, skip_instance_cache=True)
    return open_store(fs, prefix, f"s3://{prefix}")


def _ours(s3: S3, answer: Path) -> None:
    with ours.answering(answer) as port:
        ours.load_into(store_in(s3.endpoint, f"{BUCKET}/ours"), port, DAYS)


def frame(answer: Path) -> Any:
    """A long pandas frame of an answer."""
    found = arrow.whole(answer).to_pandas()
    found["usage_date"] = found["time"].dt.strftime("%Y-%m-%d")
    return found


def _awswrangler(s3: S3, answer: Path) -> None:
    import awswrangler as wr

    wr.config.s3_endpoint_url = s3.endpoint
    wr.s3.to_parquet(
        frame(answer), f"s3://{BUCKET}/wr/", dataset=True, mode="overwrite_partitions", partition_cols=["usage_date"]
    )


def _write_dataset(s3: S3, answer: Path) -> None:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from pyarrow.fs import S3FileSystem

    host = s3.endpoint.removeprefix("http://")
    fs = S3FileSystem(access_key=KEY, secret_key=SECRET, endpoint_override=host, scheme="http")
    ds.write_dataset(
        pa.Table.from_pandas(frame(answer)), f"{BUCKET}/ds", filesystem=fs, format="parquet",
        partitioning=ds.partitioning(pa.schema([("usage_date", pa.string())]), flavor="hive"),
        existing_data_behavior="delete_matching",
    )  # fmt: skip
