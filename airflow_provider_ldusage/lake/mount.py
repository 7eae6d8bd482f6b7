"""What the mount below a destination can do, tried before LaunchDarkly is asked for anything.

In a folder of its own, which is removed again, this does once what a load does: it makes folders and files, replaces a
file by another, locks and syncs it. What a load can do without is reported; what it needs is an error.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake import disk, disk_errors, permission
from airflow_provider_ldusage.lake.layout import PARTITION, STATE

DAY = f"{PARTITION}=2026-01-01"
NAME = f"{'x' * 99}.check"
"""As long as the longest name of a day's file, and no name that readers look for."""
STALE_SECONDS = 3_600
"""A check takes seconds: the folder of one this old was left by a killed task."""
_OURS = re.compile(rf"{re.escape(disk.CHECK)}[0-9a-f]{{32}}")
ANOTHER = "Give the lake a local disk or NFS, or name an object store by its URL rather than by a folder that shows it."
CUT = "After a power cut, clear the runs of the minutes before it, so that their days are loaded again."
NO_FOLDER_SYNC = (
    f"It does not sync folders: a power cut may take back files stored shortly before, whole, as if never stored. {CUT}"
)
NO_FILE_SYNC = f"It does not sync files: a power cut may leave files stored shortly before cut off or empty. {CUT}"
NO_LOCK = (
    "It has no locks: of two tasks that load one table at once, one may overwrite what the other noted. Load a table "
    "with one task at a time."
)


def lacks(root: Path, asides: Path, table: str, files: Iterable[str] = ()) -> list[str]:
    """Return what the mount lacks that a load can do without, and what that means.

    :param root: the destination's folder, which may not exist yet
    :param asides: folder for temporary files
    :param table: name of the table's folder
    :param files: names of what the load will store
    :raises StoreError: for errors that may pass, such as a full disk
    :raises LakeError: the mount cannot hold a lake
    """
    # A load that is refused later must not leave an empty lake: a new one is tried in the folder above it.
    folder = (asides if root.exists() else disk_errors.nearest(root)) / f"{disk.CHECK}{uuid.uuid4().hex}"
    _sweep([asides, *root.parents])
    try:
        # The user who made a folder may be another than this task's.
        inside = [root / table / NAME, root / STATE / NAME, root / STATE / table / NAME]
        if why := permission.refused([*inside, *(root / name for name in files)]):
            raise StoreError(*why)
        file = _write(folder)
        _check_device(file, disk_errors.nearest(root / table))
        return _lacks(file, root)
    except OSError as error:
        raise _reason(error, root) from error
    finally:
        for path in (folder / DAY / NAME, folder / DAY, folder):  # one by one: listing may be forbidden
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()


def _sweep(folders: Iterable[Path]) -> None:
    """Remove what killed checks have left. Any folder above the destination may have been the nearest at that time."""
    for folder in folders:
        with contextlib.suppress(OSError):
            if os.access(folder, os.W_OK):
                _sweep_folder(folder)


def _sweep_folder(folder: Path) -> None:
    with os.scandir(folder) as found:
        names = [entry.name for entry in found if _OURS.fullmatch(entry.name)]
    for path in (folder / name for name in names):
        with contextlib.suppress(OSError):  # another task may be sweeping too
            if path.lstat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(path)


def _write(folder: Path) -> Path:
    file = folder / DAY / NAME
    disk.create(file, b"first", folder)
    try:
        disk.replace(file, b"second", folder)
        replaced = disk.read(file, 0) == b"second"
    except OSError as error:
        if error.errno not in (*disk.NO_LINKS, errno.EEXIST, errno.EINVAL, errno.EACCES, errno.EXDEV):
            raise
        replaced = False
    if not replaced:
        raise LakeError(f"the mount of {folder.parent} cannot replace a file by renaming another.", ANOTHER)
    return file


def _check_device(file: Path, folder: Path) -> None:
    """A file cannot be renamed into another file system, nor into another mount of the same one. The system refuses
    that before it looks at the new name, so a rename to an impossible name tells. Folders are compared with folders: on
    an overlay, files may have another device."""
    same = file.parent.stat().st_dev == folder.stat().st_dev
    try:
        os.rename(file, f"{folder}/.")  # noqa: PTH104 (pathlib would leave the dot out)
    except OSError as error:
        same = same and error.errno != errno.EXDEV
    if not same:
        raise LakeError(
            f"{folder} is on another file system than {file.parents[2]}, so that a day cannot be replaced whole.",
            "Mount the whole destination, or give the table a destination of its own on that disk.",
        )


def _lacks(file: Path, root: Path) -> list[str]:
    found = []
    handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        if not disk.sync_handle(handle):
            found.append(NO_FILE_SYNC)
        elif not all([disk.sync_folder(file.parent), disk.sync_folder(disk_errors.nearest(root))]):
            found.append(NO_FOLDER_SYNC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in disk.NO_LOCKS:
                raise
            found.append(NO_LOCK)
    finally:
        os.close(handle)
    return found


def _reason(error: OSError, root: Path) -> LakeError:
    """Describe an error of the system, with what to do about it. The folder of the check is not named: it is gone."""
    where = Path(str(error.filename or root).partition(f"/{disk.CHECK}")[0])
    said, remedy = disk_errors.described(error, where / NAME, root)
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
        return LakeError(f"{said}.", f"Names such as '{DAY}' and names of 140 characters must be possible. {ANOTHER}")
    return StoreError(f"{said}.", remedy or ANOTHER)
