"""A year into a store that is far away, by us, by peers at their best, and by bare requests.

``python -m benchmarks.far_peers METHOD TASK`` is one of them in a process of its own; it prints what it took, without
imports. How each is at its best:

- *awswrangler* writes partitions side by side (``concurrent_partitioning``), in 32 threads and with one session, since
  it would read boto3's model of S3 again for each day.
- *write_dataset* has 32 threads for the store and sends small files at once (``allow_delayed_open``). It deletes what
  a day had before (``delete_matching``), or relies on files having the same names; then it makes no folders either
  (``create_dir``, without which ``delete_matching`` silently deletes nothing). Fewer open files (``max_open_files``)
  made it slower, and no ``background_writes`` no quicker.
- *Polars* and *deltalake* decide by themselves; none of their settings made them quicker.
- *s3fs* puts objects as large as ours, or gets them, 32 at a time. *Without Expect* it does not ask before each one
  whether it may send it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import arrow, ours, peers
from benchmarks.measure import cpu
from benchmarks.shapes import Shape
from benchmarks.stores import CREDENTIALS, KEY, SECRET, frame, store_in

IN_FLIGHT = 32


@dataclass(frozen=True)
class Task:
    """One load, or the same requests and nothing else.

    :param endpoint: of the store
    :param prefix: where in the store: ``bucket/name``
    :param shape: the fields of the answer's shape
    :param answer: a file
    :param port: of a LaunchDarkly that gives this answer
    :param objects: the names and sizes of what a load has written, a JSON file
    :param reads: whether bare requests read the objects, and do not write them
    """

    endpoint: str
    prefix: str
    shape: dict[str, Any]
    answer: str
    port: int
    objects: str
    reads: bool = False

    @property
    def url(self) -> str:
        return f"s3://{self.prefix}"

    @property
    def rust_options(self) -> dict[str, str]:
        return {name.lower(): value for name, value in CREDENTIALS.items()} | {
            "aws_endpoint_url": self.endpoint,
            "aws_region": CREDENTIALS["AWS_DEFAULT_REGION"],
            "aws_allow_http": "true",
        }


@dataclass(frozen=True)
class Method:
    """``modules``: what it imports; ``work``: does a task; ``in_turns``: whether it runs each turn, or just once."""

    modules: tuple[str, ...]
    work: Callable[[Task], None]
    in_turns: bool = True


def provider(task: Task) -> None:
    ours.load_into(store_in(task.endpoint, task.prefix), task.port, Shape(**task.shape))


def awswrangler(task: Task) -> None:
    import awswrangler as wr
    from boto3 import Session
    from botocore.config import Config

    wr.config.s3_endpoint_url = task.endpoint
    wr.config.botocore_config = Config(max_pool_connections=IN_FLIGHT)
    found = frame(Path(task.answer))
    wr.s3.to_parquet(
        found, f"{task.url}/", dataset=True, mode="overwrite_partitions", partition_cols=["usage_date"],
        concurrent_partitioning=True, use_threads=IN_FLIGHT, boto3_session=Session(), compression="zstd",
    )  # fmt: skip


def delete_matching(task: Task) -> None:
    _write_dataset(task, existing_data_behavior="delete_matching", create_dir=True)


def same_names(task: Task) -> None:
    _write_dataset(task, existing_data_behavior="overwrite_or_ignore", create_dir=False)


def _write_dataset(task: Task, **how: Any) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    from pyarrow.fs import S3FileSystem

    pa.set_io_thread_count(IN_FLIGHT)
    fs = S3FileSystem(
        access_key=KEY, secret_key=SECRET, region=CREDENTIALS["AWS_DEFAULT_REGION"], scheme="http",
        endpoint_override=task.endpoint.removeprefix("http://"), allow_delayed_open=True,
    )  # fmt: skip
    table = arrow.whole(Path(task.answer))
    table = table.append_column("usage_date", pc.strftime(table["time"], format="%Y-%m-%d"))
    ds.write_dataset(
        table, task.prefix, filesystem=fs, format="parquet", basename_template="{i}.parquet",
        partitioning=ds.partitioning(pa.schema([("usage_date", pa.string())]), flavor="hive"),
        file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"), **how,
    )  # fmt: skip


def polars(task: Task) -> None:
    import polars as pl

    long = peers.polars_long(Path(task.answer), pl.Categorical())
    by_day = pl.PartitionBy(task.url, key="usage_date")
    long.lazy().sink_parquet(by_day, storage_options=task.rust_options)


def delta_lake(task: Task) -> None:
    from deltalake import write_deltalake

    table = peers.delta_table(Path(task.answer))
    write_deltalake(task.url, table, partition_by=["usage_date"], mode="overwrite", storage_options=task.rust_options)


def s3fs(task: Task) -> None:
    _bare(task, expects=True)


def s3fs_without_expect(task: Task) -> None:
    _bare(task, expects=False)


def _bare(task: Task, *, expects: bool) -> None:
    from asyncio import Semaphore, gather

    from botocore.handlers import add_expect_header
    from fsspec.asyn import sync
    from s3fs import S3FileSystem

    sizes: dict[str, int] = json.loads(Path(task.objects).read_text())
    data = os.urandom(max(sizes.values()))
    fs = S3FileSystem(
        endpoint_url=task.endpoint, key=KEY, secret=SECRET, skip_instance_cache=True,
        config_kwargs={"max_pool_connections": IN_FLIGHT},
    )  # fmt: skip

    async def all_of_them() -> None:
        client, slots = await fs.set_session(), Semaphore(IN_FLIGHT)
        if not expects:
            client.meta.events.unregister("before-call.s3", add_expect_header)

        async def one(request: Callable[[], Coroutine[Any, Any, Any]]) -> None:
            async with slots:
                await request()

        def request(name: str, size: int) -> Callable[[], Coroutine[Any, Any, Any]]:
            path = f"{task.prefix}/{name}"
            if task.reads:
                return lambda: fs._cat_file(path, start=0)
            return lambda: fs._pipe_file(path, data[:size])

        await gather(*(one(request(name, size)) for name, size in sizes.items()))

    sync(fs.loop, all_of_them)


_ARROW = ("msgspec", "numpy", "pyarrow.compute", "pyarrow.parquet")
BARE = "s3fs, 32 in flight"
METHODS = {
    "ours": Method(("s3fs", "aiobotocore.session", "pyarrow.parquet"), provider),
    BARE: Method(("s3fs", "aiobotocore.session"), s3fs),
    "s3fs, 32 in flight, without Expect": Method(("s3fs", "aiobotocore.session"), s3fs_without_expect),
    "awswrangler": Method((*_ARROW, "pandas", "awswrangler"), awswrangler, in_turns=False),
    "write_dataset, delete_matching": Method((*_ARROW, "pyarrow.dataset", "pyarrow.fs"), delete_matching),
    "write_dataset, same names": Method((*_ARROW, "pyarrow.dataset", "pyarrow.fs"), same_names),
    "Polars": Method(("polars", "msgspec"), polars),
    "deltalake": Method((*_ARROW, "deltalake"), delta_lake),
}


def run(method: str, task: Task) -> dict[str, float]:
    os.environ |= CREDENTIALS
    if method == "ours":
        ours.imports()
    for name in METHODS[method].modules:
        import_module(name)
    began, began_cpu = time.perf_counter(), cpu()
    METHODS[method].work(task)
    return {"seconds": time.perf_counter() - began, "cpu": cpu() - began_cpu}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], Task(**json.loads(sys.argv[2])))), flush=True)
    os._exit(0)  # as it ends, pyarrow sometimes aborts: "terminate called without an active exception"
