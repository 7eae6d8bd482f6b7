"""Files on local disk: whole or not there, whichever way the system lets them be made."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_ldusage.lake import disk


@pytest.fixture(params=[True, False], ids=["unnamed", "named"])
def unnamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(disk, "UNNAMED", None)
    elif disk.UNNAMED is None:
        pytest.skip("this system knows no files without a name")
    return bool(request.param)


def test_a_new_file_is_whole_and_alone(tmp_path: Path, unnamed: bool) -> None:
    target, asides = tmp_path / "t" / "usage_date=2026-11-01" / "all.parquet", tmp_path / "_ldusage" / "tmp"
    assert disk.create(target, b"one" * 100_000, asides)
    assert target.read_bytes() == b"one" * 100_000
    assert asides.exists() != unnamed
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target]


def test_it_may_be_read_by_whom_the_umask_lets(tmp_path: Path, unnamed: bool) -> None:
    before = os.umask(0o027)
    try:
        disk.create(tmp_path / "t" / "a", b"one", tmp_path / "tmp")
        disk.replace(tmp_path / "t" / "b", b"one", tmp_path / "tmp")
    finally:
        os.umask(before)
    assert [(tmp_path / "t" / name).stat().st_mode & 0o777 for name in "ab"] == [0o640, 0o640]


def test_one_that_is_there_is_left_alone(tmp_path: Path, unnamed: bool) -> None:
    target = tmp_path / "t" / "a"
    assert disk.create(target, b"one", tmp_path / "tmp")
    assert not disk.create(target, b"two", tmp_path / "tmp")
    assert target.read_bytes() == b"one"
    disk.replace(target, b"two", tmp_path / "tmp")
    assert target.read_bytes() == b"two"
    assert not list((tmp_path / "tmp").iterdir())


def test_a_file_that_replaces_another_belongs_to_its_folder_as_that_did(tmp_path: Path) -> None:
    if disk.UNNAMED is None or os.geteuid() != 0:
        pytest.skip("needs files without a name, and the right to give a folder to another group")
    folder = tmp_path / "t"
    folder.mkdir()
    os.chown(folder, -1, 1234)
    folder.chmod(0o2775)
    for write in (disk.create, disk.replace):
        write(folder / "a", b"one", tmp_path / "tmp")
        assert (folder / "a").stat().st_gid == 1234


def test_of_many_who_create_it_at_once_one_does(tmp_path: Path, unnamed: bool) -> None:
    def create(number: int) -> bool:
        return disk.create(tmp_path / f"t{number % 20}" / "a", str(number).encode(), tmp_path / "tmp")

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(160)))
    assert sum(created) == 20
    for number in (number for number, done in enumerate(created) if done):
        assert (tmp_path / f"t{number % 20}" / "a").read_bytes() == str(number).encode()


@pytest.mark.parametrize("code", sorted(disk.NO_UNNAMED))
def test_a_system_that_cannot_do_it_without_a_name_does_it_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    opened = os.open

    def refuse(path: object, flags: int, *mode: int, **how: int) -> int:
        if disk.UNNAMED is not None and flags & disk.UNNAMED == disk.UNNAMED:
            raise OSError(code, os.strerror(code))
        return opened(path, flags, *mode, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    assert disk.create(tmp_path / "t" / "a", b"one", tmp_path / "tmp")
    assert (tmp_path / "t" / "a").read_bytes() == b"one"


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    for write in (disk.create, disk.replace):
        with pytest.raises(OSError, match="No space left"):
            write(tmp_path / "t" / "a", b"one", tmp_path / "tmp")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_goes_only_in_part_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, bytes(data)[:7]))
    disk.create(tmp_path / "t" / "a", b"0123456789" * 5, tmp_path / "tmp")
    assert (tmp_path / "t" / "a").read_bytes() == b"0123456789" * 5


@pytest.mark.parametrize(
    ("start", "found"), [(0, b"0123"), (2, b"23"), (9, b""), (-1, b"3"), (-4, b"0123"), (-9, b"0123")]
)
def test_it_is_read_from_a_place_or_from_its_end(tmp_path: Path, start: int, found: bytes) -> None:
    (tmp_path / "a").write_bytes(b"0123")
    (tmp_path / "empty").write_bytes(b"")
    assert disk.read(tmp_path / "a", start) == found
    assert disk.read(tmp_path / "empty", start) == b""


def test_names_are_synced_from_the_files_folder_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "t" / folder / "a" for folder in ("x", "y")]
    for file in files:
        disk.create(file, b"", tmp_path / "tmp")
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(str(Path(f"/proc/self/fd/{handle}").readlink())))
    disk.sync(files)
    assert synced == [str(tmp_path / name) for name in ("t/x", "t/y", "t")]


def test_without_hard_links_the_first_of_two_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(disk, "UNNAMED", None)
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    target = tmp_path / "t" / "a"
    assert disk.create(target, b"one", tmp_path / "tmp")
    assert not disk.create(target, b"two", tmp_path / "tmp")
    assert target.read_bytes() == b"one"
    assert not list((tmp_path / "tmp").iterdir())


def test_sizes_leave_out_what_is_gone_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a").write_bytes(b"123")
    (tmp_path / "t" / "gone").symlink_to(tmp_path / "nowhere")
    assert disk.sizes(tmp_path) == {str(tmp_path / "t" / "a"): 3}
    assert disk.sizes(tmp_path / "nothing") == {}
