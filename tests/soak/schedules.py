"""When runs are due: by a cron schedule, with croniter and zoneinfo alone, or every so often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter


@dataclass(frozen=True)
class Schedule:
    """A cron expression, read by the clocks of a time zone."""

    cron: str
    zone: str = "UTC"

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Every instant from the start on, without the end; UTC."""
        found, ticks = [], croniter(self.cron, start.astimezone(ZoneInfo(self.zone)), ret_type=datetime)
        before = self.previous(start)
        if (on_start := _utc(croniter(self.cron, _local(before, self.zone), ret_type=datetime).get_next())) == start:
            found.append(on_start)
        while (tick := _utc(ticks.get_next())) < end:
            found.append(tick)
        return found

    def previous(self, instant: datetime) -> datetime:
        """The instant before this one; UTC."""
        return _utc(croniter(self.cron, _local(instant, self.zone), ret_type=datetime).get_prev())


@dataclass(frozen=True)
class Every:
    """A run every so often, from a moment on that belongs to no clock's round number."""

    pace: timedelta
    origin: datetime = datetime(2023, 11, 30, 17, 20, tzinfo=timezone.utc)

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Every instant from the start on, without the end; UTC."""
        tick, found = self.previous(start) + self.pace, []
        while tick < end:
            found.append(tick)
            tick += self.pace
        return found

    def previous(self, instant: datetime) -> datetime:
        """The instant before this one; UTC."""
        return self.origin + -((self.origin - instant) // self.pace) * self.pace - self.pace


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(timezone.utc)
