"""What lineage tools call a table of each store, and where the store's console shows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_ldusage.lake.stores import open_store


def s3(endpoint: str, region: str | None = None) -> Any:
    client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=endpoint, region_name=region))
    return SimpleNamespace(protocol=("s3", "s3a"), call_s3=None, _s3=client)


def google(base: str) -> Any:
    return SimpleNamespace(protocol=("gs", "gcs"), call=None, base=base)


def azure(**client: str) -> Any:
    return SimpleNamespace(protocol="abfs", service_client=SimpleNamespace(**client))


@pytest.mark.parametrize(
    ("fs", "root", "uri", "namespace", "name"),
    [
        (LocalFileSystem(), "/data/usage", "file:///data/usage", "file", "/data/usage/events"),
        (s3("https://s3.amazonaws.com"), "lake/usage", "s3://lake/usage", "s3://lake", "usage/events"),
        (s3("http://127.0.0.1:9000"), "lake", "s3://lake", "s3://lake", "events"),
        (google("https://storage.googleapis.com/"), "lake/usage", "gs://lake/usage", "gs://lake", "usage/events"),
        (
            azure(primary_hostname="acme.blob.core.windows.net", account_name="acme"),
            "lake/usage",
            "abfs://lake/usage",
            "abfss://lake@acme.dfs.core.windows.net",
            "usage/events",
        ),
        (
            azure(primary_hostname="acme.blob.core.chinacloudapi.cn", account_name="acme"),
            "lake",
            "abfs://lake",
            "abfss://lake@acme.dfs.core.chinacloudapi.cn",
            "events",
        ),
        (
            azure(primary_hostname="127.0.0.1:10000/devstoreaccount1", account_name="devstoreaccount1"),
            "lake",
            "abfs://lake",
            "abfss://lake@devstoreaccount1.dfs.core.windows.net",
            "events",
        ),
        (azure(), "lake", "abfs://lake", "abfs://lake", "events"),
        (MemoryFileSystem(), "lake/usage", "memory://lake/usage", "memory://lake", "usage/events"),
    ],
    ids=["disk", "s3", "s3 server", "google", "azure", "azure china", "azurite", "azure unknown", "other"],
)
def test_a_table_is_called_as_openlineages_conventions_have_it(
    fs: Any, root: str, uri: str, namespace: str, name: str
) -> None:
    assert open_store(fs, root, uri).dataset("events") == (namespace, name)


AWS = "https://s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("fs", "root", "page"),
    [
        (s3(AWS, "eu-west-1"), "lake/a b/ü", "https://s3.console.aws.amazon.com/s3/buckets/lake?prefix=a%20b/%C3%BC/t/"),
        (s3(AWS, "eu-west-1"), "lake/x?y&z#", "https://s3.console.aws.amazon.com/s3/buckets/lake?prefix=x%3Fy%26z%23/t/"),
        (s3("https://s3.us-gov-west-1.amazonaws.com", "us-gov-west-1"), "lake",
         "https://console.amazonaws-us-gov.com/s3/buckets/lake?prefix=t/"),
        (s3("https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1"), "lake",
         "https://console.amazonaws.cn/s3/buckets/lake?prefix=t/"),
        (google("https://storage.googleapis.com/storage/v1/"), "lake/a b",
         "https://console.cloud.google.com/storage/browser/lake/a%20b/t"),
    ],
    ids=["aws", "odd names", "aws gov", "aws china", "google"],
)  # fmt: skip
def test_a_cloud_shows_a_table_in_its_console(fs: Any, root: str, page: str) -> None:
    assert open_store(fs, root, "x://lake").console("t") == page


@pytest.mark.parametrize(
    "fs",
    [
        LocalFileSystem(),
        MemoryFileSystem(),
        s3("http://127.0.0.1:9000", "us-east-1"),
        s3("https://s3.amazonaws.com.example.org"),
        SimpleNamespace(protocol="s3", call_s3=None, _s3=None),
        google("http://localhost:4443/storage/v1/"),
        azure(account_name="acme"),
    ],
    ids=["disk", "other", "s3 server", "s3 in name only", "s3 not connected", "google server", "azure"],
)
def test_elsewhere_there_is_no_console(fs: Any) -> None:
    assert open_store(fs, "/lake", "x://lake").console("t") == ""


def test_a_real_client_of_aws_tells_that_it_is_one() -> None:
    s3fs = pytest.importorskip("s3fs")
    fs = s3fs.S3FileSystem(key="k", secret="s", client_kwargs={"region_name": "eu-west-1"}, skip_instance_cache=True)
    store: Any = open_store(fs, "lake", "s3://lake")
    assert store.console("t") == "", "nothing was asked of it yet"
    store.fs.connect()  # which makes the client, and sends nothing
    assert store.console("t") == "https://s3.console.aws.amazon.com/s3/buckets/lake?prefix=t/"


def test_a_real_client_of_another_server_has_no_console(s3: Any) -> None:
    assert s3.store.read("x") is None
    assert s3.store.fs._s3 is not None
    assert s3.store.console("t") == ""
