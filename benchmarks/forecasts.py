"""``make bench-forecasts``: how far off forecasts are, ours beside others; ``--write`` keeps it in docs/forecasts.md.

Each series is forecast on the fifth, tenth and twentieth day of its last six months, with what was known on that day.
The error is the distance to the month's true figure, as a part of that.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, median

from airflow_provider_ldusage.days import DAY, Window
from airflow_provider_ldusage.insight.forecasts.additive import Additive
from airflow_provider_ldusage.insight.forecasts.outlook import Forecast
from airflow_provider_ldusage.insight.forecasts.uniques import Uniques
from benchmarks.forecast_methods import METHODS, Series
from benchmarks.forecast_shapes import SHAPES, Shape, months

PAGE = Path(__file__).parent.parent / "docs" / "forecasts.md"
BEGIN, END = "<!-- begin: make bench-forecasts -->", "<!-- end: make bench-forecasts -->"
DAYS = (5, 10, 20)
JUDGED = 6  # months
HISTORIES = (0, 1, 2, 3, 6, 12)
OURS = "ours"


@dataclass(frozen=True)
class Result:
    """One forecast: by each method, and the truth."""

    shape: Shape
    day: int
    actual: float
    totals: dict[str, float]
    ours: Forecast

    def error(self, method: str) -> float:
        return abs(self.totals[method] / self.actual - 1)

    @property
    def held(self) -> bool:
        return (
            self.ours.low is not None and self.ours.high is not None and self.ours.low <= self.actual <= self.ours.high
        )

    @property
    def width(self) -> float:
        """Half of the range, as a part of the truth."""
        return ((self.ours.high or 0.0) - (self.ours.low or 0.0)) / 2 / self.actual


def results(shape: Shape, seed: int, methods: Sequence[str], history: int | None = None) -> Iterator[Result]:
    """Forecast a series.

    :param history: how many months there are before each month that is forecast; None: all
    """
    figures, whole = shape.figures(seed), shape.whole(seed)
    for period in months()[-JUDGED:]:
        first = months()[0].start if history is None else _months_before(period, history)
        series = Series(shape.unique, {day: figure for day, figure in figures.items() if day >= first}, period)
        forecaster = (Uniques if shape.unique else Additive)(series.figures, [m for m in months() if m.start >= first])
        actual = whole[period.end - DAY] if shape.unique else sum(whole[day] for day in period.days())
        for day in DAYS:
            through = period.start + timedelta(days=day - 1)
            ours = forecaster.forecast(period, through)
            others = {name: METHODS[name](series, through) for name in methods}
            totals = {name: total for name, total in others.items() if total is not None}
            if ours.total is not None:
                totals[OURS] = ours.total
            yield Result(shape, day, actual, totals, ours)


def _months_before(period: Window, count: int) -> date:
    starts = [month.start for month in months()]
    return starts[starts.index(period.start) - count]


def errors(found: Sequence[Result], method: str) -> str:
    """``0.8 / 1.1``: median and mean in per cent, or nothing where the method was not asked."""
    each = [100 * result.error(method) for result in found if method in result.totals]
    return f"{median(each):.1f} / {fmean(each):.1f}" if each else ""


def table(found: Sequence[Result], day: int, methods: Sequence[str]) -> Iterator[str]:
    here = [result for result in found if result.day == day]
    yield f"| on day {day} | {OURS} | {' | '.join(methods)} | range held | range |"
    yield "|---|" + "---|" * (len(methods) + 3)
    for shape in SHAPES:
        rows = [result for result in here if result.shape is shape]
        if rows:
            cells = [errors(rows, method) for method in (OURS, *methods)]
            held, width = fmean(result.held for result in rows), median(result.width for result in rows)
            yield f"| {shape.name} | {' | '.join(cells)} | {held:.0%} | ± {100 * width:.1f} |"
    held = fmean(result.held for result in here)
    yield f"| **all** | {' | '.join(errors(here, m) for m in (OURS, *methods))} | {held:.0%} | |"
    yield ""


def behind(found: Sequence[Result], method: str) -> Iterator[str]:
    """Where another method's errors have a lower mean or median than ours, and by how much."""
    for word, of in (("mean", fmean), ("median", median)):
        named = []
        for shape in SHAPES:
            for day in DAYS:
                rows = [r for r in found if r.shape is shape and r.day == day and {method, OURS} <= r.totals.keys()]
                theirs, own = (100 * of([r.error(each) for r in rows]) if rows else 0.0 for each in (method, OURS))
                if theirs < own:
                    named.append(f"{shape.name} on day {day} ({theirs:.1f} against {own:.1f})")
        yield f"- *{method}*, by its {word} error: {'; '.join(named) or 'nowhere'}"


def histories(seeds: int) -> Iterator[str]:
    yield "| whole months before | forecasts | range held | median error | range |"
    yield "|---|---|---|---|---|"
    for history in HISTORIES:
        found = [r for shape in SHAPES for seed in range(seeds) for r in results(shape, seed, (), history)]
        made = [result for result in found if OURS in result.totals]
        if not made:
            yield f"| {history} | none | | | |"
            continue
        held, width = fmean(r.held for r in made), median(r.width for r in made)
        error = median(r.error(OURS) for r in made)
        part = len(made) / len(found)
        yield f"| {history} | {part:.0%} | {held:.0%} | {100 * error:.1f} | ± {100 * width:.1f} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-forecasts", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    parser.add_argument("--seeds", type=int, default=5, help="series of each shape")
    given = parser.parse_args()
    methods = [name for name in METHODS if name != "AutoETS" or importlib.util.find_spec("statsforecast")]
    began, found = time.process_time(), []
    for shape in SHAPES:
        found += [result for seed in range(given.seeds) for result in results(shape, seed, methods)]
        print(f"{shape.name}: {time.process_time() - began:.0f} s", flush=True)
    count = len(found) // len(SHAPES) // len(DAYS)
    library = f", statsforecast {version('statsforecast')}" if "AutoETS" in methods else ""
    lines = [f"Measured {date.today()} with Python {platform.python_version()}{library}: {given.seeds} series of each "
             f"shape, {count} forecasts a row.", ""]  # fmt: skip
    lines += [line for day in DAYS for line in table(found, day, methods)]
    lines += [
        "Where others are ahead of ours:",
        "",
        *(line for method in methods for line in behind(found, method)),
        "",
    ]
    lines += histories(max(1, given.seeds // 2))
    print("\n".join(lines))
    if given.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text("\n".join([f"{before}{BEGIN}", "", *lines]) + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
