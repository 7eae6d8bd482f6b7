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


def mapped_mb(kind: str, process: int | str = "self") -> float:
    """``Pss``: with a part of what it shares with others; ``Private_Dirty``: what it alone has written."""
    return _mb(process, "smaps_rollup", kind)


def _mb(process: int | str, file: str, kind: str) -> float:
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/{file}").read_text().splitlines() if ":" in line
    )
    return int(fields[kind].split()[0]) * 1024 / 1e6
