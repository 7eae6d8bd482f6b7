"""Servers in processes of their own, and what a process takes of memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def listening(module: str, *arguments: str) -> Iterator[int]:
    """The port of a server, which its module prints; it runs until the end of the block."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def memory_mb(kind: str, process: int | str = "self") -> float:
    """``VmRSS``: now; ``VmHWM``: at its highest. Not ru_maxrss, which remembers the process this was forked from."""
    return _mb(process, "status", kind)


def mapped_mb(*kinds: str, process: int | str = "self") -> float:
    """``Pss``: with a part of what it shares with others; ``Private_Clean``, ``Private_Dirty``: without any of that."""
    return _mb(process, "smaps_rollup", *kinds)


def _mb(process: int | str, file: str, *kinds: str) -> float:
    fields = (line.partition(":") for line in Path(f"/proc/{process}/{file}").read_text().splitlines())
    sizes = {name: int(rest.split()[0]) for name, _, rest in fields if name in kinds}
    return sum(sizes[kind] for kind in kinds) * 1024 / 1e6
