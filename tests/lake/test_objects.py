"""Any fsspec filesystem as an object store: what it lacks is reported, and no error shows credentials."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.exceptions import LakeError, StoreError, StorePermissionError
from airflow_provider_ldusage.lake.objects import ObjectStore


@pytest.fixture(params=["plain", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Of a filesystem that knows nothing special, and of S3."""
    if request.param == "s3":
        found: ObjectStore = request.getfixturevalue("s3").store
        return found
    return ObjectStore(LocalFileSystem(), f"{tmp_path}/lake", f"file://{tmp_path}/lake")


def test_a_filesystem_without_conditions_is_reported_by_a_first_load(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Memory stands for all that fsspec knows and this package does not: SFTP, HDFS, WebDAV, FTP, ..."""
    from fsspec.implementations.memory import MemoryFileSystem

    fs = MemoryFileSystem()
    fs.mkdirs("/told/lake", exist_ok=True)
    store = ObjectStore(fs, "/told/lake", "memory://told/lake")
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


@pytest.mark.parametrize(
    ("cause", "kind"), [("AccessDenied", StorePermissionError), ("ExpiredToken", StoreError), ("SlowDown", StoreError)]
)
def test_refused_credentials_fail_for_good_unless_they_may_be_renewed(
    store: Any, monkeypatch: pytest.MonkeyPatch, cause: str, kind: type[StoreError]
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Forbidden") from ValueError(f"An error occurred ({cause})")

    for name in ("cat_file", "info"):
        monkeypatch.setattr(store.fs, name, fails)
    with pytest.raises(StoreError, match=r"^Cannot read the destination: PermissionError") as caught:
        store.check("_ldusage/t.json")
    assert type(caught.value) is kind and caught.value.remedy == kind.usual_remedy


def test_a_missing_bucket_fails_for_good(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise FileNotFoundError("lake")

    for name in ("cat_file", "info"):
        monkeypatch.setattr(store.fs, name, missing)
    monkeypatch.setattr(store.fs, "exists", lambda path: False)
    with pytest.raises(LakeError, match=r"^There is no bucket or container") as caught:
        store.check("_ldusage/t.json")
    assert type(caught.value) is LakeError and caught.value.permanent


def test_credentials_in_a_store_s_own_words_are_not_repeated(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("cannot reach https://me:hush@proxy:80/x via http://token@other")

    monkeypatch.setattr(store.fs, "cat_file", fails)
    with pytest.raises(LakeError) as caught:
        store.read("x")
    assert str(caught.value) == (
        "Cannot read the destination: OSError: cannot reach https://***@proxy:80/x via http://***@other. "
        f"{StoreError.usual_remedy} ({store.uri}/x)"
    )


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("refused", "Authorization: Bearer hush"), ("refused: aws_secret_access_key=hush", "x"),
     ("refused by http://me:hush@proxy", "x")],
)  # fmt: skip
def test_no_traceback_of_a_store_s_error_shows_credentials(
    store: Any, monkeypatch: pytest.MonkeyPatch, outer: str, inner: str
) -> None:
    """Airflow logs what caused an error too, in its own words."""

    def fails(*_: Any, **__: Any) -> Any:
        try:
            raise ValueError(inner)
        except ValueError as error:
            raise OSError(outer) from error

    monkeypatch.setattr(store.fs, "cat_file", fails)
    with pytest.raises(LakeError, match="refused") as caught:
        store.read("x")
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_an_error_without_secrets_keeps_its_cause(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("refused")

    monkeypatch.setattr(store.fs, "cat_file", fails)
    with pytest.raises(LakeError) as caught:
        store.read("x")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_bucket_that_is_not_there_cannot_be_listed(s3: Any, new_s3: Any) -> None:
    from airflow_provider_ldusage.lake.stores import open_store

    with pytest.raises(LakeError, match="no bucket or container 'no-such-bucket'"):
        open_store(new_s3(), "no-such-bucket/usage", "s3://no-such-bucket/usage").sizes()


def test_a_listing_that_fails_is_an_error_with_the_place(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(store.fs, "find", fail)
    with pytest.raises(StoreError, match=r"^Cannot list the destination: .*Access Denied\. .*permission.*/t\)$"):
        store.sizes("t")
