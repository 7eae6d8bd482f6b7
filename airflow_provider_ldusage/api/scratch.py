"""Bytes that are set aside until all of an answer was seen: a few in memory, more in a temporary file.

The file lies in the machine's folder for such (``TMPDIR``), has no name there, can be read by nobody else, and is gone
with the task, however that ends.
"""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import Any

from airflow_provider_ldusage.exceptions import TemporaryFileError

IN_MEMORY = 4 << 20  # bytes


class Scratch:
    """Bytes that are written once, at the end, and read anywhere.

    Every method raises ``TemporaryFileError`` where the temporary folder is full or cannot be written to.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory, prefix="ldusage-")  # noqa: SIM115
        self.size = 0

    @classmethod
    def of(cls, data: bytes) -> Scratch:
        scratch = cls()
        scratch.append(data)
        return scratch

    def append(self, data: Any) -> int:
        """Add bytes, or the memory of an array; where they begin."""
        start, view = self.size, memoryview(data).cast("B")
        try:
            self._file.seek(start)
            self._file.write(view)
            self._file.flush()  # or what does not fit any more would show later, when it is read
        except OSError as error:
            raise _trouble(error) from None
        self.size += len(view)
        return start

    def read(self, start: int = 0, size: int = -1) -> bytes:
        """So many bytes, or all that follow; fewer at the end."""
        try:
            self._file.seek(start)
            return self._file.read(size)
        except OSError as error:
            raise _trouble(error) from None

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:  # what was written last did not fit; nobody needs it any more
            del error

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _trouble(error: OSError) -> TemporaryFileError:
    return TemporaryFileError(
        f"An answer cannot be set aside in the temporary folder of this machine ({type(error).__name__}: "
        f"{error.strerror or error}). Every day in the lake is whole, and a retry goes on. Make room there, or set "
        "TMPDIR of the worker to a folder with more."
    )
