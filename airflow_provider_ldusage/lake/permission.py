"""Folders and files of a lake on disk that this task may not use: who owns them, and what to do."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path

from airflow_provider_ldusage.log_text import counted

READ_ONLY = "The disk is mounted read-only. Mount it so that it can be written to."


def refused(files: Iterable[Path]) -> tuple[str, str] | None:
    """Return what keeps this task from storing files, and what to do about it; None if nothing does.

    If a file's folder does not exist, the nearest above it counts. This takes a few system calls for each file. Root
    may write everywhere but on some shares.
    """
    found = list(dict.fromkeys(path for file in files if (path := _refusing(file))))
    if not found:
        return None
    others = f", and {counted(len(found) - 1, 'other')} like it" if len(found) > 1 else ""
    return f"Permission denied ({found[0]}{others}).", unwritable(found[0])


def refusing(files: Iterable[Path]) -> Path | None:
    """Return the first folder or file that keeps this task from storing one of some files; None if nothing does."""
    return next(filter(None, map(_refusing, files)), None)


def unwritable(path: Path) -> str:
    """Return why this task may not write to a path, and what to do about it."""
    return READ_ONLY if _is_read_only(path) else owned(path)


def unmakeable(root: Path, above: Path) -> str:
    """Return what to do about a destination's folder that this task may not make.

    :param above: the folder that exists, in which it may not; it may be the system's, so nobody is told to give it away
    """
    user = os.geteuid()
    if _is_read_only(above):
        return f"{READ_ONLY} Or give another destination."
    if user == 0:
        return "Root may not write there either: run the task as a user who may, or give another destination."
    folder = shlex.quote(str(root))
    return (
        f"Make it for the user with the id {user}, who runs this task (as root: mkdir -p {folder} && chown {user} "
        f"{folder}), or give another destination."
    )


def _is_read_only(path: Path) -> bool:
    with contextlib.suppress(OSError):  # in a folder that may not be searched
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def owned(path: Path) -> str:
    """Return who owns a path, and what to do about it."""
    return f"{_owner(path)}Let the user with the id {os.geteuid()}, who runs this task, write there: {_HOW}"


_HOW = (
    "chown it with all that is in it, or give both users a group that may write (chmod -R g+rwX). Tasks that run as "
    "different users (run_as_user, other images) need that, or a destination each."
)


def _refusing(file: Path) -> Path | None:
    folder = next(each for each in file.parents if os.path.lexists(each))
    if not _is_usable(folder):
        return folder
    if not os.path.lexists(file):
        return None
    return None if _is_usable(file) and _is_replaceable(file) else file


def _is_usable(path: Path) -> bool:
    # os.path returns False where pathlib raises: in folders that may not be searched.
    return os.access(path, os.W_OK | os.X_OK if os.path.isdir(path) else os.R_OK)  # noqa: PTH112


def _is_replaceable(file: Path) -> bool:
    """In a folder with the sticky bit, only the owner of a file or of the folder may replace the file."""
    folder, user = file.parent.stat(), os.geteuid()
    return not folder.st_mode & stat.S_ISVTX or user in (0, folder.st_uid, file.lstat().st_uid)


def _owner(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:  # in a folder that may not be searched
        return ""
    return f"{path} belongs to {_user(found.st_uid)} and has the mode {stat.filemode(found.st_mode)}. "


def _user(number: int) -> str:
    import pwd

    try:
        return f"the user {pwd.getpwuid(number).pw_name!r} (id {number})"
    except KeyError:  # unknown in this container
        return f"the user with the id {number}"
