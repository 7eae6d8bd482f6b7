"""``make bench``: what a load costs beside its peers, all in one run; ``--write`` keeps it in docs/performance.md.

Numbers of a busy machine are noise: each method runs ``--repeat`` times, each time in a fresh process, and the
quickest run counts.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks import airflow_task, asking, growth, parsing, stages, stores, targets
from benchmarks.bench import ROOT, Bench
from benchmarks.compare import compare
from benchmarks.peers import PEERS
from benchmarks.shapes import SHAPES

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin: make bench -->", "<!-- end: make bench -->"
IN_AIRFLOW = ("task", "parse")  # the parts that need an environment with Airflow


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
    }


def shown(lines: list[str]) -> list[str]:
    print("\n".join(lines), flush=True)
    return lines


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} x {model or platform.processor()}, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every process would compile what it imports
    names = list(parts([], []))
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--shapes", nargs="*", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--methods", nargs="*", default=list(PEERS), choices=["ours", *PEERS])
    parser.add_argument("--parts", nargs="*", default=names, choices=names)
    parser.add_argument("--airflow", type=Path, help="the Python of an environment with Airflow and this provider")
    given = parser.parse_args()
    lines: list[str] = []
    machine_then = f"Measured {date.today()} on {machine()}."
    print(f"{machine_then}\n")
    with tempfile.TemporaryDirectory(prefix="ldusage-bench-") as folder:
        bench = Bench(Path(folder), given.repeat, given.airflow and given.airflow.absolute())
        for name, part in parts(given.shapes, given.methods).items():
            if name in given.parts and name in IN_AIRFLOW and not given.airflow:
                lines += shown([f"Left out, as no --airflow was given: {name}.", ""])
            elif name in given.parts:
                lines += part(bench)
    verdicts = shown(targets.report(bench.figures))
    if given.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        written = "\n".join([f"{before}{BEGIN}", "", machine_then, "", *verdicts, *lines, ""])
        PAGE.write_text(written + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
