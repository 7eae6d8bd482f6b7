"""The answers that are loaded: four shapes of usage, made anew from a seed and so the same on every machine."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random

START = date(2025, 1, 1)
START_MS = int(datetime(START.year, START.month, START.day, tzinfo=timezone.utc).timestamp()) * 1000
HOUR_MS = 3_600_000
DIMENSIONS = ("projectId", "environmentId", "sdkName", "sdkVersion")
COLUMNS = ("project_id", "environment_id", "sdk_name", "sdk_version")
_SDKS = ("node-server", "java-server", "react-client", "go-server", "dotnet-server", "python-server", "ios", "android")


@dataclass(frozen=True)
class Shape:
    """So many days of so many series, by day or by hour; ``absent``: the part of the cells that has no figure."""

    name: str
    days: int
    series: int
    hourly: bool = False
    absent: float = 0.0
    seed: int = 4

    @property
    def granularity(self) -> str:
        return "hourly" if self.hourly else "daily"

    @property
    def end(self) -> date:
        return START + timedelta(days=self.days)

    @property
    def cells(self) -> int:
        """Points times series: how many rows it is where none is absent."""
        return self.days * (24 if self.hourly else 1) * self.series

    def wider(self, times: int) -> Shape:
        """The same with so many times the series."""
        return replace(self, name=f"{self.name}, {times} x the series", series=self.series * times)

    def longer(self, times: int) -> Shape:
        """The same with so many times the days."""
        return replace(self, name=f"{self.name}, {times} x the days", days=self.days * times)


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("daily", 365, 2_000),
        Shape("hourly", 90, 2_000, hourly=True),
        Shape("sparse", 365, 2_000, absent=0.3),
        Shape("small", 3, 200),
    )
}


def metadata(shape: Shape) -> list[dict[str, str]]:
    """What each series is: ids as LaunchDarkly's, in no particular order."""
    found = []
    for number in range(shape.series):
        project, rest = divmod(number, 200)
        environment, rest = divmod(rest, 40)
        sdk, version = divmod(rest, 5)
        found.append(
            {
                "projectId": f"5f3b{project * 7919 % 65536:04x}c0ffee00{project:08x}",
                "environmentId": f"61aa{environment:04x}deadbeef{project:04x}{environment:04x}",
                "sdkName": _SDKS[sdk],
                "sdkVersion": f"{version + 5}.{version * 3}.{version}",
            }
        )
    Random(shape.seed).shuffle(found)
    return found


def _points(shape: Shape) -> Iterator[tuple[int, str]]:
    chance = Random(shape.seed + 1)
    keyed = [(f'"{key}":', 10 ** chance.uniform(3, 6)) for key in range(shape.series)]
    step = 1 if shape.hourly else 24
    draw, absent = chance.random, shape.absent
    for hour in range(0, shape.days * 24, step):
        cells = [f"{key}{int(base * (0.7 + 0.6 * draw()))}" for key, base in keyed if not absent or draw() >= absent]
        time = START_MS + hour * HOUR_MS
        yield time, f'{{"time":{time},{",".join(cells)}}}'


def write_answer(shape: Shape, path: Path) -> Path:
    """The answer for all of a shape's days as LaunchDarkly would send it, as a file, and an index beside it."""
    aside = path.with_suffix(".part")
    times, starts = [], []
    with aside.open("w", encoding="ascii") as file:
        place = file.write('{"metadata":' + json.dumps(metadata(shape), separators=(",", ":")) + ',"series":[')
        for time, point in _points(shape):
            times.append(time)
            starts.append(place)
            place += file.write(point if len(times) == 1 else "," + point)
        file.write("]}")
    _index(path).write_text(json.dumps({"times": times, "starts": [*starts, place]}))
    return aside.replace(path)


def _index(path: Path) -> Path:
    return path.with_suffix(".index")


class Answer:
    """A written answer of which any range of time can be had, without reading the rest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        index = json.loads(_index(path).read_text())
        self._times, self._starts = index["times"], index["starts"]
        with path.open("rb") as file:
            self.head = file.read(self._starts[0])
        self.tail = b"]}"

    def points(self, first_ms: int, end_ms: int) -> tuple[int, int]:
        """Where in the file the points of a range are: the first byte, and how many."""
        first, end = bisect_left(self._times, first_ms), bisect_left(self._times, end_ms)
        if first >= end:
            return (0, 0)
        start = self._starts[first] + (first > 0)  # without the comma before it
        return (start, self._starts[end] - start)
