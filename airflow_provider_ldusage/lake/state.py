"""What the lake knows of the days of one table and slice: when each was last asked for, and whether it is final.

One small JSON object beside the table's description. It lets a load go back to days that an earlier one has missed,
and lets the later of two questions win. It is never needed to read the lake: absent, unreadable, or of a table that
was deleted and made anew, it says that nothing is final, and days are asked for again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_ldusage.days import DAY, Window, instant_text, parse_instant, whole_ms
from airflow_provider_ldusage.lake.announcements import Debt, debts_from_json, debts_to_json
from airflow_provider_ldusage.lake.layout import state_file

if TYPE_CHECKING:
    from airflow_provider_ldusage.lake.store import Store, Versioned

log = logging.getLogger(__name__)

FORMAT = 1
COMPACT_AFTER = timedelta(days=30)
"""Final days that were last asked for longer ago than this share one range, whatever the exact time: no task is so
slow that it would need it."""
MAX_AHEAD = timedelta(minutes=5)
"""A question from further ahead comes from a clock that was wrong, and does not count."""
_FIELDS = frozenset(
    {"format", "table_id", "slice", "scheduled_from", "forecast_asked_at", "days", "announcements", "connections"}
)


class Status(str, Enum):
    """What is known of a day that was asked for.

    - ``FINAL``: asked for after it had settled; loads do not go back to it any more
    - ``OPEN``: stored, but may still change
    - ``LEFT``: LaunchDarkly had not counted it to its end, so nothing was stored
    - ``REFUSED``: could not be loaded, and was never stored
    - ``GIVEN_UP``: too old to be tried again by itself
    """

    FINAL = "final"
    OPEN = "open"
    LEFT = "left"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class Known(NamedTuple):
    """A day.

    :param asked_at: when it was last asked for (UTC, ms); None: never
    :param refused_at: when it could not be loaded by itself, if that was the last attempt
    """

    status: Status
    asked_at: datetime | None
    refused_at: datetime | None = None


@dataclass(frozen=True)
class State:
    """The days of one table and slice.

    :param table_id: of the table's description; state that was written for another table does not count
    :param scheduled_from: the first day that a scheduled or asset-triggered run has loaded; None: no such run yet
    :param forecast_asked_at: when the forecast that was stored last was asked for
    :param days: what is known, by day; a day that was never asked for is not listed
    :param other: fields of a later version, which are written back as they are
    :param readable: whether this version understands what is written; what it does not, it does not overwrite
    :param debts: days that are to be announced to assets
    :param connections: fingerprints of connections that are for the table's account
    """

    table_id: str
    scheduled_from: date | None = None
    forecast_asked_at: datetime | None = None
    days: Mapping[date, Known] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True
    debts: frozenset[Debt] = frozenset()
    connections: tuple[str, ...] = ()

    def asked_at(self, day: date) -> datetime | None:
        """Return when the day was last asked for (UTC, whole ms); None: never."""
        return self.days[day].asked_at if day in self.days else None

    def status(self, day: date) -> Status | None:
        """Return what is known of a day; None if it was never asked for."""
        return self.days[day].status if day in self.days else None

    def open_days(self, window: Window, settles: Callable[[date], datetime], now: datetime) -> list[date]:
        """Return the days of a window to which a load goes back, including those that were never asked for.

        :param settles: from when a question about a day makes it final, by the load's own look-back: another load may
            have been content with less
        :param now: as for :meth:`overtaken`
        """
        return [day for day in window.days() if not self._is_closed(day, settles, now)]

    def _is_closed(self, day: date, settles: Callable[[date], datetime], now: datetime) -> bool:
        known = self.days.get(day)
        if known is None or known.status is not Status.FINAL:
            return known is not None and known.status is Status.GIVEN_UP
        return known.asked_at is not None and settles(day) <= known.asked_at <= now + MAX_AHEAD

    def overtaken(self, days: Iterable[date], asked_at: datetime, now: datetime, doubt: timedelta) -> list[date]:
        """Return the days that were stored by a later question than one of ``asked_at``.

        :param now: by the same clock; a question from the future is not believed
        :param doubt: questions that are no further apart count as asked at once
        """
        found = []
        for day in days:
            known = self.days.get(day)
            if known and known.asked_at and known.status in (Status.FINAL, Status.OPEN):
                found += [day] if whole_ms(asked_at + doubt) < known.asked_at <= now + MAX_AHEAD else []
        return found

    def forecast_overtaken(self, asked_at: datetime, now: datetime, doubt: timedelta) -> bool:
        """Whether a later question than one of ``asked_at`` has brought a forecast; as :meth:`overtaken`."""
        stored = self.forecast_asked_at
        return stored is not None and whole_ms(asked_at + doubt) < stored <= now + MAX_AHEAD

    def final_through(self) -> date | None:
        """Return the last day up to which all days are final; None: not even the first is.

        The first day is ``scheduled_from``, or the first known day if nothing was scheduled.
        """
        day = self.scheduled_from or min(self.days, default=None)
        found = None
        while day is not None and self.status(day) is Status.FINAL:
            found, day = day, day + DAY
        return found

    def given_up(self) -> list[date]:
        """Return the days that are not tried again, in order."""
        return sorted(day for day, known in self.days.items() if known.status is Status.GIVEN_UP)

    def with_days(self, known: Mapping[date, Known], now: datetime) -> State:
        """Return this state with what a load has found out.

        Of two questions about a day the later counts; a day that is final stays so, whichever was later.

        :param now: as for :meth:`overtaken`
        """
        days = dict(self.days)
        for day, new in known.items():
            days[day] = _later(days[day], new, now) if day in days else new
        return replace(self, days=days)

    def giving_up(self, days: Iterable[date]) -> State:
        """Return this state with days that are not to be tried again; final ones stay final."""
        found = dict(self.days)
        for day in days:
            if self.status(day) is not Status.FINAL:
                found[day] = Known(Status.GIVEN_UP, self.asked_at(day))
        return replace(self, days=found)

    def refusing(self, days: Iterable[date], at: datetime) -> State:
        """Return this state with days that could not be loaded; what is stored of them is as it was."""
        found = dict(self.days)
        for day in days:
            known = found.get(day, Known(Status.REFUSED, None))
            if known.status is not Status.FINAL:
                found[day] = known._replace(refused_at=whole_ms(at))
        return replace(self, days=found)

    def refused_at(self, day: date) -> datetime | None:
        """Return when the day could not be loaded, if that was the last attempt."""
        return self.days[day].refused_at if day in self.days else None

    def to_json(self, slice_: Mapping[str, str], now: datetime) -> bytes:
        """Return the object's content. It is small even after years, as it holds ranges of days.

        :param now: old questions about final days become one
        """
        content = {
            **self.other,
            "format": FORMAT,
            "table_id": self.table_id,
            "slice": dict(slice_),
            "scheduled_from": self.scheduled_from and self.scheduled_from.isoformat(),
            "forecast_asked_at": self.forecast_asked_at and instant_text(self.forecast_asked_at),
            "days": [
                {"first": first.isoformat(), "last": last.isoformat(), "status": known.status.value,
                 "asked_at": known.asked_at and instant_text(known.asked_at),
                 **({"refused_at": instant_text(known.refused_at)} if known.refused_at else {})}
                for first, last, known in _ranges(self.days, now)
            ],
            **({"announcements": debts_to_json(self.debts)} if self.debts else {}),
            **({"connections": self.connections} if self.connections else {}),
        }  # fmt: skip
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


class StateFile:
    """The object that holds the state of one table and slice.

    :param table_id: of the table as it is in the lake
    """

    def __init__(self, store: Store, table: str, slice_: Mapping[str, str], table_id: str) -> None:
        self.store, self.table_id = store, table_id
        self.name = state_file(table, slice_)
        self._slice = slice_

    def read(self) -> tuple[State, Versioned | None]:
        """Read the state.

        :return: the state, and the object as it was read, for :meth:`swap`
        :raises StoreError: the store cannot be read
        """
        found = self.store.read_versioned(self.name)
        return parse(found.data if found else None, self.table_id, f"{self.store.uri}/{self.name}"), found

    def swap(self, state: State, before: Versioned | None, now: datetime) -> bool:
        """Write the state, unless another task has written one since it was read.

        :return: whether it was written
        :raises StoreError: the store cannot be written to
        """
        return self.store.swap(self.name, state.to_json(self._slice, now), before)


def parse(data: bytes | None, table_id: str, name: str) -> State:
    """Return the state in an object's content.

    :param data: None: there is no object
    :param name: of the object, for the log
    :return: without any days if there is no object, it is damaged, or of another table
    """
    fresh = State(table_id)
    if data is None:
        return fresh
    try:
        content = json.loads(data)
        if content["table_id"] != table_id:
            return fresh
        statuses = {each["status"] for each in content["days"]}
        if content["format"] != FORMAT or not statuses <= {status.value for status in Status}:
            log.warning("%s is of a later version of the provider: it is left as it is, and not made use of.", name)
            return replace(fresh, readable=False)
        scheduled, forecast = content.get("scheduled_from"), content.get("forecast_asked_at")
        return State(
            table_id,
            None if scheduled is None else date.fromisoformat(scheduled),
            None if forecast is None else parse_instant(forecast),
            dict(_known(content["days"])),
            {name: value for name, value in content.items() if name not in _FIELDS},
            debts=debts_from_json(content.get("announcements", ())),
            connections=tuple(map(str, content.get("connections", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        log.warning(
            "%s cannot be read (%s: %s), so nothing is known of earlier loads: this one goes back no further than its "
            "look-back. If runs were missed, load their days by name.", name, type(error).__name__, error,
        )  # fmt: skip
        return fresh


def _later(old: Known, new: Known, now: datetime) -> Known:
    believed = old.asked_at if old.asked_at and old.asked_at <= now + MAX_AHEAD else None
    asked = max((moment for moment in (believed, new.asked_at) if moment), default=None)
    if Status.FINAL in (old.status, new.status):
        return Known(Status.FINAL, asked)
    return old if new.asked_at is None or (believed and believed > new.asked_at) else Known(new.status, asked)


def _ranges(days: Mapping[date, Known], now: datetime) -> Iterator[tuple[date, date, Known]]:
    old = now - COMPACT_AFTER
    found: list[tuple[date, date, Known]] = []
    for day in sorted(days):
        known = days[day]
        if found and day - found[-1][1] == DAY:
            first, _, before = found[-1]
            times = [moment for moment in (before.asked_at, known.asked_at) if moment]
            alike = (before.status, before.refused_at) == (known.status, known.refused_at)
            settled = known.status is Status.FINAL and len(times) == 2 and max(times) < old
            if alike and (before == known or settled):
                found[-1] = (first, day, known._replace(asked_at=max(times, default=None)))
                continue
        found.append((day, day, known))
    yield from found


def _known(ranges: Iterable[Mapping[str, Any]]) -> Iterator[tuple[date, Known]]:
    for each in ranges:
        asked, refused = (text and parse_instant(text) for text in (each["asked_at"], each.get("refused_at")))
        known = Known(Status(each["status"]), asked, refused)
        window = Window(date.fromisoformat(each["first"]), date.fromisoformat(each["last"]) + DAY)
        for day in window.days():
            yield day, known
