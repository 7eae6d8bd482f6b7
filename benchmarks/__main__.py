"""``make bench``: what a load costs beside its peers, all in one run; ``--write`` keeps it in docs/performance.md.

Numbers of a busy machine are noise: each method runs ``--repeat`` times, each time in a fresh process, and the
quickest run counts. ``--only latency`` measures what waiting for stores and for LaunchDarkly costs, and nothing else;
``--only worker`` what a day costs a worker.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks import (
    airflow_task,
    asking,
    far_asking,
    far_stores,
    growth,
    page,
    parsing,
    stages,
    stores,
    targets,
    worker_day,
)
from benchmarks.bench import Bench
from benchmarks.compare import compare
from benchmarks.peers import PEERS
from benchmarks.shapes import SHAPES

IN_AIRFLOW = ("task", "parse", "day")  # the parts that need an environment with Airflow
BLOCKS = {
    "load": ("shapes", "stages", "size", "asking", "stores", "task", "parse"),
    "latency": ("far-asking", "far-stores"),
    "worker": ("day",),
}
"""What is written to the page together, each with its targets."""


def parts(shapes: list[str], methods: list[str]) -> dict[str, Callable[[Bench], list[str]]]:
    def compared(bench: Bench) -> list[str]:
        return [line for name in shapes for line in shown(compare(bench, SHAPES[name], methods))]

    return {
        "shapes": compared,
        "stages": lambda bench: shown(stages.measure(bench)),
        "size": lambda bench: shown(growth.grow(bench)),
        "asking": lambda bench: shown(asking.ask(bench)),
        "stores": lambda bench: shown(stores.count(bench)),
        "task": lambda bench: shown(airflow_task.measure(bench)),
        "parse": lambda bench: shown(parsing.measure(bench)),
        "far-asking": lambda bench: shown(far_asking.measure(bench)),
        "far-stores": lambda bench: shown(far_stores.measure(bench)),
        "day": lambda bench: shown(worker_day.measure(bench)),
    }


def shown(lines: list[str]) -> list[str]:
    print("\n".join(lines), flush=True)
    return lines


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} x {model or platform.processor()}, Python {platform.python_version()}, load {load:.1f}"


def arguments() -> argparse.Namespace:
    names = list(parts([], []))
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {page.SHORT}")
    parser.add_argument("--only", choices=BLOCKS, help="measure one block of the page")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--shapes", nargs="*", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--methods", nargs="*", default=list(PEERS), choices=["ours", *PEERS])
    parser.add_argument("--parts", nargs="*", default=names, choices=names)
    parser.add_argument("--airflow", type=Path, help="the Python of an environment with Airflow and this provider")
    given = parser.parse_args()
    whole = (given.parts, given.shapes, given.methods) == (names, list(SHAPES), list(PEERS))
    if given.write and not (whole and (given.airflow or given.only == "latency")):
        parser.error("--write keeps whole blocks: give --airflow, and no --parts, --shapes or --methods")
    return given


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every process would compile what it imports
    given = arguments()
    available = parts(given.shapes, given.methods)
    for block in [given.only] if given.only else BLOCKS:
        chosen = {name: available[name] for name in BLOCKS[block] if name in given.parts}
        if not chosen:
            continue
        machine_then = shown([f"Measured {date.today()} on {machine()}.", ""])
        with tempfile.TemporaryDirectory(prefix="ldusage-bench-") as folder:
            bench = Bench(Path(folder), given.repeat, given.airflow and given.airflow.absolute())
            lines = [line for name, part in chosen.items() for line in measured(bench, name, part)]
        verdicts = shown(targets.report(bench.figures, targets.TARGETS[block]))
        if given.write:
            page.write(block, [*machine_then, *verdicts, *lines])


def measured(bench: Bench, name: str, part: Callable[[Bench], list[str]]) -> list[str]:
    if name in IN_AIRFLOW and not bench.airflow:
        return shown([f"Left out, as no --airflow was given: {name}.", ""])
    return part(bench)


if __name__ == "__main__":
    main()
