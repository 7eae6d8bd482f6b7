"""How Azure's conditions are asked for and its refusals read. Real requests are tested in tests/stores."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fsspec.asyn import get_loop

from airflow_provider_ldusage.exceptions import StoreError, StorePermissionError
from airflow_provider_ldusage.lake.azure import AzureStore
from airflow_provider_ldusage.lake.store import Versioned


class Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status_code = status


class Blob:
    """A blob client that downloads ``1`` with the ETag ``e1``, or fails."""

    properties = SimpleNamespace(etag="e1")

    def __init__(self, status: int) -> None:
        self.status = status

    async def __aenter__(self) -> Blob:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def download_blob(self) -> Blob:
        if self.status != 200:
            raise Refused(self.status)
        return self

    async def readall(self) -> bytes:
        return b"1"


class Filesystem:
    def __init__(self) -> None:
        self.loop, self.status, self.error = get_loop(), 200, None
        self.service_client = SimpleNamespace(get_blob_client=lambda container, blob: Blob(self.status))
        self.uploads: list[dict[str, Any]] = []

    def split_path(self, path: str) -> tuple[str, str, None]:
        container, _, blob = path.partition("/")
        return container, blob, None

    def pipe_file(self, path: str, data: bytes, **options: Any) -> None:
        self.uploads.append(options)
        if self.error:
            raise self.error


@pytest.fixture
def fs() -> Filesystem:
    return Filesystem()


@pytest.fixture
def store(fs: Filesystem) -> AzureStore:
    return AzureStore(fs, "container/lake", "abfs://container/lake")


@pytest.fixture
def unmodified(monkeypatch: pytest.MonkeyPatch) -> object:
    """azure.core's name for the condition."""
    module: Any = ModuleType("azure.core")
    module.MatchConditions = SimpleNamespace(IfNotModified=object())
    monkeypatch.setitem(sys.modules, "azure.core", module)
    monkeypatch.setitem(sys.modules, "azure", ModuleType("azure"))
    return module.MatchConditions.IfNotModified


def test_a_version_is_an_etag(store: AzureStore) -> None:
    assert store.read_versioned("a") == Versioned(b"1", "e1")


def test_a_blob_that_does_not_exist_is_told_from_one_that_may_not_be_read(store: AzureStore, fs: Filesystem) -> None:
    fs.status = 404
    assert store.read_versioned("a") is None
    fs.status = 403
    with pytest.raises(StorePermissionError, match=r"credentials.*are wrong, or lack the permission"):
        store.read_versioned("a")


def test_a_swap_is_one_upload_on_condition(store: AzureStore, fs: Filesystem, unmodified: object) -> None:
    assert store.swap("a", b"1", None)
    assert store.swap("a", b"2", Versioned(b"1", "e1"))
    assert fs.uploads == [{"overwrite": False}, {"etag": "e1", "match_condition": unmodified}]


@pytest.mark.parametrize("error", [FileExistsError("a"), Refused(412)])
def test_a_swap_that_another_task_has_overtaken_is_refused(
    store: AzureStore, fs: Any, unmodified: object, error: Exception
) -> None:
    fs.error = error
    assert not store.swap("a", b"late", Versioned(b"1", "e1"))
    fs.error = Refused(500)
    with pytest.raises(StoreError, match="status 500"):
        store.swap("a", b"late", None)
