"""Our cost against the number of rows: time should grow with it, memory should not."""

from __future__ import annotations

from benchmarks.bench import Bench, table
from benchmarks.measure import Measured
from benchmarks.shapes import SHAPES, Shape

HEADS = ("answer", "series", "days", "rows", "requests", "work s", "us a row", "peak MB")


def grow(bench: Bench) -> list[str]:
    daily, hourly = SHAPES["daily"], SHAPES["hourly"]
    few = Shape("few", daily.days, daily.series // 100)
    groups = {
        "by day, more series": [few, few.wider(10), daily, daily.wider(10)],
        "by day, more days": [daily.longer(10)],
        "by hour, more days": [hourly, hourly.longer(10)],
    }
    rows, known = [], {}
    for what, shapes in groups.items():
        for shape in shapes:
            known[shape.name] = best = _best(bench, shape)
            each = best.work / shape.cells * 1e6
            cells = (f"{shape.series:,}", f"{shape.days:,}", f"{shape.cells:,}", best.requests)
            rows.append((what, *cells, f"{best.work:.2f}", f"{each:.2f}", f"{best.memory:,.0f}"))
    for shape in (daily, hourly):
        for larger in (shape.wider(10), shape.longer(10)):
            if larger.name in known:
                bench.figures[f"{larger.name}: % of MB"] = known[larger.name].memory / known[shape.name].memory * 100
    return table("Cost against size", HEADS, rows)


def _best(bench: Bench, shape: Shape) -> Measured:
    """The quickest of some runs; of large answers, whose time is long enough to be steady, there is one."""
    runs = bench.repeat if shape.cells < 5_000_000 else 1
    best = min((bench.run("ours", shape) for _ in range(runs)), key=lambda m: m.work)
    if (rows := bench.checked()[0]) != shape.cells:
        raise SystemExit(f"{rows} rows were written of {shape.name}, not {shape.cells}")
    return best
