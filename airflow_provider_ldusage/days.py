"""UTC days: half-open windows of them, the instants at which they begin, and the texts that name them.

Units: days are UTC days, instants are exact, ``*_ms`` are milliseconds since 1970-01-01T00:00:00Z.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import counted, shown

SETTLING_DAYS = 3
"""For how many days after a window's end its figures may still change."""
DAY = timedelta(days=1)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Whole UTC days, half-open: ``start`` is the first day, ``end`` the day after the last."""

    start: date
    end: date

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            day = getattr(self, name)
            if isinstance(day, datetime) or not isinstance(day, date):
                raise UsageArgumentError(f"a window's {name} is {shown(day)}.", "Give a date: it is a whole UTC day.")
            # pendulum's dates are subclasses whose arithmetic differs
            object.__setattr__(self, name, date(day.year, day.month, day.day))
        if self.start >= self.end:
            raise UsageArgumentError(
                f"start {self.start} is not before end {self.end}.",
                "Give the day after the last as end: windows are half-open.",
            )

    def __str__(self) -> str:
        return f"{self.start} to {self.end} (exclusive)"

    def __len__(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= utc_day(day) < self.end

    def days(self) -> Iterator[date]:
        return map(date.fromordinal, range(self.start.toordinal(), self.end.toordinal()))

    @property
    def start_ms(self) -> int:
        """Epoch milliseconds of the first midnight."""
        return (self.start - _EPOCH).days * DAY_MS

    @property
    def end_ms(self) -> int:
        """Epoch milliseconds of the midnight after the last day."""
        return (self.end - _EPOCH).days * DAY_MS

    def isoformat(self) -> list[str]:
        return [self.start.isoformat(), self.end.isoformat()]


def midnight(day: date) -> datetime:
    """00:00 UTC at which the day begins."""
    return datetime.combine(day, time(), timezone.utc)


def utc_now() -> datetime:
    """The time of this machine's clock, in UTC."""
    return datetime.now(timezone.utc)


def utc_instant(moment: datetime) -> datetime:
    """Return an instant as a plain datetime in UTC (naive means UTC)."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc)
    # pendulum's datetimes are subclasses whose arithmetic differs
    return datetime(*moment.timetuple()[:6], moment.microsecond, timezone.utc)


def utc_day(moment: date) -> date:
    """Return the UTC day in which an instant lies (naive means UTC); a plain date is that day."""
    if isinstance(moment, datetime):
        moment = utc_instant(moment)
    return date(moment.year, moment.month, moment.day)


def whole_ms(moment: datetime) -> datetime:
    """Return an instant in UTC, rounded down to whole milliseconds."""
    moment = moment.astimezone(timezone.utc)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def instant_text(moment: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, rounded down to whole milliseconds: ``2026-11-12T03:00:00.000Z``."""
    return f"{whole_ms(moment):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def parse_instant(text: str) -> datetime:
    """Return the instant that :func:`instant_text` has written.

    :raises ValueError: the text has another form
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def moment_named(ms: int) -> str:
    """An instant for people: ``2026-11-03`` for a midnight, else ``2026-11-03 05:00``.

    :param ms: since the epoch
    """
    moment = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return f"{moment:%Y-%m-%d}" if ms % DAY_MS == 0 else f"{moment:%Y-%m-%d %H:%M}"


def month_start(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def runs_of(days: Iterable[date]) -> list[Window]:
    """Ascending days as windows of days that follow each other."""
    found: list[Window] = []
    for day in days:
        if found and found[-1].end == day:
            found[-1] = Window(found[-1].start, day + DAY)
        else:
            found.append(Window(day, day + DAY))
    return found


def day_ranges(days: Iterable[date]) -> list[list[str]]:
    """Return ``days`` as sorted ranges, both ends inclusive: ``[["2026-11-01", "2026-11-05"]]``."""
    ranges: list[list[date]] = []
    for day in sorted(set(days)):
        if ranges and day - ranges[-1][1] == DAY:
            ranges[-1][1] = day
        else:
            ranges.append([day, day])
    return [[first.isoformat(), last.isoformat()] for first, last in ranges]


def days_of_ranges(ranges: Iterable[Sequence[str]]) -> Iterator[date]:
    """The days of ranges that :func:`day_ranges` has made.

    :raises ValueError: a text is no date
    """
    for first, last in ranges:
        yield from Window(date.fromisoformat(first), date.fromisoformat(last) + DAY).days()


def range_texts(ranges: Iterable[Sequence[str]]) -> list[str]:
    """Ranges of :func:`day_ranges` for people: ``2026-11-01 to 2026-11-05``, ``2026-11-08``."""
    return [first if first == last else f"{first} to {last}" for first, last in ranges]


def ranges_text(days: Iterable[date], limit: int | None = None) -> str:
    """Days for people: ``2026-11-01 to 2026-11-05, 2026-11-08 and 2 ranges more``, both ends inclusive.

    :param limit: ranges to name; None: all
    """
    ranges = day_ranges(days)
    texts = range_texts(ranges[:limit])
    others = len(ranges) - len(texts)
    return ", ".join(texts) + (f" and {counted(others, 'range')} more" if others else "")
