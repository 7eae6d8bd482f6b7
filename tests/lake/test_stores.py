"""Each filesystem gets the store that knows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_ldusage.lake.azure import AzureStore
from airflow_provider_ldusage.lake.google import GoogleStore
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.lake.objects import ObjectStore
from airflow_provider_ldusage.lake.s3 import S3Store
from airflow_provider_ldusage.lake.stores import open_store

KINDS = {
    "local": (LocalFileSystem(), LocalStore),
    "s3fs": (SimpleNamespace(protocol=("s3", "s3a"), call_s3=None), S3Store),
    "gcsfs": (SimpleNamespace(protocol=("gs", "gcs"), call=None), GoogleStore),
    "adlfs": (SimpleNamespace(protocol="abfs", service_client=None), AzureStore),
    "memory": (MemoryFileSystem(), ObjectStore),
    "another filesystem for s3": (SimpleNamespace(protocol="s3"), ObjectStore),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_filesystem_gets_the_store_that_knows_it(name: str) -> None:
    fs, kind = KINDS[name]
    store: Any = open_store(fs, "/lake/usage/", "x://lake/usage/")
    assert type(store) is kind
    assert (store.root, store.uri, store.path("t/a")) == ("/lake/usage", "x://lake/usage", "/lake/usage/t/a")
    assert store.parallel == {LocalStore: 3, ObjectStore: 8}.get(kind, 32)


def test_s3_is_opened_with_what_s3fs_has(s3: Any) -> None:
    assert type(s3.store) is S3Store
