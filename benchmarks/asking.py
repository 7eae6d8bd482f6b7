"""How many requests a load sends to LaunchDarkly, counted by the server."""

from __future__ import annotations

from datetime import timedelta

from benchmarks import ours
from benchmarks.bench import Bench, table
from benchmarks.shapes import Shape

HEADS = ("load", "days asked for", "usage requests", "whose token")


def ask(bench: Bench) -> list[str]:
    answer = bench.answer(Shape("years", 730, 20))
    loads = {
        "a day, look-back of 3": (1, 3),
        "a day, look-back of 31": (1, 31),
        "a day, look-back of 364": (1, 364),
        "a year (365 days)": (365, 0),
        "two years (730 days)": (730, 0),
    }
    rows = []
    for what, (days, lookback) in loads.items():
        shape = Shape("years", 730, 20)
        store = ours.local(bench.folder / "asked" / what)
        with ours.answering(answer) as port:
            ours.load_into(store, port, shape, shape.end - timedelta(days=days), lookback)
            found = ours.requests(port)
        rows.append((what, days + lookback, found["usage"], found["other"]))
        bench.figures[f"usage requests: {what}"] = found["usage"]
    return table("Requests to LaunchDarkly", HEADS, rows)
