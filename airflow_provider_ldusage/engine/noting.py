"""Note in the state of a table what a load has asked for, and put right what other tasks have stored meanwhile.

The state is written on condition that nobody else has written it since it was read. A load that finds it changed looks
again: it compares days that an earlier question has replaced in between, and asks LaunchDarkly once more for days that
it may have replaced with an older answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from airflow_provider_ldusage.days import DAY, midnight, ranges_text, runs_of, utc_day, whole_ms
from airflow_provider_ldusage.engine.account import with_connection
from airflow_provider_ldusage.engine.announcing import Debts, Settled
from airflow_provider_ldusage.engine.plan import Part, Plan
from airflow_provider_ldusage.engine.storing import StoredPart, Storing
from airflow_provider_ldusage.lake.commit import STORED
from airflow_provider_ldusage.lake.flag_list import FIELD, FlagList
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.lake.store import MAX_ROUNDS
from airflow_provider_ldusage.log_text import MAX_RANGES
from airflow_provider_ldusage.metrics import History

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__name__)

PIPELINE = timedelta(hours=6)
"""How far LaunchDarkly's counting may lag behind when a day of data export settles. If it lags further, late figures
have not been counted yet, though the day itself has."""


@dataclass(frozen=True)
class Noted:
    """What was noted.

    :param state: the state as it stands
    :param parts: the parts, of which days may have been stored again
    :param announced: what the task announces; before its last note, nothing
    """

    state: State
    parts: tuple[StoredPart, ...]
    announced: Settled = field(default_factory=Settled)


class Noting:
    """Writes what one load knows into the state of its table's slice.

    :param before: the state as the load has found it
    """

    def __init__(self, client: UsageClient, storing: Storing, plan: Plan, before: State) -> None:
        self._client, self._storing, self._plan = client, storing, plan
        self._inherited = storing.announcing.inherited(before.debts)

    def note(self, parts: Sequence[StoredPart]) -> Noted:
        """Write what was asked for into the state, and put right what other tasks have stored meanwhile.

        :raises StoreError: the state cannot be read or written
        """
        return self._note(parts, lambda state, now: state, Settled)

    def finish(
        self, parts: Sequence[StoredPart], refused: Collection[date] = (), given_up: Collection[date] = ()
    ) -> Noted:
        """Do what :meth:`note` does for the last time, and say what is to be announced.

        :param refused: days that could not be loaded
        :param given_up: days that are not to be tried again
        :raises StoreError: the state cannot be read or written
        """
        return self._note(
            parts, lambda state, now: state.refusing(refused, now).giving_up(given_up), self._settled
        )  # fmt: skip

    def _settled(self, debts: Debts) -> Settled:
        return self._storing.announcing.settle(debts, self._storing.changed, self._inherited)

    def _note(
        self,
        parts: Sequence[StoredPart],
        change: Callable[[State, datetime], State],
        settle: Callable[[Debts], Settled],
    ) -> Noted:
        done = tuple(parts)
        if not self._storing.target.table.stands:
            self._storing.create_table()
        file = self._storing.target.state_file()
        for _ in range(MAX_ROUNDS):
            state, before = file.read()
            now = self._client.now()
            done, again = self._put_right(done, state, now)
            if again:
                continue
            announced = settle(state.debts)
            new = replace(change(self._with(state, done, now), now), debts=announced.debts)
            if new == state or not state.readable or file.swap(new, before, now):
                return Noted(new, tuple(_seen_as_noted(part, new) for part in done), announced)
        log.warning(
            "Other tasks keep writing %s/%s: this load is not noted there, and its days are asked for again.",
            self._storing.target.store.uri, file.name,
        )  # fmt: skip
        return Noted(state, done, settle(state.debts))

    def _put_right(
        self, parts: tuple[StoredPart, ...], state: State, now: datetime
    ) -> tuple[tuple[StoredPart, ...], bool]:
        """The parts, and whether days had to be asked for again, so that the state must be read anew."""
        found: list[StoredPart] = []
        again: list[StoredPart] = []
        for part in parts:
            later = set(state.overtaken(part.seen, part.asked_at, now, self._client.doubt))
            if between := {day for day in part.seen if state.asked_at(day) != part.seen[day]} - later:
                log.info("Another task has stored %s meanwhile: compared again.", ranges_text(between, MAX_RANGES))
                part = self._storing.store_again(part, between)
            mine = sorted(day for day in later if part.commit.outcomes.get(day) in STORED)
            for window in runs_of(mine):
                log.info("Another task has asked for %s later: asked for again.", window)
                again.append(self._storing.load(Part.of(self._plan.query, window, self._plan.now)))
            found.append(part.without(mine))
        if self._forecast_overtaken(parts, state, now) and self._plan.own:
            log.info("Another task has asked for the forecast later: asked for again.")
            again.append(self._storing.load_own(self._plan.own))
        return (*found, *again), bool(again)

    def _forecast_overtaken(self, parts: Sequence[StoredPart], state: State, now: datetime) -> bool:
        asked_at = _forecast_asked_at(parts)
        return asked_at is not None and state.forecast_overtaken(asked_at, now, self._client.doubt)

    def _with(self, state: State, parts: Sequence[StoredPart], now: datetime) -> State:
        for part in parts:
            state = self._with_flags(state.with_days(self._known(part), now), part)
        scheduled = [day for day in (state.scheduled_from, self._plan.scheduled_from) if day]
        forecast = _forecast_asked_at(parts)
        return replace(
            state,
            scheduled_from=min(scheduled, default=None),
            forecast_asked_at=whole_ms(forecast) if forecast else state.forecast_asked_at,
            connections=with_connection(state.connections, self._client, self._storing.target.table),
        )

    def _with_flags(self, state: State, part: StoredPart) -> State:
        """The state with the flags that LaunchDarkly has listed: those without rows are known to have no usage."""
        if self._plan.query.flags != ():
            return state
        flags = FlagList.of(state.other).with_listed(filter(None, self._storing.flags()), utc_day(part.asked_at))
        return replace(state, other={**state.other, FIELD: flags.to_json()})

    def _known(self, part: StoredPart) -> dict[date, Known]:
        return {
            day: Known(self._status(day, outcome, part), whole_ms(part.asked_at))
            for day, outcome in part.commit.outcomes.items()
            if outcome != "superseded"
        }

    def _status(self, day: date, outcome: str, part: StoredPart) -> Status:
        if outcome == "left":
            return Status.LEFT
        return Status.FINAL if self._is_final(day, part) else Status.OPEN

    def _is_final(self, day: date, part: StoredPart) -> bool:
        """Whether the whole day was asked for after it had settled, and was counted by then."""
        if self._plan.query.metric.history is History.SNAPSHOT:
            return True
        if not self._storing.flags():  # nothing was asked
            return False
        end, settled, through = midnight(day + DAY), self._plan.settles(day), part.answered.through
        counted = through is None or through >= max(end, settled - PIPELINE)
        return counted and end <= self._plan.now and part.asked_at >= settled


def _seen_as_noted(part: StoredPart, state: State) -> StoredPart:
    """The part, once it is noted in the state."""
    return replace(part, seen={day: state.asked_at(day) for day in part.seen})


def _forecast_asked_at(parts: Sequence[StoredPart]) -> datetime | None:
    """When the forecast that was stored last was asked for."""
    return max((part.forecast_asked_at for part in parts if part.forecast_asked_at), default=None)
