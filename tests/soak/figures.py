"""The figure of a series on a day, as it is told at a moment: it follows from the three alone.

Figures grow until the day has settled, at most three days after its end. Some series appear late, some figures are
restated once on the last day of settling, to less or to nothing, some days are quiet. After that nothing changes.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime
from functools import lru_cache

from tests.soak.account import midnight

LONGEST = 70  # hours after a day's end within which it settles


def chance(*names: object) -> int:
    """A number that these names have, the same everywhere."""
    # CRC-32 alone is linear: similar names would have similar low bits.
    return (zlib.crc32("|".join(map(str, names)).encode()) * 2654435761 >> 7) & 0xFFFFFF


@lru_cache(maxsize=200_000)
def _facts(metric: str, series: str, day: date) -> tuple[int, int, int, int | None]:
    """Figure before it is restated, hours from the day's start until it settles and until it appears, and the figure
    once settled."""
    number = chance(metric, series, day)
    figure = 20_000 + number % 1_000_000  # large enough to grow within seconds
    hours = 24 + number // 7 % (LONGEST + 1)
    appears = 24 + (hours - 24) * 3 // 5 if number % 6 == 0 else 0
    settled: int | None = figure
    if chance("restated", metric, series, day) % 8 == 0:
        settled = figure * 3 // 5
    if chance("vanishes", metric, series, day) % 40 == 0 or chance("all vanish", metric, day) % 29 == 0:
        settled = None
    if chance("none", metric, series, day) % 25 == 0 or chance("quiet", metric, day) % 17 == 0:
        return 0, hours, 0, None
    return figure, hours, appears, settled


def figure(metric: str, series: str, day: date, moment: datetime) -> int | None:
    """None: no point."""
    age = int((moment - midnight(day)).total_seconds())
    if age < 0:
        return None
    whole, hours, appears, settled = _facts(metric, series, day)
    if age >= hours * 3600:
        return settled
    return whole * age // (hours * 3600) or None if age >= appears * 3600 else None
