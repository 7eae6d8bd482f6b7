"""One object that many tasks change at once, on real servers: no change is lost where the server knows conditions."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.store import Store
from tests.increments import NAME, in_processes, in_threads, increment
from tests.stores.kinds import BUCKET

pytestmark = pytest.mark.airflow

TOLD = "two tasks at once may overwrite each other"


@pytest.fixture
def store(lake: Any) -> Store:
    return opened(lake)


def opened(lake: Any, destination: str | None = None) -> Store:
    from airflow_provider_ldusage.operators.destination import open_store

    return open_store(destination or lake.destination)


def count_of(lake: Any) -> int:
    return int(json.loads(lake.files()[NAME]))


def test_only_what_is_as_it_was_read_is_replaced(store: Store, lake: Any) -> None:
    name, first, second = "_ldusage/é #%20=+&.json", b"--==0==--\r\n" * 9, bytes(range(256))
    assert store.read_versioned(name) is None
    assert store.swap(name, first, None)
    assert not store.swap(name, b"late", None)
    before = store.read_versioned(name)
    assert before and before.data == first == store.read(name)
    assert store.swap(name, second, before)
    assert not store.swap(name, b"late", before)
    assert lake.files() == {name: second}


def test_what_was_removed_meanwhile_is_not_made_again(store: Store, lake: Any) -> None:
    store.swap(NAME, b"1", None)
    before = store.read_versioned(NAME)
    store.fs.rm_file(store.path(NAME))
    assert not store.swap(NAME, b"2", before)
    assert lake.files() == {}
    assert store.swap(NAME, b"2", store.read_versioned(NAME))


def test_what_another_kind_of_write_has_stored_counts_too(store: Store) -> None:
    store.swap(NAME, b"1", None)
    before = store.read_versioned(NAME)
    store.put(NAME, b"put")
    assert not store.swap(NAME, b"2", before)
    assert store.read(NAME) == b"put"


def test_an_object_without_any_bytes_is_an_object(store: Store) -> None:
    assert store.swap(NAME, b"", None)
    before = store.read_versioned(NAME)
    assert before and before.data == b""
    assert store.swap(NAME, b"1", before)
    assert not store.swap(NAME, b"late", before)


def test_a_read_is_one_request_and_so_is_a_write(store: Store, lake: Any) -> None:
    increment(store, 2)  # by now it is known which conditions the server knows
    lake.proxy.reset()
    before = store.read_versioned(NAME)
    assert lake.requests() == {"GET": 1}
    lake.proxy.reset()
    assert store.swap(NAME, b"3", before)
    assert lake.requests() == {"PUT": 1}
    lake.proxy.reset()
    assert store.read_versioned("_ldusage/missing.json") is None
    assert lake.requests() == {"GET": 1}


@pytest.mark.parametrize("tasks", [2, 8])
def test_no_increment_of_many_threads_is_lost(store: Store, lake: Any, tasks: int) -> None:
    lake.proxy.delay = 0.02  # of each write: they meet
    vain = in_threads(store, tasks, times=6)
    assert count_of(lake) == tasks * 6
    assert vain > 0


@pytest.mark.parametrize("tasks", [2, 8])
def test_no_increment_of_many_processes_is_lost(lake: Any, tasks: int) -> None:
    in_processes(lake.kind.filesystem(), lake.prefix, tasks, times=4)
    assert count_of(lake) == tasks * 4


def test_of_many_who_create_it_at_once_one_does(store: Store, lake: Any) -> None:
    barrier = Barrier(8)

    def create(number: int) -> list[bool]:
        won = []
        for turn in range(5):
            barrier.wait(60)
            won.append(store.swap(f"_ldusage/{turn}.json", str(number).encode(), None))
        return won

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    winners = [[number for number in range(8) if won[number][turn]] for turn in range(5)]
    assert [len(each) for each in winners] == [1] * 5
    assert lake.files() == {f"_ldusage/{turn}.json": str(each[0]).encode() for turn, each in enumerate(winners)}


def test_a_missing_bucket_is_an_error_of_the_write(lake: Any) -> None:
    store = opened(lake, lake.destination.replace(f"@{BUCKET}/", "@nowhere/"))
    assert store.read_versioned(NAME) is None
    with pytest.raises(StoreError, match=r"^Cannot write to .*nowhere/"):
        store.swap(NAME, b"1", None)


def test_a_connection_that_may_only_read_is_told(lake: Any) -> None:
    opened(lake).swap(NAME, b"1", None)
    lake.connect("reader")
    store = opened(lake)
    before = store.read_versioned(NAME)
    assert before and before.data == b"1"
    for expected in (before, None):
        with pytest.raises(StoreError, match=r"^Cannot write to .* lack the permission"):
            store.swap(NAME, b"2", expected)
    assert lake.files() == {NAME: b"1"}


def test_a_store_that_lets_nothing_be_read_is_told(store: Store, lake: Any) -> None:
    lake.proxy.intercept = lambda method, target, headers, body: None if target == "/token" else lake.kind.denied
    with pytest.raises(StoreError, match=r"^Cannot read .* lack the permission"):
        store.read_versioned(NAME)


def refusing(*names: str, status: int, code: str, seen: list[str] | None = None) -> Any:
    answer = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>no</Message></Error>'.encode()

    def intercept(method: str, target: str, headers: Any, body: bytes) -> Any:
        asked = next((name for name in names if name in headers), None)
        if asked and seen is not None:
            seen.append(asked)
        return (status, answer) if asked else None

    return intercept


@pytest.mark.parametrize(
    ("status", "code"), [(412, "PreconditionFailed"), (501, "NotImplemented"), (400, "InvalidArgument")]
)
def test_a_server_without_conditions_is_found_out_once(
    store: Store, lake: Any, caplog: pytest.LogCaptureFixture, status: int, code: str
) -> None:
    if lake.kind.scheme != "s3":
        pytest.skip("Google and Azure know conditions")
    caplog.set_level(logging.INFO, "airflow_provider_ldusage")
    asked: list[str] = []
    lake.proxy.intercept = refusing("If-Match", "If-None-Match", status=status, code=code, seen=asked)
    assert increment(store, 5) == 0
    assert count_of(lake) == 5
    assert asked == ["If-None-Match", "If-Match", "If-Match"]
    assert [TOLD in record.getMessage() for record in caplog.records if record.name.endswith(".s3")] == [True, True]
    before = store.read_versioned(NAME)
    assert increment(store, 1) == 0
    assert not store.swap(NAME, b"late", before)
    assert not store.swap(NAME, b"late", None)
    assert count_of(lake) == 6


def test_a_write_that_meets_another_is_tried_again(store: Store, lake: Any, caplog: pytest.LogCaptureFixture) -> None:
    if lake.kind.scheme != "s3":
        pytest.skip("an answer of S3's")
    caplog.set_level(logging.INFO, "airflow_provider_ldusage")
    assert store.swap(NAME, b"1", None)
    before = store.read_versioned(NAME)
    lake.proxy.intercept = refusing("If-Match", status=409, code="ConditionalRequestConflict")
    assert not store.swap(NAME, b"2", before)
    lake.proxy.intercept = None
    assert store.swap(NAME, b"2", before)
    assert not [record for record in caplog.records if TOLD in record.getMessage()]


def test_a_server_that_knows_conditions_is_never_written_to_without(
    store: Store, lake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Ceph, too, once it is asked in the form that it knows."""
    caplog.set_level(logging.INFO, "airflow_provider_ldusage")
    bare: list[str] = []

    def look(method: str, target: str, headers: Any, body: bytes) -> None:
        query = target.partition("?")[2]
        if method in ("PUT", "POST") and "/token" not in target:
            told = "If-Match" in headers or "If-None-Match" in headers or "ifGenerationMatch" in query
            bare.extend([] if told else [target])

    lake.proxy.intercept = look
    in_threads(store, 4, times=5)
    assert count_of(lake) == 20
    assert bare == []
    assert not [record for record in caplog.records if TOLD in record.getMessage()]
