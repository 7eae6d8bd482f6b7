"""Errors of the system on local disk: what is wrong with which path, and what to do about it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from airflow_provider_ldusage.lake import permission
from airflow_provider_ldusage.log_text import MAX_PROBLEM, shortened

FORBIDDEN = {errno.EACCES, errno.EPERM}
_REMOVE = "Remove it, or give another destination."
_REMEDIES = {
    errno.ENOSPC: "Make room on the disk, or raise the quota.",
    errno.EDQUOT: "Make room on the disk, or raise the quota.",
    errno.EROFS: permission.READ_ONLY,
    errno.ENOTDIR: _REMOVE,
    errno.EISDIR: _REMOVE,
    errno.EEXIST: _REMOVE,
}


def described(error: OSError, file: Path, root: Path) -> tuple[str, str | None]:
    """Return what is wrong, with the path if it is another than the file, and what to do about it.

    :param file: what could not be read or stored
    :param root: the destination's folder, which may not exist
    :return: the remedy is None where no more is known than that it may pass
    """
    if error.errno in FORBIDDEN:
        at = permission.refusing([*_named(error), file]) or nearest(file)
        remedy: str | None = permission.unwritable(at) if at not in root.parents else permission.unmakeable(root, at)
    else:
        at, remedy = nearest(file), _REMEDIES.get(error.errno or 0)
    return f"{error.strerror}{f' ({at})' if at != file else ''}", remedy


def unusable(root: Path) -> tuple[str, str] | None:
    """Return what keeps this task from writing into a destination's folder or making it, and what to do about it; None
    if nothing does."""
    at = nearest(root)
    place = shortened(str(at), MAX_PROBLEM if at == root else MAX_PROBLEM // 2)
    new = f"Cannot make the folder {shortened(str(root), MAX_PROBLEM // 2)}: "
    if not at.is_dir():
        if at == root:
            return f"{place} is no folder.", _REMOVE
        return f"{new}{place} is no folder.", _REMOVE
    if os.access(at, os.W_OK | os.X_OK):
        return None
    if at == root:
        return f"This task may not write to the folder {place}.", permission.unwritable(at)
    return f"{new}this task may not write to {place}.", permission.unmakeable(root, at)


def nearest(path: Path) -> Path:
    """Return a path, or the nearest above it that exists. A link to nowhere exists."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def _named(error: OSError) -> list[Path]:
    """The paths that the error names, but for open files by their number."""
    names = [error.filename2, error.filename]
    return [Path(name) for name in names if isinstance(name, str) and not name.startswith("/proc/self/")]
