"""Files on local disk that appear whole or not at all, and outlast a power cut.

A file is written and synced before it has its name. Where the system can (Linux, on most file systems), it has no name
at all until then: it belongs to its folder from the start, many files do not wait for each other in one folder for
temporary ones, and none is left over when a task dies. A file that replaces another gets a name there, and is renamed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

# Errors of a file system without hard links.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
# The same without unnamed files, or of a system without /proc.
NO_UNNAMED = {*NO_LINKS, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EXDEV, errno.EACCES}
# The same without locks; EBADF: the lock's file may only be read.
NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF}
# The same if it does not sync such a thing: folders on VirtualBox shares, older CIFS and some FUSE. Loads go on; the
# check before the first write reports what it means (:mod:`.mount`). EACCES: a folder that this task may write to but
# not read.
NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EISDIR}
NO_LOOK = {*NO_SYNC, errno.EACCES, errno.EPERM}
UNNAMED: int | None = getattr(os, "O_TMPFILE", None)
CHECK = ".ldusage-check-"
"""Begins the name of a folder in which a mount is checked."""
STALE_SECONDS = 86_400
"""A temporary file of this age belongs to a task that died."""


def read(path: Path, start: int) -> bytes:
    """Read a file.

    :param start: offset in bytes; if negative, that many bytes from the end, or all if it has fewer
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(start if start >= 0 else max(0, size + start))
        return file.readall()


def sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of each file below a folder, by its path; nothing if the folder does not exist."""
    found: dict[str, int] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    found |= sizes(Path(entry.path))
                else:
                    with contextlib.suppress(FileNotFoundError):  # a temporary file, which is gone meanwhile
                        found[entry.path] = entry.stat().st_size
    except FileNotFoundError:
        pass
    return found


def create(target: Path, data: bytes, asides: Path) -> bool:
    """Store a file unless it exists. Its name outlasts a power cut after :func:`sync`.

    :param asides: folder for temporary files, on the same file system
    :return: whether it was stored
    """
    _make_folder(target.parent)
    try:
        if _written_unnamed(target.parent, data, target):
            return True
    except FileExistsError:
        return False
    with _written_aside(target, data, asides) as aside:
        try:
            target.hardlink_to(aside)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            with locked(asides / f"{target.parent.name}.{target.name}"):
                if target.exists():
                    return False
                aside.replace(target)
    return True


def replace(target: Path, data: bytes, asides: Path) -> None:
    """Store a file, replacing any that exists; otherwise as :func:`create`."""
    _make_folder(target.parent)
    with _written_aside(target, data, asides) as aside:
        aside.replace(target)


def swap(target: Path, data: bytes, before: bytes | None, asides: Path) -> bool:
    """Replace a file if its content is still ``before``, and sync it.

    :param before: None: the file does not exist
    :return: whether it was replaced
    """
    _make_folder(target.parent)
    with locked(target):
        try:
            stored: bytes | None = read(target, 0)
        except FileNotFoundError:
            stored = None
        if stored != before:
            return False
        replace(target, data, asides)
    sync([target])
    return True


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Exclude other threads and processes that lock this file, if the mount has locks.

    The lock is held on a file beside it, which is removed afterwards. The kernel releases it when the process dies.
    """
    lock = target.with_name(f"{target.name}.lock")
    handle = _lock(lock)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # some shares do not remove an open file: the next task uses it
            lock.unlink()  # while the lock is held, so that waiting tasks see that the file is gone
        os.close(handle)


def sync(files: Iterable[Path]) -> None:
    """Make the names of files outlast a power cut, and those of their folders."""
    folders = {file.parent for file in files}
    for level in (folders, {folder.parent for folder in folders}):
        for folder in sorted(level):
            sync_folder(folder)


def sync_folder(folder: Path) -> bool:
    """Make the names in a folder outlast a power cut.

    :return: whether the file system supports that
    """
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in NO_LOOK:
            raise
        return False
    try:
        return sync_handle(opened)
    finally:
        os.close(opened)


def sync_handle(handle: int) -> bool:
    """Make an open file or folder outlast a power cut.

    :return: whether the file system supports that
    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
        return False
    return True


def sweep(asides: Path) -> None:
    """Remove temporary files of tasks that died."""
    found: list[Path] = []
    with contextlib.suppress(OSError):
        found = list(asides.iterdir())
    for aside in found:
        with contextlib.suppress(OSError):  # another task may be sweeping too
            if aside.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(aside) if aside.name.startswith(CHECK) else aside.unlink()


def _written_unnamed(folder: Path, data: bytes, name: Path) -> bool:
    """Write an unnamed file into a folder, then link it as ``name``, there or elsewhere.

    :return: False if the system does not support that
    """
    if UNNAMED is None:
        return False
    try:
        handle = os.open(folder, UNNAMED | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        try:
            _write(handle, data)
            # Only with a src_dir_fd does Python follow the link to the file.
            os.link(f"/proc/self/fd/{handle}", name, src_dir_fd=handle, follow_symlinks=True)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in NO_UNNAMED:
            raise
        return False
    return True


@contextlib.contextmanager
def _written_aside(target: Path, data: bytes, asides: Path) -> Iterator[Path]:
    aside = asides / f"{target.name}.{uuid.uuid4().hex}"
    _make_folder(asides)
    try:
        if not _written_unnamed(target.parent, data, aside):
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                _write(handle, data)
            finally:
                os.close(handle)
        yield aside
    finally:
        with contextlib.suppress(OSError):  # it has been renamed, or is swept later
            aside.unlink()


def _lock(lock: Path) -> int:
    while True:
        handle = _open_lock(lock)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
                return handle
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), lock.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _open_lock(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)  # NFS locks only what is open for writing
    except PermissionError:  # of another user
        return os.open(lock, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    sync_handle(handle)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it. The names of those above are synced at once, its own is synced later."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        _make_folder(folder.parent)
        sync_folder(folder.parent.parent)
        folder.mkdir(exist_ok=True)
