"""Every method on one shape: rows a second, memory, bytes, and that all have written the same rows."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.bench import Bench, Check, number, table
from benchmarks.measure import Measured
from benchmarks.shapes import Shape

SLOW = {"dlt, dict rows"}  # two minutes for the hourly shape: run once
HEADS = ("method", "rows/s", "ours is", "work s", "CPU s", "imports s", "peak MB", "MB out", "files", "requests")


def compare(bench: Bench, shape: Shape, methods: Iterable[str]) -> list[str]:
    truth: Check | None = None
    found: dict[str, Measured] = {}
    order = ["ours", *(method for method in methods if method != "ours")]
    for turn in range(bench.repeat):  # all in turn, so that what else the machine does is not one method's bad luck
        for method in order:
            if turn and method in SLOW:
                continue
            measured = bench.run(method, shape)
            written = bench.checked()
            truth = truth or written
            if written != truth:
                raise SystemExit(f"{method} wrote other rows of {shape.name}: {written}, not {truth}")
            if method not in found or measured.work < found[method].work:
                found[method] = measured
    assert truth is not None
    rows = truth[0]
    if not shape.absent and rows != shape.cells:
        raise SystemExit(f"{rows} rows were written of {shape.name}, not {shape.cells}")
    _note(bench, shape, rows, found)
    cells = [
        (
            method, f"{rows / m.work:,.0f}", f"{number(m.work / found['ours'].work)} x as fast", f"{m.work:.3f}",
            f"{m.cpu:.3f}", f"{m.imports:.2f}", f"{m.memory:,.0f}", f"{m.size / 1e6:,.2f}", f"{m.files:,}",
            m.requests or "",
        )
        for method, m in found.items()
    ]  # fmt: skip
    size = bench.answer(shape).stat().st_size
    return table(f"{shape.name}: {rows:,} rows, {size / 1e6:,.1f} MB of JSON", HEADS, cells)


def _note(bench: Bench, shape: Shape, rows: int, found: dict[str, Measured]) -> None:
    mine = found["ours"]
    bench.figures |= {
        f"{shape.name}: rows/s": rows / mine.work,
        f"{shape.name}: peak MB": mine.memory,
        f"{shape.name}: MB out": mine.size / 1e6,
        **{f"{shape.name}: x {method}": m.work / mine.work for method, m in found.items()},
    }
    if shape.absent and (dense := bench.figures.get("daily: rows/s")):
        bench.figures[f"{shape.name}: % of daily"] = rows / mine.work / dense * 100
