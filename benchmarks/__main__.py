"""``make bench``: every method on every shape, each in a fresh process in turn; ``--write`` keeps the tables.

Numbers of a busy machine are noise: each method runs ``--repeat`` times, and the quickest run counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks import stores
from benchmarks.measure import Measured
from benchmarks.peers import PEERS
from benchmarks.shapes import GROWING, SHAPES, Shape, write_answer

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin: make bench -->", "<!-- end: make bench -->"
SLOW = {"dlt, dict rows"}  # two minutes for the hourly shape: run once
HEAD = ("method", "rows/s", "ours is", "work s", "CPU s", "imports s", "peak MB", "MB out", "files", "requests")
Check = tuple[int, int, int]


def prepared(shape: Shape, folder: Path) -> Path:
    path = folder / f"{shape.name}.json"
    if not path.exists():
        write_answer(shape, path)
    return path


def run(method: str, shape: Shape, answer: Path, out: Path) -> Measured:
    """One method on one shape in a fresh process."""
    for old in (out, out.with_name(f"{out.name}-state")):
        shutil.rmtree(old, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.measure", method, shape.name, str(answer), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{method} failed on {shape.name}:\n{done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def checked(out: Path) -> Check:
    """Rows, the sum of their values, and a sum of hashes over every column: what was written, whoever wrote it."""
    import duckdb

    files = [str(path) for path in out.rglob("*.parquet") if "/_" not in str(path.relative_to(out))]
    found = duckdb.execute(
        """
        SELECT count(*), sum(value)::HUGEINT,
            sum(hash(epoch_ms(time), value, project_id, environment_id, sdk_name, sdk_version))
        FROM read_parquet($files, hive_partitioning = false)
        """,
        {"files": files},
    ).fetchone()
    assert found is not None
    return (int(found[0]), int(found[1]), int(found[2]))


def compare(shape: Shape, folder: Path, methods: list[str], repeat: int) -> list[str]:
    """A table of all methods on one shape."""
    answer, out = prepared(shape, folder), folder / "out"
    truth: Check | None = None
    found: dict[str, Measured] = {}
    for method in methods:
        for _ in range(1 if method in SLOW else repeat):
            measured = run(method, shape, answer, out)
            truth = truth or checked(out)
            if checked(out) != truth:
                raise SystemExit(f"{method} wrote other rows of {shape.name}: {checked(out)}, not {truth}")
            if method not in found or measured.work < found[method].work:
                found[method] = measured
    assert truth is not None
    lines = [f"### {shape.name}: {truth[0]:,} rows, {answer.stat().st_size / 1e6:,.1f} MB of JSON", "", *_head(HEAD)]
    for method, m in found.items():
        ratio = f"{m.work / found['ours'].work:.1f} x as fast"
        cells = (
            method, f"{truth[0] / m.work:,.0f}", ratio, f"{m.work:.2f}", f"{m.cpu:.2f}", f"{m.imports:.2f}",
            f"{m.memory:,.0f}", f"{m.size / 1e6:,.2f}", f"{m.files:,}", m.requests or "",
        )  # fmt: skip
        lines.append(_row(cells))
    return [*lines, ""]


def by_size(folder: Path, repeat: int) -> list[str]:
    """Our cost against the number of rows: a year by day, with 20, 200 and 2,000 series and ten times that."""
    lines = ["### Cost against size: a year by day", "", *_head(("series", "rows", "work s", "us a row", "peak MB"))]
    for times in (1, 10, 100, 1000):
        shape = GROWING.scaled(times)
        answer = prepared(shape, folder)
        best = min((run("ours", shape, answer, folder / "out") for _ in range(repeat)), key=lambda m: m.work)
        rows = 365 * shape.series
        each = f"{best.work / rows * 1e6:.2f}"
        lines.append(_row((f"{shape.series:,}", f"{rows:,}", f"{best.work:.2f}", each, f"{best.memory:,.0f}")))
    return [*lines, ""]


def _head(names: tuple[str, ...]) -> list[str]:
    return [_row(names), _row(("---", *["---:"] * (len(names) - 1)))]


def _row(cells: tuple[object, ...]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} x {model or platform.processor()}, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--shapes", nargs="*", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--methods", nargs="*", default=["ours", *PEERS])
    parser.add_argument("--parts", nargs="*", default=["shapes", "size", "requests"])
    given = parser.parse_args()
    lines = [f"Measured {date.today()} on {machine()}.", ""]
    with tempfile.TemporaryDirectory(prefix="ldusage-bench-") as temporary:
        folder = Path(temporary)
        print("\n".join(lines))
        for name in given.shapes if "shapes" in given.parts else ():
            lines += _shown(compare(SHAPES[name], folder, given.methods, given.repeat))
        if "size" in given.parts:
            lines += _shown(by_size(folder, given.repeat))
        if "requests" in given.parts:
            lines += _shown(stores.table(folder))
    if given.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text("\n".join([f"{before}{BEGIN}", "", *lines]) + END + rest.partition(END)[2])


def _shown(lines: list[str]) -> list[str]:
    print("\n".join(lines), flush=True)
    return lines


if __name__ == "__main__":
    main()
