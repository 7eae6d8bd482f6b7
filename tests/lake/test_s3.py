"""S3 and servers that differ from it, in what they refuse and in what they ignore."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.stores import open_store

USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}, 3: {("q", "go"): 7}}


def test_a_missing_bucket_is_named(new_s3: Any) -> None:
    with pytest.raises(LakeError, match=r"^There is no bucket or container 'nowhere' .*\(s3://nowhere/x\)$"):
        open_store(new_s3(), "nowhere/x", "s3://nowhere/x").check()


def test_an_impossible_bucket_name_is_an_error_with_the_reason(new_s3: Any) -> None:
    with pytest.raises(LakeError, match=r"s3://a:b/x"):
        open_store(new_s3(), "a:b/x", "s3://a:b/x").check()


def test_a_store_that_cannot_be_reached_is_told_from_a_missing_bucket(new_s3: Any) -> None:
    quick = {"connect_timeout": 1, "retries": {"max_attempts": 0}}
    fs = new_s3(endpoint_url="http://127.0.0.1:9", config_kwargs=quick)
    fs.retries = 1
    with pytest.raises(LakeError, match=r"^Cannot look at the destination: .*Could not connect.*\(s3://lake/x/"):
        open_store(fs, "lake/x", "s3://lake/x").check()


def test_a_bucket_that_may_not_be_looked_at_may_still_be_written_to(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies often allow objects below a prefix, and nothing of the bucket itself."""

    def forbidden(path: str) -> Any:
        raise PermissionError(13, "Forbidden")

    monkeypatch.setattr(s3.store.fs, "exists", lambda path: False)
    monkeypatch.setattr(s3.store.fs, "info", forbidden)
    s3.store.check()


def test_a_failing_put_says_where_and_why(s3: Any, runs: Any, new_s3: Any) -> None:
    store = open_store(new_s3(), "vanished/x", "s3://vanished/x")
    with pytest.raises(
        LakeError,
        match=r"^Cannot write to the destination: FileNotFoundError: .*bucket.*\(s3://vanished/x/_ldusage/.*json",
    ):
        runs.load(store, USAGE)


def refused(status: int, code: str) -> OSError:
    """An answer of an S3 server as s3fs passes it on."""
    from botocore.exceptions import ClientError

    error = OSError(22, code)
    error.__cause__ = ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetObject",
    )
    return error


def longer_is_refused(whole: bytes, size: int) -> bytes:
    if size > len(whole):
        raise refused(416, "InvalidRange")
    return whole[-size:]


def checksum_is_of_the_whole(whole: bytes, size: int) -> bytes:
    from botocore.exceptions import FlexibleChecksumError

    if size < len(whole):
        raise FlexibleChecksumError(error_msg="Expected checksum x did not match calculated checksum: y")
    return longer_is_refused(whole, size)


def unknown(whole: bytes, size: int) -> bytes:
    raise refused(501, "NotImplemented")


def whole_is_sent(whole: bytes, size: int) -> bytes:
    return whole


@pytest.mark.parametrize("answer", [longer_is_refused, checksum_is_of_the_whole, unknown, whole_is_sent])
def test_the_end_of_an_object_is_read_however_a_store_answers(
    s3: Any, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """rclone's server does the first two."""
    cat_file = s3.store.fs.cat_file

    def served(path: str, start: int) -> bytes:
        whole: bytes = cat_file(path, start=0)
        return answer(whole, -start) if start < 0 else whole

    monkeypatch.setattr(s3.store.fs, "cat_file", served)
    for data in (b"0123456789", b"", b"01"):
        s3.write("x", data)
        assert [s3.store.read_end("x", size) for size in (1, 2, 9, 10, 11, 10_000)] == [
            data[-size:] for size in (1, 2, 9, 10, 11, 10_000)
        ]
        assert s3.store.read("x") == data
    assert s3.store.read_end("missing", 10) is None


def test_a_store_that_refuses_ranges_is_asked_for_one_only_once(
    s3: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.load(s3.store, USAGE)
    cat_file, asked = s3.store.fs.cat_file, []

    def served(path: str, start: int) -> bytes:
        asked.append(start)
        if start < 0:
            raise refused(416, "InvalidRange")
        whole: bytes = cat_file(path, start=start)
        return whole

    monkeypatch.setattr(s3.store.fs, "cat_file", served)
    monkeypatch.setattr(s3.store, "parallel", 1)
    assert len(runs.load(s3.store, USAGE).days("unchanged")) == 3
    assert sum(start < 0 for start in asked) <= 3  # the days are read side by side
    del asked[:]
    assert len(runs.load(s3.store, USAGE).days("unchanged")) == 3
    assert not [start for start in asked if start < 0]


@pytest.mark.parametrize("code", ["MissingContentLength", "XAmzContentSHA256Mismatch"])
def test_a_server_without_the_clients_checksums_says_what_to_set(
    s3: Any, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise refused(411 if code == "MissingContentLength" else 400, code)

    monkeypatch.setattr(s3.store.fs, "pipe_file", fails)
    with pytest.raises(LakeError, match='"request_checksum_calculation": "when_required"'):
        s3.store.check("_ldusage/t.json")


def test_a_store_that_ignores_conditions_is_reported_by_a_first_load(
    s3: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    s3.store.check("_ldusage/t.json")
    assert not caplog.records
    pipe_file = s3.store.fs.pipe_file
    monkeypatch.setattr(s3.store.fs, "pipe_file", lambda path, data, **condition: pipe_file(path, data))
    s3.store.check("_ldusage/t.json")
    assert "ignores conditions" in caplog.text
    assert s3.names() == set()


def test_a_store_that_refuses_conditions_is_reported_too(
    s3: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pipe_file = s3.store.fs.pipe_file

    def put(path: str, data: bytes, **condition: Any) -> None:
        if condition:
            raise refused(501, "NotImplemented")
        pipe_file(path, data)

    monkeypatch.setattr(s3.store.fs, "pipe_file", put)
    s3.store.check("_ldusage/t.json")
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1 and "one task at a time" in warnings[0]
    assert s3.names() == set()
