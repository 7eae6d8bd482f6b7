"""The answers that are loaded: four shapes of usage, made anew from a seed and so the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random

START = date(2025, 1, 1)
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

    def scaled(self, times: int) -> Shape:
        """The same with so many times the series."""
        return Shape(f"{self.name}-x{times}", self.days, self.series * times, self.hourly, self.absent, self.seed)


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("daily", 365, 2_000),
        Shape("hourly", 90, 2_000, hourly=True),
        Shape("sparse", 365, 2_000, absent=0.3),
        Shape("small", 3, 200),
    )
}
GROWING = Shape("growing", 365, 20)  # and 10, 100 and 1,000 times the series


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


def _points(shape: Shape) -> Iterator[str]:
    chance = Random(shape.seed + 1)
    bases = [10 ** chance.uniform(3, 6) for _ in range(shape.series)]
    step = 1 if shape.hourly else 24
    midnight = int(datetime(START.year, START.month, START.day, tzinfo=timezone.utc).timestamp()) * 1000
    draw, absent = chance.random, shape.absent
    for hour in range(0, shape.days * 24, step):
        cells = [
            f'"{key}":{int(base * (0.7 + 0.6 * draw()))}'
            for key, base in enumerate(bases)
            if not absent or draw() >= absent
        ]
        yield f'{{"time":{midnight + hour * HOUR_MS},{",".join(cells)}}}'


def write_answer(shape: Shape, path: Path) -> None:
    """The answer as LaunchDarkly would send it, as a file."""
    aside = path.with_suffix(".part")
    with aside.open("w") as file:
        file.write('{"metadata":' + json.dumps(metadata(shape), separators=(",", ":")) + ',"series":[')
        for number, point in enumerate(_points(shape)):
            file.write(("," if number else "") + point)
        file.write("]}")
    aside.replace(path)
