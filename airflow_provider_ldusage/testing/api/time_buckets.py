"""Time buckets: minutes, hours, days and months. Days and months begin at midnight in a given time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from airflow_provider_ldusage.testing.account.figures import DAY

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Bucket:
    """A period in minutes since 1970.

    :param start: its first minute
    :param end: the minute after its last
    """

    start: int
    end: int


def zone(name: str) -> tzinfo:
    """The time zone with this name.

    :param name: an IANA name, such as ``Europe/Berlin``
    :returns: the time zone
    :raises ValueError: there is no such time zone
    """
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
    """The calendar day, in this zone, that holds the minute.

    :param minute: minutes since 1970
    :param tz: the time zone
    :returns: the day
    """
    return datetime.fromtimestamp(minute * 60, tz).date()


def month_of(minute: int, tz: tzinfo) -> Bucket:
    """The calendar month, in this zone, that holds the minute.

    :param minute: minutes since 1970
    :param tz: the time zone
    :returns: the month as a bucket
    """
    first = local_day(minute, tz).replace(day=1)
    return Bucket(_midnight(first, tz), _midnight(_next_month(first), tz))


def day_of(minute: int, tz: tzinfo) -> Bucket:
    """The calendar day, in this zone, that holds the minute.

    :param minute: minutes since 1970
    :param tz: the time zone
    :returns: the day as a bucket
    """
    if tz is timezone.utc:
        return Bucket(minute // DAY * DAY, minute // DAY * DAY + DAY)
    day = local_day(minute, tz)
    return Bucket(_midnight(day, tz), _midnight(day + timedelta(days=1), tz))


def bucket_of(minute: int, granularity: str, tz: tzinfo) -> Bucket:
    """The bucket that holds the minute.

    :param minute: minutes since 1970
    :param granularity: ``minutely``, ``hourly``, ``daily`` or ``monthly``
    :param tz: the time zone of days and months
    :returns: the bucket
    """
    if granularity == "monthly":
        return month_of(minute, tz)
    if granularity == "daily":
        return day_of(minute, tz)
    width = 60 if granularity == "hourly" else 1
    return Bucket(minute // width * width, minute // width * width + width)


def buckets_between(start_ms: int, end_ms: int, granularity: str, tz: tzinfo) -> list[Bucket]:
    """The buckets that overlap a range. A range that starts inside a bucket has the whole of it.

    :param start_ms: first epoch millisecond of the range
    :param end_ms: the epoch millisecond after its last
    :param granularity: ``minutely``, ``hourly``, ``daily`` or ``monthly``
    :param tz: the time zone of days and months
    :returns: the buckets, from old to new
    """
    buckets = []
    bucket = bucket_of(start_ms // MINUTE_MS, granularity, tz)
    while bucket.start * MINUTE_MS < end_ms:
        buckets.append(bucket)
        bucket = bucket_of(bucket.end, granularity, tz)
    return buckets


def automatic_granularity(reading: str, start_ms: int, end_ms: int, now_ms: int, *, minutely_days: int) -> str:
    """The granularity that evaluations, events and streams choose themselves.

    :param reading: ``by_length`` or ``by_age``. Ranges of less than two hours are minutely, those of less than two days
        hourly, and others daily; or ranges that start in the past two hours, in the past two days, or before.
    :param start_ms: first epoch millisecond of the range
    :param end_ms: the epoch millisecond after its last
    :param now_ms: the simulated clock, epoch milliseconds
    :param minutely_days: retention of minutely data: by length, a range that starts before it is hourly
    :returns: ``minutely``, ``hourly`` or ``daily``
    """
    two_hours, two_days = 2 * 3_600_000, 2 * 86_400_000
    if reading == "by_length":
        if end_ms - start_ms < two_hours and start_ms >= now_ms - minutely_days * 86_400_000:
            return "minutely"
        return "hourly" if end_ms - start_ms < two_days else "daily"
    if start_ms >= now_ms - two_hours:
        return "minutely"
    return "hourly" if start_ms >= now_ms - two_days else "daily"
