"""The S3 in memory, asked by the clients that benchmarks ask it with."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks import memory_s3
from benchmarks.memory_s3 import Server

BUCKET = "lake"
REGION = "us-east-1"


@pytest.fixture(scope="module")
def s3() -> Iterator[Server]:
    with memory_s3.running() as found:
        found.create(BUCKET)
        yield found


@pytest.fixture
def client(s3: Server) -> Any:
    import boto3

    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": REGION}
    return boto3.client("s3", endpoint_url=s3.endpoint, **keys)


@pytest.fixture
def fs(s3: Server) -> Any:
    from s3fs import S3FileSystem

    return S3FileSystem(endpoint_url=s3.endpoint, key="any", secret="any", skip_instance_cache=True)


def refused(client: Any, **arguments: Any) -> int:
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_object(Bucket=BUCKET, **arguments)
    return int(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])


def test_an_object_is_what_was_put(client: Any) -> None:
    client.put_object(Bucket=BUCKET, Key="a b/ü+x", Body=b"0123456789", Metadata={"made-by": "us"})
    found = client.get_object(Bucket=BUCKET, Key="a b/ü+x")
    assert (found["Body"].read(), found["Metadata"]) == (b"0123456789", {"made-by": "us"})
    assert client.head_object(Bucket=BUCKET, Key="a b/ü+x")["ContentLength"] == 10


@pytest.mark.parametrize(
    ("wanted", "got"), [("bytes=2-4", b"234"), ("bytes=8-", b"89"), ("bytes=-3", b"789"), ("bytes=-99", b"0123456789")]
)
def test_ranges(client: Any, wanted: str, got: bytes) -> None:
    client.put_object(Bucket=BUCKET, Key="ranges", Body=b"0123456789")
    assert client.get_object(Bucket=BUCKET, Key="ranges", Range=wanted)["Body"].read() == got


def test_writes_on_condition(client: Any) -> None:
    client.delete_object(Bucket=BUCKET, Key="swapped")
    first = client.put_object(Bucket=BUCKET, Key="swapped", Body=b"1", IfNoneMatch="*")["ETag"]
    assert refused(client, Key="swapped", Body=b"2", IfNoneMatch="*") == 412
    client.put_object(Bucket=BUCKET, Key="swapped", Body=b"2", IfMatch=first)
    assert refused(client, Key="swapped", Body=b"3", IfMatch=first) == 412
    assert refused(client, Key="never", Body=b"3", IfMatch=first) == 404


def test_listings_come_in_pages(client: Any) -> None:
    for number in range(12):
        client.put_object(Bucket=BUCKET, Key=f"listed/{number // 3}/{number:02}", Body=b"")
    for kind in ("list_objects_v2", "list_objects"):
        pages = client.get_paginator(kind).paginate
        found = list(pages(Bucket=BUCKET, Prefix="listed/", PaginationConfig={"PageSize": 5}))
        assert len(found) == 3
        assert len([one for page in found for one in page["Contents"]]) == 12
        common = list(pages(Bucket=BUCKET, Prefix="listed/", Delimiter="/", PaginationConfig={"PageSize": 3}))
        assert [one["Prefix"] for page in common for one in page["CommonPrefixes"]] == [
            f"listed/{n}/" for n in range(4)
        ]


def test_several_are_deleted_at_once(client: Any, s3: Server) -> None:
    for key in ("gone/1", "gone/2", "gone/<3>"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"")
    s3.counts()
    client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "gone/1"}, {"Key": "gone/<3>"}]})
    left = client.list_objects_v2(Bucket=BUCKET, Prefix="gone/")["Contents"]
    assert [one["Key"] for one in left] == ["gone/2"]
    found = s3.counts()
    assert (found["DELETE"], found["LIST"]) == (1, 1)


def test_an_upload_in_parts(client: Any) -> None:
    data = os.urandom(11_000_000)
    client.upload_fileobj(io.BytesIO(data), BUCKET, "large")
    found = io.BytesIO()
    client.download_fileobj(BUCKET, "large", found)
    assert found.getvalue() == data


def test_s3fs(fs: Any) -> None:
    fs.pipe_file(f"{BUCKET}/s3fs/1", b"12345")
    assert fs.cat_file(f"{BUCKET}/s3fs/1", start=-2) == b"45"
    assert fs.find(f"{BUCKET}/s3fs") == [f"{BUCKET}/s3fs/1"]
    fs.rm(f"{BUCKET}/s3fs", recursive=True)
    assert not fs.exists(f"{BUCKET}/s3fs/1")


def test_pyarrow_replaces_partitions(s3: Server) -> None:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from pyarrow.fs import S3FileSystem

    host = s3.endpoint.removeprefix("http://")
    fs = S3FileSystem(access_key="any", secret_key="any", region=REGION, endpoint_override=host, scheme="http")
    by_day = ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive")
    for days in (list("aabb"), list("b")):
        ds.write_dataset(
            pa.table({"day": days, "value": list(range(len(days)))}), f"{BUCKET}/pyarrow", filesystem=fs,
            format="parquet", partitioning=by_day, existing_data_behavior="delete_matching",
        )  # fmt: skip
    assert ds.dataset(f"{BUCKET}/pyarrow", filesystem=fs, partitioning=by_day).count_rows() == 3


def test_polars_which_asks_by_object_store(s3: Server) -> None:
    import polars as pl

    options: Any = {
        "aws_endpoint_url": s3.endpoint, "aws_allow_http": "true", "aws_region": REGION,
        "aws_access_key_id": "any", "aws_secret_access_key": "any",
    }  # fmt: skip
    frame = pl.DataFrame({"day": list("aabb"), "value": [1, 2, 3, 4]})
    frame.lazy().sink_parquet(pl.PartitionBy(f"s3://{BUCKET}/polars", key="day"), storage_options=options)
    found = pl.scan_parquet(f"s3://{BUCKET}/polars/**/*.parquet", storage_options=options, hive_partitioning=True)
    assert found.collect().sort("value").to_dicts() == frame.select("value", "day").sort("value").to_dicts()
