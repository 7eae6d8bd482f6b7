"""What the provider has set itself to reach, held against what this run has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.bench import number, table
from benchmarks.far_peers import BARE
from benchmarks.far_stores import LOADS
from benchmarks.parsing import OPERATORS

HEADS = ("target", "wanted", "measured", "verdict")
DAILY_DAG = "dags_examples/ldusage.py"
REQUESTS_BEFORE = {"first": 747, "restated": 737, "unchanged": 372}
"""Requests of a year by day when a load sent eight of them at a time."""


@dataclass(frozen=True)
class Target:
    """``figure``: the name of what is measured; it is to be ``limit`` or more, or ``limit`` or less."""

    what: str
    figure: str
    limit: float
    at_most: bool = False

    def met(self, measured: float) -> bool:
        return measured <= self.limit if self.at_most else measured >= self.limit


def at_least(what: str, figure: str, limit: float) -> Target:
    return Target(what, figure, limit)


def at_most(what: str, figure: str, limit: float) -> Target:
    return Target(what, figure, limit, at_most=True)


LOAD = (
    at_least("daily: rows a second", "daily: rows/s", 1_250_000),
    at_least("hourly: rows a second", "hourly: rows/s", 2_500_000),
    at_least("sparse: rows a second, % of daily", "sparse: % of daily", 60),
    at_least("daily: times as fast as pandas melt", "daily: x pandas melt", 4),
    at_least("hourly: times as fast as pandas melt", "hourly: x pandas melt", 5),
    at_least("daily: times as fast as dlt with dict rows", "daily: x dlt, dict rows", 30),
    at_least("hourly: times as fast as dlt with dict rows", "hourly: x dlt, dict rows", 30),
    *(
        at_least(f"{shape}: times as fast as {peer}", f"{shape}: x {peer}", 1)
        for shape in ("daily", "hourly", "sparse", "small")
        for peer in ("Polars", "DuckDB")
    ),
    at_most("daily: peak MB of a process without Airflow", "daily: peak MB", 180),
    at_most("hourly: peak MB of a process without Airflow", "hourly: peak MB", 350),
    at_most("daily: peak MB with ten times the days, %", "daily, 10 x the days: % of MB", 110),
    at_most("daily: peak MB with ten times the series, %", "daily, 10 x the series: % of MB", 110),
    at_most("hourly: peak MB with ten times the days, %", "hourly, 10 x the days: % of MB", 110),
    at_most("daily: MB on top in an Airflow task", "task daily: MB on top", 180),
    at_most("hourly: MB on top in an Airflow task", "task hourly: MB on top", 350),
    at_most(
        "daily: seconds of a load in an Airflow task, % of a bare process", "task daily: load, % of a bare process", 110
    ),
    at_most("daily: MB of Parquet", "daily: MB out", 4.4),
    at_most("hourly: MB of Parquet", "hourly: MB out", 13.1),
    at_most("small: seconds in an Airflow task, imports and all", "task small: s", 0.25),
    at_least("small in an Airflow task: times as fast as Polars", "task small: x Polars", 1),
    at_least("small in an Airflow task: times as fast as DuckDB", "task small: x DuckDB", 1),
    at_most("30 unchanged days: PUT, to note what was asked for", "unchanged 30 days: PUT", 1),
    at_most("30 changed days: PUT, that one included", "changed 30 days: PUT", 31),
    at_most("30 changed days: LIST", "changed 30 days: LIST", 0),
    at_most("30 changed days: DELETE", "changed 30 days: DELETE", 0),
    at_most("usage requests of a day with a look-back of 31", "usage requests: a day, look-back of 31", 1),
    at_most("usage requests of a year", "usage requests: a year (365 days)", 1),
    at_most("usage requests of two years", "usage requests: two years (730 days)", 2),
    at_most("ms that importing the operators adds to Airflow", f"parse {OPERATORS}: ms", 50),
    at_most("heavy modules that it brings", f"parse {OPERATORS}: heavy", 0),
    at_most("parsing the daily example, % of Airflow's own imports", f"parse {DAILY_DAG}: % of Airflow", 25),
)


LATENCY = (
    at_least("1,000 flags at 150 ms: times as fast as one at a time", "1,000 flags, a day, 150 ms: x one at a time", 6),
    *(
        at_most(f"a year at 50 ms, {load}: times as long as bare requests", f"{load}, 50 ms: x as long as {BARE}", 2)
        for load in LOADS
    ),
    *(
        at_least(f"a year at 50 ms, {load}: times as fast as {peer}", f"{load}, 50 ms: x {peer}", limit)
        for peer, limit in (
            ("awswrangler", 3), ("write_dataset, delete_matching", 3), ("write_dataset, same names", 3),
            ("Polars", 1), ("deltalake", 1),
        )
        for load in LOADS
    ),
    *(
        at_most(f"a year, {load}: requests to the store", f"{load}, 50 ms: requests", limit)
        for load, limit in REQUESTS_BEFORE.items()
    ),
)  # fmt: skip

WORKER = (
    at_most("a load of the daily example into a folder, median: CPU s", "day, a folder: CPU s of a load", 0.5),
    at_most("the same into S3", "day, S3: CPU s of a load", 1.0),
    at_most("a load of the daily example into a folder, highest: MB of its own", "day, a folder: MB of a load", 80),
    at_most("the same into S3", "day, S3: MB of a load", 140),
)

TARGETS = {"load": LOAD, "latency": LATENCY, "worker": WORKER}


def report(figures: Mapping[str, float], targets: Sequence[Target]) -> list[str]:
    """The targets that this run has measured, and how many are met."""
    rows = []
    for target in targets:
        if (measured := figures.get(target.figure)) is not None:
            limit = f"{'at most' if target.at_most else 'at least'} {number(target.limit)}"
            rows.append((target.what, limit, number(measured), "met" if target.met(measured) else "**missed**"))
    met = sum(row[-1] == "met" for row in rows)
    left_out = len(targets) - len(rows)
    summary = f"{met} met, {len(rows) - met} missed" + (f", {left_out} not measured in this run" if left_out else "")
    return table("Targets", HEADS, rows, f"{summary}.")
