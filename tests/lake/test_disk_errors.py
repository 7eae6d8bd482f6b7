"""What the system says of a disk: each error names the path that it is about, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake import disk_errors, permission
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.lake.store_errors import failed
from airflow_provider_ldusage.log_text import shortened
from tests.mounts import tmpfs

REMOVE = "Remove it, or give another destination."
DAY = "t/usage_date=2026-11-01/all.parquet"


def put(root: Path, size: int = 1) -> str:
    """What a store says that cannot store a day."""
    with pytest.raises(StoreError) as caught:
        LocalStore(str(root), f"file://{root}").put(DAY, b"x" * size)
    return str(caught.value)


def told(root: Path, said: str, remedy: str) -> str:
    """What it should say; a long path is cut and follows whole."""
    return str(failed("write to", f"file://{root}/{DAY}", said, remedy))


def refused(root: Path) -> str:
    """What keeps a destination from being used, before anything is stored."""
    found = disk_errors.unusable(root)
    assert found is not None
    return " ".join(found)


def test_a_full_disk_is_said_to_be_full_whenever_that_shows(tmp_path: Path) -> None:
    with tmpfs(tmp_path, "size=64k") as disk:
        message = put(disk / "lake", 100_000)
        assert message.startswith("Cannot write to the destination: No space left on device")
        assert " Make room on the disk, or raise the quota. (" in message


def test_a_quota_and_a_full_disk_have_one_remedy(tmp_path: Path) -> None:
    for code in (errno.ENOSPC, errno.EDQUOT):
        said, remedy = disk_errors.described(OSError(code, os.strerror(code)), tmp_path / "lake" / DAY, tmp_path)
        assert said == f"{os.strerror(code)} ({tmp_path})"
        assert remedy == "Make room on the disk, or raise the quota."


def test_a_disk_that_cannot_be_written_to_is_said_to_be_read_only(tmp_path: Path) -> None:
    with tmpfs(tmp_path, "size=64k,ro") as disk:
        assert put(disk) == told(disk, f"Read-only file system ({disk})", permission.READ_ONLY)
        assert refused(disk) == f"This task may not write to the folder {disk}. {permission.READ_ONLY}"
        message = refused(disk / "lake")
        assert message.startswith("Cannot make the folder ") and "this task may not write to " in message
        assert message.endswith(f"{permission.READ_ONLY} Or give another destination.")


def test_a_file_where_a_folder_must_be_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lake"
    file.write_bytes(b"")
    assert put(file) == told(file, f"Not a directory ({file})", REMOVE)
    assert refused(file) == f"{file} is no folder. {REMOVE}"
    inside = shortened(str(file / "in"), 75)
    assert refused(file / "in") == f"Cannot make the folder {inside}: {shortened(str(file), 75)} is no folder. {REMOVE}"


def test_an_error_of_unknown_cause_has_the_usual_remedy(tmp_path: Path) -> None:
    error = OSError(errno.EIO, os.strerror(errno.EIO))
    assert disk_errors.described(error, tmp_path, tmp_path) == ("Input/output error", None)


def test_a_folder_that_can_be_made_is_no_trouble(tmp_path: Path) -> None:
    assert disk_errors.unusable(tmp_path) is None
    assert disk_errors.unusable(tmp_path / "not" / "yet") is None


def test_what_refuses_is_named_even_if_it_is_not_the_file_s_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files may belong to another user than the table's."""
    aside = tmp_path / "_ldusage" / "tmp"
    aside.mkdir(parents=True)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != aside and access(path, mode))
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(aside / "x"))
    said, remedy = disk_errors.described(error, tmp_path / DAY, tmp_path)
    assert said == f"Permission denied ({aside})"
    assert remedy is not None and remedy.startswith(f"{aside} belongs to ")
