"""Folders in memory, for tests that are not about the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30  # bytes; a container has 64 MB there unless it is given more


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder where syncing costs nothing, if there is such a place; removed afterwards."""
    spacious = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free >= ENOUGH
    with tempfile.TemporaryDirectory(prefix="ldusage-", dir=SHARED_MEMORY if spacious else None) as name:
        yield Path(name)
