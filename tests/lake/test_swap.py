"""A small object is replaced if it is still as it was read: local disk, S3, and filesystems without conditions."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import disk as local
from airflow_provider_ldusage.lake.store import Versioned
from airflow_provider_ldusage.lake.stores import open_store
from tests.increments import NAME, in_processes, in_threads, increment

# A task that dies while it holds the lock.
HOLDER = """
import sys, time
from pathlib import Path
from airflow_provider_ldusage.lake import disk
with disk.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_only_what_is_as_it_was_read_is_replaced(place: Any) -> None:
    store = place.store
    assert store.read_versioned(NAME) is None
    assert store.swap(NAME, b"1", None)
    assert not store.swap(NAME, b"late", None)
    before = store.read_versioned(NAME)
    assert before and before.data == b"1"
    assert store.swap(NAME, b"2", before)
    assert not store.swap(NAME, b"late", before)
    assert place.objects() == {NAME: b"2"}


def test_what_was_removed_meanwhile_is_not_made_again(place: Any) -> None:
    place.store.swap(NAME, b"1", None)
    before = place.store.read_versioned(NAME)
    place.remove(NAME)
    assert not place.store.swap(NAME, b"2", before)
    assert place.names() == set()


def test_without_conditions_an_object_is_read_again_before_a_write() -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    fs = MemoryFileSystem()
    store = open_store(fs, "/swap/lake", "memory://swap/lake")
    assert store.swap(NAME, b"1", None)
    before = store.read_versioned(NAME)
    assert before == Versioned(b"1", "")
    assert store.swap(NAME, b"2", before)
    assert not store.swap(NAME, b"late", before)
    assert not store.swap(NAME, b"late", None)
    assert store.read(NAME) == b"2"
    fs.rm("/swap", recursive=True)


def test_an_s3_is_asked_for_no_more_than_a_read_and_a_write(s3: Any) -> None:
    with s3.requests() as seen:
        increment(s3.store, 2)
    assert [line.split()[0] for line in seen] == ["GET", "PUT", "GET", "PUT"]
    assert [line.split()[-1] for line in seen] == ["404", "200", "200", "200"]


@pytest.mark.parametrize("tasks", [2, 8])
def test_no_increment_of_many_threads_is_lost(disk: Any, tasks: int) -> None:
    in_threads(disk.store, tasks, times=25)
    assert json.loads(disk.store.read(NAME)) == tasks * 25
    assert disk.names() == {NAME}


@pytest.mark.parametrize("tasks", [2, 8])
def test_no_increment_of_many_processes_is_lost(disk: Any, tasks: int) -> None:
    in_processes(disk.other, disk.store.root, tasks, times=25)
    assert json.loads(disk.store.read(NAME)) == tasks * 25
    assert disk.names() == {NAME}


def test_of_many_who_create_it_at_once_one_does(place: Any) -> None:
    def create(number: int) -> bool:
        return bool(place.store.swap(f"_ldusage/{number % 10}.json", str(number).encode(), None))

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(80)))
    assert sum(created) == 10
    winners = {f"_ldusage/{number % 10}.json": str(number).encode() for number, won in enumerate(created) if won}
    assert place.objects() == winners


def test_a_task_killed_with_the_lock_in_its_hands_does_not_block_others(disk: Any) -> None:
    disk.store.swap(NAME, b"0", None)
    path = Path(disk.store.path(NAME))
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == "held\n"
            waiting = threading.Thread(target=increment, args=(disk.store, 1), daemon=True)
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
            assert disk.store.read(NAME) == b"0"
        finally:
            os.kill(holder.pid, signal.SIGKILL)
    waiting.join(60)
    assert not waiting.is_alive()
    assert disk.objects() == {NAME: b"1"}  # and no lock is left


def test_the_lock_s_file_of_a_dead_task_is_used_again(disk: Any) -> None:
    disk.write(f"{NAME}.lock", b"")
    increment(disk.store, 3)
    assert disk.objects() == {NAME: b"3"}


@pytest.mark.parametrize("code", sorted(local.NO_LOCKS))
def test_a_mount_without_locks_is_written_to_without(disk: Any, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert increment(disk.store, 3) == 0
    assert not disk.store.swap(NAME, b"late", None)
    assert disk.objects() == {NAME: b"3"}


def test_another_error_of_the_lock_leaves_no_handle_open(disk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk.store.swap(NAME, b"1", None)
    opened = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(StoreError, match=r"^Cannot write to .*: Input/output error.*\(file://.*t\.count\.json"):
        disk.store.swap(NAME, b"2", disk.store.read_versioned(NAME))
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert disk.store.read(NAME) == b"1"


def test_a_lock_of_another_user_is_waited_for_too(disk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse(path: Any, flags: int, *mode: int, **how: Any) -> int:
        if str(path).endswith(".lock") and flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, flags, *mode, **how)

    monkeypatch.setattr(os, "open", refuse)
    in_threads(disk.store, 4, times=10)
    assert disk.objects() == {NAME: b"40"}


def test_a_full_disk_changes_nothing_and_gives_the_lock_back(disk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    disk.store.swap(NAME, b"1", None)
    before = disk.store.read_versioned(NAME)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(StoreError, match="No space left"):
            disk.store.swap(NAME, b"2", before)
    assert disk.objects() == {NAME: b"1"}
    assert disk.store.swap(NAME, b"2", before)


def test_it_outlasts_a_power_cut(disk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    sync = local.sync
    monkeypatch.setattr(local, "sync", lambda files: synced.extend(files) or sync(files))
    disk.store.swap(NAME, b"1", None)
    assert synced == [Path(disk.store.path(NAME))]


def test_a_folder_in_its_place_is_an_error_with_the_uri(disk: Any) -> None:
    disk.write(f"{NAME}/x", b"")
    with pytest.raises(StoreError, match=r"^Cannot read .*\(file://.*t\.count\.json"):
        disk.store.read_versioned(NAME)
    with pytest.raises(StoreError, match=r"^Cannot write to .*\(file://.*t\.count\.json"):
        disk.store.swap(NAME, b"1", None)
