"""What is special about Google's uploads. Real requests are tested in tests/stores."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.lake.google import GoogleStore
from airflow_provider_ldusage.lake.store import Versioned


class Filesystem:
    """Notes what gcsfs would be asked for."""

    base = "https://storage.googleapis.com/storage/v1/"

    def __init__(self) -> None:
        self.uploads: list[dict[str, Any]] = []
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.exists = False

    def split_path(self, path: str) -> tuple[str, str, None]:
        bucket, _, key = path.partition("/")
        return bucket, key, None

    def pipe_file(self, path: str, data: bytes, **options: Any) -> None:
        self.uploads.append(options)

    def call(self, *arguments: Any, **options: Any) -> Any:
        self.calls.append((arguments, options))
        if self.exists:
            raise FileExistsError("conditionNotMet")
        return {"x-goog-generation": "7"}, b"content"


@pytest.fixture
def fs() -> Filesystem:
    return Filesystem()


@pytest.fixture
def store(fs: Filesystem) -> GoogleStore:
    return GoogleStore(fs, "bucket/lake", "gs://bucket/lake")


def test_an_object_that_holds_gcsfs_boundary_is_uploaded_in_the_other_way(store: GoogleStore, fs: Filesystem) -> None:
    for data in (b"plain", b"x--==0==x"):
        store.put("a", data)
        store.create("a", data)
    assert fs.uploads == [{}, {"mode": "create"}, {"chunksize": 9}, {"mode": "create", "chunksize": 9}]


@pytest.mark.parametrize(("before", "generation"), [(None, "0"), (Versioned(b"1", "7"), "7")])
def test_a_swap_is_one_upload_on_condition_of_the_generation(
    store: GoogleStore, fs: Filesystem, before: Versioned | None, generation: str
) -> None:
    assert store.swap("a/é", b"--==0==\r\n", before)
    (((method, url, bucket), options),) = fs.calls
    assert (method, url, bucket) == ("POST", "https://storage.googleapis.com/upload/storage/v1/b/{}/o", "bucket")
    assert (options["uploadType"], options["ifGenerationMatch"]) == ("multipart", generation)
    boundary = options["headers"]["Content-Type"].partition('boundary="')[2].rstrip('"').encode()
    _, head, content, end = options["data"].split(b"--" + boundary)
    assert head.endswith(b'\r\n\r\n{"name": "lake/a/\\u00e9"}\r\n')
    assert content == b"\r\nContent-Type: application/octet-stream\r\n\r\n--==0==\r\n\r\n" and end == b"--"


def test_a_swap_that_another_task_has_overtaken_is_refused(store: GoogleStore, fs: Filesystem) -> None:
    fs.exists = True
    assert not store.swap("a", b"late", None)


def test_a_version_is_a_generation(store: GoogleStore) -> None:
    assert store.read_versioned("a") == Versioned(b"content", "7")


class Refused(Exception):
    code = 416


def test_a_server_that_refuses_ranges_is_read_whole(store: GoogleStore, fs: Any) -> None:
    asked: list[int] = []

    def cat_file(path: str, start: int) -> bytes:
        asked.append(start)
        if start < 0:
            raise Refused("range")
        return b"0123456789"

    fs.cat_file = cat_file
    assert [store.read_end("a", 3), store.read_end("a", 3)] == [b"789", b"789"]
    assert asked == [-3, 0, 0]
