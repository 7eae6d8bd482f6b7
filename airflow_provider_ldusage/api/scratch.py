"""A buffer for large responses: in memory up to a size, beyond that in a temporary file.

The file lies in the machine's temporary folder (``TMPDIR``). It has no name there, nobody else can read it, and it
disappears with the task, however that ends.
"""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import Any, TypeVar

from airflow_provider_ldusage.exceptions import TemporaryFileError

_Self = TypeVar("_Self", bound="Scratch")

IN_MEMORY = 4 << 20
"""Bytes that are kept in memory."""


class Scratch:
    """Bytes that are appended, and can be read at any position.

    :param in_memory: maximum size in memory, in bytes
    :ivar size: size in bytes
    :raises TemporaryFileError: by every method, if the temporary folder is full or not writable
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory, prefix="ldusage-")  # noqa: SIM115
        self.size = 0

    @classmethod
    def of(cls, data: bytes) -> Scratch:
        """A buffer that holds ``data``."""
        scratch = cls()
        scratch.append(data)
        return scratch

    def append(self, data: Any) -> int:
        """Append bytes, or the memory of an array.

        :return: the position of their first byte
        """
        start, view = self.size, memoryview(data).cast("B")
        try:
            self._file.seek(start)
            self._file.write(view)
            self._file.flush()  # a full disk must show here, not when the bytes are read
        except OSError as error:
            raise _trouble(error) from None
        self.size += len(view)
        return start

    def read(self, start: int = 0, size: int = -1) -> bytes:
        """Up to ``size`` bytes from position ``start``; -1: all that follow."""
        try:
            self._file.seek(start)
            return self._file.read(size)
        except OSError as error:
            raise _trouble(error) from None

    def close(self) -> None:
        """Delete the bytes."""
        try:
            self._file.close()
        except OSError:  # the last write did not fit on the disk; it is not needed any more
            pass

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _trouble(error: OSError) -> TemporaryFileError:
    return TemporaryFileError(
        f"A response cannot be written to the temporary folder of this machine ({type(error).__name__}: "
        f"{error.strerror or error}).",
        "Free some space there, or set TMPDIR of the worker to a folder with more. Every day in the lake is complete, "
        "and a retry continues.",
    )
