"""Time buckets: minutely, hourly, daily and monthly, with day and month breaks in a given time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from airflow_provider_ldusage.testing.figures import DAY

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Bucket:
    """A stretch of time in minutes since 1970: [start, end)."""

    start: int
    end: int


def zone(name: str) -> tzinfo:
    """The time zone of this name. Raises ValueError if there is none."""
    if name in ("UTC", "Etc/UTC", "GMT"):
        return timezone.utc  # Needs no time zone database, and is quick.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown timezone: {name}") from error


def _midnight(day: date, tz: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp()) // 60


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def local_day(minute: int, tz: tzinfo) -> date:
    """The calendar day, in this zone, that holds the minute."""
    return datetime.fromtimestamp(minute * 60, tz).date()


def month_of(minute: int, tz: tzinfo) -> Bucket:
    """The calendar month, in this zone, that holds the minute."""
    first = local_day(minute, tz).replace(day=1)
    return Bucket(_midnight(first, tz), _midnight(_next_month(first), tz))


def day_of(minute: int, tz: tzinfo) -> Bucket:
    """The calendar day, in this zone, that holds the minute."""
    if tz is timezone.utc:
        return Bucket(minute // DAY * DAY, minute // DAY * DAY + DAY)
    day = local_day(minute, tz)
    return Bucket(_midnight(day, tz), _midnight(day + timedelta(days=1), tz))


def bucket_of(minute: int, granularity: str, tz: tzinfo) -> Bucket:
    """The bucket that holds the minute. Granularity is minutely, hourly, daily or monthly."""
    if granularity == "monthly":
        return month_of(minute, tz)
    if granularity == "daily":
        return day_of(minute, tz)
    width = 60 if granularity == "hourly" else 1
    return Bucket(minute // width * width, minute // width * width + width)


def buckets_between(start_ms: int, end_ms: int, granularity: str, tz: tzinfo, *, last: bool = False) -> list[Bucket]:
    """The buckets that overlap [start_ms, end_ms) in epoch milliseconds, from old to new.

    A range that starts inside a bucket has the whole of it. With `last`, a bucket that starts exactly at the end of
    the range belongs to it too.
    """
    found = []
    bucket = bucket_of(start_ms // MINUTE_MS, granularity, tz)
    while bucket.start * MINUTE_MS < end_ms or (last and bucket.start * MINUTE_MS == end_ms):
        found.append(bucket)
        bucket = bucket_of(bucket.end, granularity, tz)
    return found


def automatic_granularity(reading: str, start_ms: int, end_ms: int, now_ms: int, *, minutely_days: int) -> str:
    """The granularity that evaluations, events and streams choose themselves.

    Args:
        reading: ``by_length``: under two hours is minutely, under two days hourly, else daily. ``by_age``: within the
            past two hours is minutely, within the past two days hourly, else daily.
        minutely_days: by length, a range that starts before the minutely data's retention is hourly.
    """
    two_hours, two_days = 2 * 3_600_000, 2 * 86_400_000
    if reading == "by_length":
        if end_ms - start_ms < two_hours and start_ms >= now_ms - minutely_days * 86_400_000:
            return "minutely"
        return "hourly" if end_ms - start_ms < two_days else "daily"
    if start_ms >= now_ms - two_hours:
        return "minutely"
    return "hourly" if start_ms >= now_ms - two_days else "daily"
