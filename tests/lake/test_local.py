"""Folders that cannot hold a lake: an error with the URI, and no half-written day."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake.local import LocalStore

USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}, 3: {("q", "go"): 7}}


def at(root: Path) -> LocalStore:
    return LocalStore(str(root), f"file://{root}")


def test_a_file_where_the_folder_should_be_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    for root in (tmp_path / "lake", tmp_path / "lake" / "deeper"):
        with pytest.raises(LakeError, match=r"lake is no folder\. Remove it, or give another") as caught:
            at(root).check()
        assert f"file://{root}" in str(caught.value)


def test_a_dangling_link_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "lake").symlink_to(tmp_path / "gone")
    with pytest.raises(LakeError, match="no folder"):
        at(tmp_path / "lake").check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the next test stands in for it")
def test_a_folder_without_permission_fails_the_check(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LakeError, match="may not write to"):
            at(tmp_path / "lake").check()
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_the_system_says_is_not_ours_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(LakeError, match=r"Cannot make the folder .*: this task may not write to /"):
        at(tmp_path / "lake").check()
    with pytest.raises(LakeError, match=r"This task may not write to the folder /"):
        at(tmp_path).check()


@pytest.mark.parametrize("name", ["_ldusage", "ai_runs_incremental_daily_by_project_id_sdk_name"])
def test_a_file_in_the_place_of_a_folder_is_an_error_with_the_uri(disk: Any, runs: Any, name: str) -> None:
    disk.write(name, b"a file")
    with pytest.raises(LakeError, match=r"^Cannot (read|write to|look at) the destination: .*\(file://"):
        runs.load(disk.store, USAGE)


def test_a_folder_in_the_place_of_a_file_is_an_error_with_the_uri(disk: Any, runs: Any) -> None:
    disk.write(f"{runs.name}/usage_date=2026-11-02/all.parquet/x", b"")
    with pytest.raises(
        LakeError, match=r"^Cannot read the destination: .*\(file://.*usage_date=2026-11-02/all.parquet"
    ):
        runs.load(disk.store, USAGE)


def test_a_destination_may_be_a_link_to_a_folder(tmp_path: Path, runs: Any) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = at(tmp_path / "link")
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


def test_a_share_that_removes_nothing_that_is_open_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def refuse(path: Path, *how: Any, **named: Any) -> None:
        if path.name.endswith(".lock"):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        unlink(path, *how, **named)

    monkeypatch.setattr(Path, "unlink", refuse)
    store = at(tmp_path)
    for before, data in ((None, b"1"), (b"1", b"2"), (b"2", b"3")):
        found = store.read_versioned("x")
        assert (found and found.data) == before
        assert store.swap("x", data, found)


def test_a_folder_that_may_not_be_listed_is_an_error_with_its_place(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "lake"), "file:///lake")
    (tmp_path / "lake" / "t").mkdir(parents=True)
    (tmp_path / "lake" / "t" / "loop").symlink_to("loop")
    with pytest.raises(StoreError, match=r"^Cannot list the destination: .*file:///lake/"):
        store.sizes()
