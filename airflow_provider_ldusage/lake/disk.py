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

# What a file system says that knows no hard links.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
# And one that knows no files without a name, or a system without /proc.
NO_UNNAMED = {*NO_LINKS, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EXDEV, errno.EACCES}
# And one that knows no locks; EBADF: no lock for who may only read the lock's file.
NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF}
# And one that syncs nothing of the kind: folders on VirtualBox shares, older CIFS and some FUSE. Loads go on; what it
# means is told before the first write (:mod:`.mount`). EACCES: a folder that this task may write to but not read.
NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EISDIR}
NO_LOOK = {*NO_SYNC, errno.EACCES, errno.EPERM}
UNNAMED: int | None = getattr(os, "O_TMPFILE", None)
CHECK = ".ldusage-check-"  # begins the name of a folder in which a mount is tried
STALE_SECONDS = 86_400  # a file on its way for a day belongs to a task that died


def read(path: Path, start: int) -> bytes:
    """A file from ``start`` on; where that is negative, so many bytes from its end, or all where it has fewer."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(start if start >= 0 else max(0, size + start))
        return file.readall()


def create(target: Path, data: bytes, asides: Path) -> bool:
    """Store a file unless there is one; whether it was stored. Its name lasts once :func:`sync` has seen to it.

    :param asides: folder for files on their way, in the same file system
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
    """Store a file, in place of one that may be there; as :func:`create` otherwise."""
    _make_folder(target.parent)
    with _written_aside(target, data, asides) as aside:
        aside.replace(target)


def swap(target: Path, data: bytes, before: bytes | None, asides: Path) -> bool:
    """Replace a file if its content is still ``before`` (None: no file), and sync it; whether it was replaced."""
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
    """Exclude the other threads and processes that lock this file, where the mount has locks.

    The lock is a file beside it, which is removed afterwards. The kernel releases it when its process dies.
    """
    lock = target.with_name(f"{target.name}.lock")
    handle = _lock(lock)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # some shares remove nothing that is open: then the next one uses it
            lock.unlink()  # while it is held: those who wait for it see that it has no name any more
        os.close(handle)


def sync(files: Iterable[Path]) -> None:
    """Make the names of files outlast a power cut, and those of their folders."""
    folders = {file.parent for file in files}
    for level in (folders, {folder.parent for folder in folders}):
        for folder in sorted(level):
            sync_folder(folder)


def sync_folder(folder: Path) -> bool:
    """Make the names in a folder outlast a power cut; whether the file system does that."""
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
    """Make what is open outlast a power cut; whether the file system does that."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
        return False
    return True


def sweep(asides: Path) -> None:
    """Remove what tasks that died have left on its way."""
    found: list[Path] = []
    with contextlib.suppress(OSError):
        found = list(asides.iterdir())
    for aside in found:
        with contextlib.suppress(OSError):  # another task may be sweeping too
            if aside.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(aside) if aside.name.startswith(CHECK) else aside.unlink()


def _written_unnamed(folder: Path, data: bytes, name: Path) -> bool:
    """Write a file into a folder and then give it a name, there or elsewhere; False where the system cannot do that."""
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
        with contextlib.suppress(OSError):  # it is gone, or is swept later
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
    except PermissionError:  # another user's
        return os.open(lock, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    sync_handle(handle)


def _make_folder(folder: Path) -> None:
    """Make a folder, of which the name is synced later, and those above it, of which it is at once."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        _make_folder(folder.parent)
        sync_folder(folder.parent.parent)
        folder.mkdir(exist_ok=True)
