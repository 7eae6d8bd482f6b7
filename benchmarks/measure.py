"""One method on one shape in this process: ``python -m benchmarks.measure METHOD SHAPE ANSWER OUT`` prints JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import ours, peers
from benchmarks.shapes import GROWING, SHAPES


@dataclass
class Measured:
    """``work`` and ``cpu`` in seconds without imports; ``memory`` in MB, at its highest; ``size`` in bytes."""

    work: float
    cpu: float
    imports: float
    memory: float
    requests: int | None
    files: int
    size: int


def highest_mb() -> float:
    """Not ru_maxrss: that one remembers the process that this one was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def cpu() -> float:
    times = os.times()
    return times.user + times.system


def measure(method: str, shape_name: str, answer: Path, out: Path) -> Measured:
    name, _, times = shape_name.partition("-x")
    shape = {**SHAPES, GROWING.name: GROWING}[name]
    shape = shape.scaled(int(times)) if times else shape
    mine = method == "ours"
    with ours.answering(answer) if mine else nullcontext(0) as port:
        began = time.process_time()
        module: Any = ours if mine else peers.PEERS[method]
        module.imports()
        imported = time.process_time() - began
        start, start_cpu = time.perf_counter(), cpu()
        requests = ours.run(port, shape, out) if mine else module.run(answer, out)
        work, spent = time.perf_counter() - start, cpu() - start_cpu
    memory = highest_mb()
    files = [path for path in out.rglob("*.parquet") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Measured(work, spent, imported, memory, requests, len(files), size)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))))
