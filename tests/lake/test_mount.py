"""What a mount lacks is known before anything is stored: what can be done without is told, the rest is refused."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake.layout import table_file
from airflow_provider_ldusage.lake.local import LocalStore
from tests.mounts import WRITABLE, mounted, tmpfs

USAGE = {1: {("p", "node"): 5}, 2: {("p", "go"): 6}, 3: {("q", "go"): 7}}
NEWER = {day: {label: value + 100 for label, value in figures.items()} for day, figures in USAGE.items()}
# A check that is killed once it has written its file.
KILLED = """
import sys, time
from airflow_provider_ldusage.lake import mount
from airflow_provider_ldusage.lake.local import LocalStore

def wait(*_):
    print("written", flush=True)
    time.sleep(600)

mount._check_device = wait
LocalStore(sys.argv[1], "file://x").check("_ldusage/t.json")
"""
NO_SYNC = [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF]


def lake(folder: Path) -> LocalStore:
    return LocalStore(f"{folder}/lake", f"file://{folder}/lake")


def files(store: LocalStore) -> set[str]:
    return {str(path.relative_to(store.root)) for path in Path(store.root).rglob("*") if path.is_file()}


def check(store: LocalStore, runs: Any) -> None:
    store.check(table_file(runs.name))


def loads(store: LocalStore, runs: Any) -> None:
    """New days, restated ones, unchanged ones, and a state object."""
    for figures, outcome in ((USAGE, "written"), (NEWER, "restated"), (NEWER, "unchanged")):
        check(store, runs)
        assert len(runs.load(store, figures).days(outcome)) == 3
    assert store.swap("_ldusage/state/x.json", b"1", None)
    assert files(store) == {
        *(f"{runs.name}/usage_date=2026-11-0{day}/all.parquet" for day in (1, 2, 3)),
        table_file(runs.name),
        "_ldusage/state/x.json",
    }


@pytest.fixture(params=list(WRITABLE))
def mount(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    with WRITABLE[request.param](tmp_path) as folder:
        yield folder


def test_a_lake_is_loaded_on_every_file_system(mount: Path, runs: Any) -> None:
    loads(lake(mount), runs)


def test_the_check_leaves_nothing_behind(tmp_path: Path, runs: Any, caplog: pytest.LogCaptureFixture) -> None:
    check(lake(tmp_path), runs)
    assert not list(tmp_path.iterdir())
    caplog.clear()
    (tmp_path / "lake").mkdir()
    check(lake(tmp_path), runs)
    assert not list((tmp_path / "lake" / "_ldusage" / "tmp").iterdir())
    assert not caplog.records


@pytest.mark.parametrize("there", ["lake", "lake/_ldusage/tmp"])
def test_leftovers_of_a_killed_check_are_hidden_and_swept_by_the_next(tmp_path: Path, runs: Any, there: str) -> None:
    """The check runs beside a destination that is not there yet, where a reader may look too."""
    root = tmp_path / "new" / "lake"
    left = root / "_ldusage" / "tmp" if there.endswith("tmp") else tmp_path
    left.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(root)], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout and victim.stdout.readline() == "written\n"
        victim.kill()
    (leftover,) = left.glob(".ldusage-check-*")
    assert [path for path in leftover.rglob("*") if path.is_file()]
    assert not list(tmp_path.rglob("*.parquet*"))
    others = [left / ".ldusage-check-mine", left / f".ldusage-check-{'0' * 32}", left / f"x.ldusage-check-{'0' * 32}"]
    for other in others:
        other.mkdir()
    store = LocalStore(str(root), f"file://{root}")
    check(store, runs)
    assert leftover.exists()
    for path in (leftover, others[0], others[2]):
        os.utime(path, (time.time() - 4000,) * 2)
    root.mkdir(parents=True, exist_ok=True)  # as a load has made it meanwhile
    check(store, runs)
    assert not leftover.exists() and all(other.exists() for other in others)


@pytest.mark.parametrize("code", NO_SYNC)
def test_folders_that_are_not_synced_are_told_of_once_and_loads_go_on(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    fsync = os.fsync

    def refuse(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", refuse)
    (tmp_path / "lake").mkdir()
    loads(lake(tmp_path), runs)
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "does not sync folders: a power cut" in warning and "clear the runs" in warning


def test_folders_that_may_not_be_looked_into_are_not_synced(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Files may be made in a folder with the mode 0300."""
    opened = os.open

    def refuse(path: Any, flags: int, *mode: int, **how: Any) -> int:
        if flags == os.O_RDONLY and Path(path).is_dir():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, flags, *mode, **how)

    monkeypatch.setattr(os, "open", refuse)
    (tmp_path / "lake").mkdir()
    loads(lake(tmp_path), runs)
    assert "does not sync folders" in caplog.text


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_files_that_are_not_synced_are_told_of_too(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    (tmp_path / "lake").mkdir()
    loads(lake(tmp_path), runs)
    assert caplog.text.count("does not sync files: a power cut") == 1


def test_a_disk_that_fails_to_sync_is_an_error(tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="Input/output error"):
        check(lake(tmp_path), runs)


def test_a_mount_without_locks_is_told_of(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / "lake").mkdir()
    loads(lake(tmp_path), runs)
    assert caplog.text.count("has no locks: of two tasks") == 1


@pytest.mark.parametrize("code", [errno.EEXIST, errno.ENOSYS, errno.EPERM, errno.EXDEV])
def test_a_mount_that_replaces_no_file_is_refused(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(LakeError, match="cannot replace a file by renaming") as caught:
        check(lake(tmp_path), runs)
    assert caught.value.permanent and files(lake(tmp_path)) == set()


@pytest.mark.parametrize("code", [errno.ENAMETOOLONG, errno.EINVAL])
def test_a_mount_that_knows_no_such_names_is_refused(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    mkdir = Path.mkdir

    def refuse(path: Path, *mode: Any, **how: Any) -> None:
        if "=" in path.name:
            raise OSError(code, os.strerror(code), str(path))
        mkdir(path, *mode, **how)

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(LakeError, match=r"Names such as 'usage_date=2026-01-01'") as caught:
        check(lake(tmp_path), runs)
    assert caught.value.permanent


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_share_that_this_user_may_not_write_to_is_refused(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """NFS with root_squash tells root that it may write, and then lets it not."""

    def refuse(path: Path, *mode: Any, **how: Any) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match=r"Make it for the user|Root may not write there either"):
        check(lake(tmp_path), runs)
    (tmp_path / "lake").symlink_to(tmp_path)
    with pytest.raises(StoreError, match=f"Let the user with the id {os.geteuid()}"):
        check(lake(tmp_path), runs)


def test_a_table_s_folder_of_another_user_is_refused(
    tmp_path: Path, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lake" / runs.name).mkdir(parents=True)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != runs.name and access(path, mode))
    with pytest.raises(StoreError, match=rf"Permission denied \({tmp_path}/lake/{runs.name}\)"):
        check(lake(tmp_path), runs)


@pytest.mark.parametrize("options", ["size=1m", "nr_inodes=4"])
def test_a_full_disk_is_refused(tmp_path: Path, runs: Any, options: str) -> None:
    with tmpfs(tmp_path, options) as folder:
        if options.startswith("size"):
            (folder / "fill").write_bytes(b"x" * (1 << 20))
        with pytest.raises(StoreError, match="Make room on the disk"):
            check(lake(folder), runs)


def test_a_disk_that_has_become_read_only_is_refused(tmp_path: Path, runs: Any) -> None:
    with tmpfs(tmp_path) as folder:
        loads(lake(folder), runs)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StoreError, match=r"/tmpfs/lake.*mounted read-only\. Mount") as caught:
            check(lake(folder), runs)
        assert "chown" not in str(caught.value)


@pytest.mark.parametrize("part", ["table", "link", "control"])
def test_a_disk_below_the_destination_is_refused(tmp_path: Path, runs: Any, part: str) -> None:
    with tmpfs(tmp_path) as folder:
        root = tmp_path / "lake"
        root.mkdir()
        if part == "link":
            (root / runs.name).symlink_to(folder)
        inner = {"table": root / runs.name, "control": root / "_ldusage", "link": tmp_path / "elsewhere"}[part]
        with (
            mounted(inner, "--bind", str(folder)),
            pytest.raises(LakeError, match=r"is on another file system than .*Mount the whole") as caught,
        ):
            check(lake(tmp_path), runs)
        assert caught.value.permanent


def test_a_folder_of_the_same_disk_mounted_below_the_lake_is_refused(tmp_path: Path, runs: Any) -> None:
    """It has the same device, and yet no file can be renamed into it."""
    (tmp_path / "other").mkdir()
    with (
        mounted(tmp_path / "lake" / runs.name, "--bind", str(tmp_path / "other")),
        pytest.raises(LakeError, match="is on another file system"),
    ):
        check(lake(tmp_path), runs)
