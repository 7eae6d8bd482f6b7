"""Destinations that cannot be reached or written to: a LakeError with the clean URI, and no half-written day."""

from __future__ import annotations

import itertools
import os
import time
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError
from airflow_provider_ldusage.lake.store import Store

USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}, 3: {("q", "go"): 7}}
NEWER = {day: {label: value + 100 for label, value in figures.items()} for day, figures in USAGE.items()}


def local(root: Path) -> Store:
    from fsspec.implementations.local import LocalFileSystem

    return Store(LocalFileSystem(), str(root), f"file://{root}")


def test_a_good_destination_passes_the_check_whether_it_is_there_or_not(place: Any, tmp_path: Path) -> None:
    place.store.check()
    place.write("x", b"1")
    place.store.check()


def test_the_check_writes_nothing(place: Any) -> None:
    place.store.check()
    assert place.names() == set()


def test_a_missing_bucket_is_named(new_s3: Any) -> None:
    with pytest.raises(LakeError, match=r"s3://nowhere/x: there is no bucket or container 'nowhere'"):
        Store(new_s3(), "nowhere/x", "s3://nowhere/x").check()


def test_an_impossible_bucket_name_is_an_error_with_the_reason(new_s3: Any) -> None:
    with pytest.raises(LakeError, match=r"s3://a:b/x"):
        Store(new_s3(), "a:b/x", "s3://a:b/x").check()


def test_a_store_that_cannot_be_reached_is_told_from_a_missing_bucket(new_s3: Any) -> None:
    quick = {"connect_timeout": 1, "retries": {"max_attempts": 0}}
    fs = new_s3(endpoint_url="http://127.0.0.1:9", config_kwargs=quick)
    fs.retries = 1
    with pytest.raises(LakeError, match=r"^Cannot look at s3://lake/x/: .*Could not connect"):
        Store(fs, "lake/x", "s3://lake/x").check()


def test_a_bucket_that_may_not_be_looked_at_may_still_be_written_to(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies often allow objects below a prefix, and nothing of the bucket itself."""

    def forbidden(path: str) -> Any:
        raise PermissionError(13, "Forbidden")

    monkeypatch.setattr(s3.store.fs, "exists", lambda path: False)
    monkeypatch.setattr(s3.store.fs, "info", forbidden)
    s3.store.check()


def test_a_file_where_the_folder_should_be_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    for root in (tmp_path / "lake", tmp_path / "lake" / "deeper"):
        with pytest.raises(LakeError, match=r"lake is no folder that this task may write to") as caught:
            local(root).check()
        assert f"file://{root}" in str(caught.value)


def test_a_dangling_link_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "lake").symlink_to(tmp_path / "gone")
    with pytest.raises(LakeError, match="no folder"):
        local(tmp_path / "lake").check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the next test stands in for it")
def test_a_folder_without_permission_fails_the_check(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LakeError, match="may write to"):
            local(tmp_path / "lake").check()
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_the_system_says_is_not_ours_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(LakeError, match=f"{tmp_path} is no folder that this task may write to"):
        local(tmp_path / "lake").check()


@pytest.mark.parametrize("name", ["_ldusage", "ai_runs_incremental_daily_by_project_id_sdk_name"])
def test_a_file_in_the_place_of_a_folder_is_an_error_with_the_uri(disk: Any, runs: Any, name: str) -> None:
    disk.write(name, b"a file")
    with pytest.raises(LakeError, match=r"^Cannot (read|write|look at) file://"):
        runs.load(disk.store, USAGE)


def test_a_folder_in_the_place_of_a_day_file_is_an_error_with_the_uri(disk: Any, runs: Any) -> None:
    disk.write(f"{runs.name}/usage_date=2026-11-02/all.parquet/x", b"")
    with pytest.raises(LakeError, match=r"^Cannot read file://.*usage_date=2026-11-02/all.parquet"):
        runs.load(disk.store, USAGE)


def test_credentials_in_a_store_s_own_words_are_not_repeated(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("cannot reach https://me:hush@proxy:80/x via http://token@other")

    monkeypatch.setattr(place.store.fs, "cat_file", fails)
    monkeypatch.setattr(place.store, "is_local", False)
    with pytest.raises(LakeError) as caught:
        place.store.read("x")
    assert str(caught.value) == (
        f"Cannot read {place.store.uri}/x: OSError: cannot reach https://***@proxy:80/x via http://***@other"
    )


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("refused", "Authorization: Bearer hush"), ("refused: aws_secret_access_key=hush", "x"),
     ("refused by http://me:hush@proxy", "x")],
)  # fmt: skip
def test_no_traceback_of_a_store_s_error_shows_credentials(
    place: Any, monkeypatch: pytest.MonkeyPatch, outer: str, inner: str
) -> None:
    """Airflow logs what caused an error too, in its own words."""

    def fails(*_: Any, **__: Any) -> Any:
        try:
            raise ValueError(inner)
        except ValueError as error:
            raise OSError(outer) from error

    monkeypatch.setattr(place.store.fs, "cat_file", fails)
    monkeypatch.setattr(place.store, "is_local", False)
    with pytest.raises(LakeError, match="refused") as caught:
        place.store.read("x")
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_an_error_without_secrets_keeps_its_cause(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("refused")

    monkeypatch.setattr(place.store.fs, "cat_file", fails)
    monkeypatch.setattr(place.store, "is_local", False)
    with pytest.raises(LakeError) as caught:
        place.store.read("x")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_a_store_that_fails_midway_leaves_each_day_whole_and_the_next_load_converges(
    place: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    runs.load(place.store, NEWER)
    new = place.day_files()
    for name in new:
        place.remove(name)
    runs.load(place.store, USAGE)
    old = place.day_files()

    owner, method = (place.store.fs, "pipe_file") if place.is_s3 else (Path, "replace")
    puts, put = itertools.count(1), getattr(owner, method)

    def fails(*arguments: Any) -> Any:
        if next(puts) == fail_at:
            raise OSError(28, "No space left on device")
        return put(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, method, fails)
        with pytest.raises(LakeError, match=r"Cannot write .*parquet: OSError: .*No space left"):
            runs.load(place.store, NEWER)
    between = place.day_files()
    assert between.keys() == old.keys()
    assert all(between[name] in (old[name], new[name]) for name in old)
    runs.load(place.store, NEWER)
    assert place.day_files() == new


def test_a_failing_put_says_where_and_why(s3: Any, runs: Any, new_s3: Any) -> None:
    store = Store(new_s3(), "vanished/x", "s3://vanished/x")
    with pytest.raises(LakeError, match=r"^Cannot write s3://vanished/x/_ldusage/.*json: FileNotFoundError: .*bucket"):
        runs.load(store, USAGE)


def test_an_object_without_any_bytes_reads_as_no_bytes(place: Any) -> None:
    """Object stores answer 416 to a range of it."""
    place.write("empty", b"")
    assert place.store.read("empty") == b""
    assert place.store.read_end("empty", 100) == b""
    assert place.store.read("missing") is None
    assert place.store.read_end("missing", 100) is None


def test_the_end_of_an_object_is_read_whatever_its_size(place: Any) -> None:
    place.write("x", b"0123456789")
    assert [place.store.read_end("x", size) for size in (1, 9, 10, 11, 10_000)] == [
        b"9", b"123456789", b"0123456789", b"0123456789", b"0123456789",
    ]  # fmt: skip


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
def test_a_server_that_does_not_know_the_client_s_checksums_says_what_to_set(
    s3: Any, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise refused(411 if code == "MissingContentLength" else 400, code)

    monkeypatch.setattr(s3.store.fs, "pipe_file", fails)
    with pytest.raises(LakeError, match='"request_checksum_calculation": "when_required"'):
        s3.store.check("_ldusage/t.json")


def test_a_store_that_ignores_conditions_is_told_of_before_the_first_load(
    s3: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    s3.store.check("_ldusage/t.json")
    assert not caplog.records
    pipe_file = s3.store.fs.pipe_file
    monkeypatch.setattr(s3.store.fs, "pipe_file", lambda path, data, **condition: pipe_file(path, data))
    s3.store.check("_ldusage/t.json")
    assert "ignores conditions" in caplog.text
    assert s3.names() == set()


def test_a_store_that_refuses_conditions_is_told_of_too(
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


def test_a_filesystem_without_conditions_is_told_of_before_the_first_load_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Memory stands for all that fsspec knows and this package does not: SFTP, HDFS, WebDAV, FTP, ..."""
    from fsspec.implementations.memory import MemoryFileSystem

    fs = MemoryFileSystem()
    fs.mkdirs("/told/lake", exist_ok=True)
    store = Store(fs, "/told/lake", "memory://told/lake")
    try:
        store.check("_ldusage/t.json")
        (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert "memory://told/lake has no conditional writes: of two tasks" in warning
        assert not fs.find("/told")
        caplog.clear()
        store.put("_ldusage/t.json", b"{}")
        store.check("_ldusage/t.json")
        assert not caplog.records
    finally:
        fs.rm("/told", recursive=True)


@pytest.mark.parametrize("root", ["with space", "a=b/c=d", "ключ/é/😀", "%2f%20", "[x]*{y}", "~", "-", "$HOME"])
def test_a_destination_may_be_called_anything(tmp_path: Path, runs: Any, s3: Any, root: str) -> None:
    (tmp_path / "there").mkdir()
    for store in (local(tmp_path / "there" / root), Store(s3.store.fs, f"{s3.store.root}/{root}", "s3://lake/x")):
        store.check()
        assert runs.load(store, USAGE).days("written") == [date(2026, 11, n) for n in (1, 2, 3)]
        assert len(runs.load(store, USAGE).days("unchanged")) == 3
    assert (tmp_path / "there" / root / runs.name / "usage_date=2026-11-01" / "all.parquet").is_file()


def test_a_destination_may_be_a_link_to_a_folder(tmp_path: Path, runs: Any) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = local(tmp_path / "link")
    store.check()
    runs.load(store, USAGE)
    assert (tmp_path / "real" / runs.name / "usage_date=2026-11-03" / "all.parquet").is_file()


def test_only_leftovers_a_day_old_are_swept(disk: Any, runs: Any) -> None:
    disk.write("_ldusage/tmp/old.parquet.1", b"x")
    disk.write("_ldusage/tmp/young.parquet.2", b"x")
    disk.write("_ldusage/tmp/folder/x", b"x")
    long_ago = time.time() - 90_000
    for name in ("old.parquet.1", "folder"):
        os.utime(disk.store.path(f"_ldusage/tmp/{name}"), (long_ago, long_ago))
    runs.load(disk.store, USAGE)
    assert {name for name in disk.names() if "/tmp/" in name} == {
        "_ldusage/tmp/young.parquet.2",
        "_ldusage/tmp/folder/x",
    }


def test_many_commits_at_once_share_one_filesystem(place: Any, usage: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    each = [usage(filters={"sdkName": [f"sdk-{n}"]}) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda item: item.load(place.store, USAGE), each))
    assert [len(one.days("written")) for one in done] == [3] * 6
    assert len(place.day_files()) == 18
