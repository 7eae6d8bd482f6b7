"""The client that a lake on S3 has for itself, on real requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.lake.s3_client import OneTrip, connections_of, own_filesystem
from airflow_provider_ldusage.lake.stores import open_store
from tests.lake.conftest import BUCKET, Moto
from tests.stores.proxy import Proxy

Headers = list[tuple[str, dict[str, str]]]


@pytest.fixture
def proxy(moto: Moto) -> Iterator[Proxy]:
    found = Proxy(moto.endpoint)
    yield found
    found.close()


@pytest.fixture
def put_headers(proxy: Proxy) -> Headers:
    """The headers of each PUT that reaches the server."""
    seen: Headers = []

    def note(method: str, target: str, headers: Any, body: bytes) -> None:
        if method == "PUT":
            seen.append((target, dict(headers)))

    proxy.intercept = note
    return seen


def pool(fs: Any) -> Any:
    """How many connections the client really keeps."""
    return fs.s3._endpoint.http_session._max_pool_connections


def test_the_pool_has_a_connection_for_each_request_in_flight(new_s3: Callable[..., Any]) -> None:
    store: Any = open_store(new_s3(), f"{BUCKET}/pool", "s3://lake/pool")
    assert pool(store.fs) == store.parallel == 32


@pytest.mark.parametrize(("given", "in_flight"), [(5, 5), (100, 32)])
def test_a_pool_that_the_connection_names_wins(new_s3: Callable[..., Any], given: int, in_flight: int) -> None:
    fs = new_s3(config_kwargs={"max_pool_connections": given, "read_timeout": 7})
    store: Any = open_store(fs, f"{BUCKET}/pool", "s3://lake/pool")
    assert (pool(store.fs), store.parallel) == (given, in_flight)
    assert store.fs.s3.meta.config.read_timeout == 7


def test_no_upload_asks_before_it_sends(new_s3: Callable[..., Any], proxy: Proxy, put_headers: Headers) -> None:
    store = open_store(new_s3(endpoint_url=proxy.url), f"{BUCKET}/trip", "s3://lake/trip")
    assert store.read("nothing") is None  # a load reads first
    store.put("put", b"1")
    store.create("created", b"2")
    assert store.swap("swapped", b"3", None)
    assert [target.rpartition("/")[2] for target, _ in put_headers] == ["put", "created", "swapped"]
    assert not [headers for _, headers in put_headers if "Expect" in headers]
    assert (store.read("put"), store.read("created"), store.read("swapped")) == (b"1", b"2", b"3")


def test_a_client_that_s3fs_made_anew_does_not_ask_either(
    new_s3: Callable[..., Any], proxy: Proxy, put_headers: Headers
) -> None:
    store: Any = open_store(new_s3(endpoint_url=proxy.url), f"{BUCKET}/trip", "s3://lake/trip")
    assert store.read("nothing") is None  # a load reads first
    store.put("a", b"1")
    store.fs.connect(refresh=True)
    store.put("b", b"2")
    assert len(put_headers) == 2 and not [headers for _, headers in put_headers if "Expect" in headers]


def test_the_filesystem_of_others_is_left_as_it_is(
    new_s3: Callable[..., Any], proxy: Proxy, put_headers: Headers
) -> None:
    theirs = new_s3(endpoint_url=proxy.url)
    theirs.pipe_file(f"{BUCKET}/theirs/before", b"1")
    cached = dict(type(theirs)._cache)
    store: Any = open_store(theirs, f"{BUCKET}/theirs", "s3://lake/theirs")
    assert store.read("nothing") is None  # a load reads first
    store.put("ours", b"2")
    theirs.pipe_file(f"{BUCKET}/theirs/after", b"3")
    assert store.fs is not theirs and dict(type(theirs)._cache) == cached
    assert theirs.config_kwargs == {} and pool(theirs) == 10
    assert ["Expect" in headers for _, headers in put_headers] == [True, False, True]


def test_a_filesystem_with_a_signer_of_its_own_is_used_itself(new_s3: Callable[..., Any]) -> None:
    """Its requests are signed by a handler of its client, as Airflow's connection may ask for."""
    from botocore import UNSIGNED

    fs = new_s3(config_kwargs={"signature_version": UNSIGNED})
    assert own_filesystem(fs, 32) is fs
    assert own_filesystem(new_s3(config_kwargs={"signature_version": "s3v4"}), 32) is not fs


def test_a_filesystem_of_another_make_is_used_itself() -> None:
    fs: Any = SimpleNamespace()
    assert own_filesystem(fs, 32) is fs
    assert connections_of(fs, 32) == 32
    OneTrip().prepare(fs)
