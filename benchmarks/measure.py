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
from benchmarks.processes import memory_mb
from benchmarks.shapes import Shape


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


def cpu() -> float:
    times = os.times()
    return times.user + times.system


def measure(method: str, shape: Shape, answer: Path, out: Path) -> Measured:
    mine = method == "ours"
    with ours.answering(answer) if mine else nullcontext(0) as port:
        began = time.process_time()
        module: Any = ours if mine else peers.PEERS[method]
        module.imports()
        imported = time.process_time() - began
        start, start_cpu = time.perf_counter(), cpu()
        if mine:
            ours.run(port, shape, out)
        else:
            module.run(answer, out)
        work, spent = time.perf_counter() - start, cpu() - start_cpu
        memory = memory_mb("VmHWM")
        requests = sum(ours.requests(port).values()) if mine else None
        if mine and "pandas" in sys.modules:
            raise SystemExit("A load has imported pandas, which takes 0.3 s and 45 MB.")
    files = [path for path in out.rglob("*.parquet") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Measured(work, spent, imported, memory, requests, len(files), size)


if __name__ == "__main__":
    method, shape, answer, out = sys.argv[1:]
    print(json.dumps(asdict(measure(method, Shape(**json.loads(shape)), Path(answer), Path(out)))))
