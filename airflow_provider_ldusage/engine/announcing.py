"""Which days a load announces to assets. What was stored is announced, if not by this try then by a later one.

Days are recorded in the state before they are stored. When all are stored, the record is narrowed to what was really
changed, and days join it that an earlier task has recorded and can announce no more. Nobody crosses out what is yet to
be announced: a later task does, once it knows that the announcer has succeeded. So a day may be announced twice, and
never not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Protocol

from airflow_provider_ldusage.lake.announcements import Announcer, Debt

Debts = frozenset[Debt]


class Fate(Enum):
    """What became of an announcer.

    - ``SUCCEEDED``: its events are with Airflow
    - ``PENDING``: it may still succeed, by this try or a later one
    - ``LOST``: it will not, or nobody knows
    """

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    LOST = "lost"


@dataclass(frozen=True)
class Settled:
    """What a task announces.

    :param debts: what the state is to remember
    :param days: to announce now, in order
    :param again: how many of them this task has not changed itself
    :param owed: days that are left to a later task, in order
    """

    debts: Debts = frozenset()
    days: tuple[date, ...] = ()
    again: int = 0
    owed: tuple[date, ...] = ()


class Announcing(Protocol):
    """How the days of a load are announced.

    :ivar assets: the names of those that are to hear of them
    """

    @property
    def assets(self) -> Collection[str]: ...

    def debts_of(self, days: Iterable[date]) -> Debts:
        """Return what to record before days are stored; nothing if nobody is to hear of them."""

    def inherited(self, debts: Debts) -> Debts:
        """Return what earlier tries of the task have left in a state that is as the load has found it, and this try
        before it was deferred."""

    def settle(self, debts: Debts, changed: Set[date], inherited: Debts) -> Settled:
        """Return what to announce, and to remember, when all days are stored.

        :param debts: as they are in the state now, with those of this load
        :param changed: days that the load has changed, or may have
        :param inherited: see :meth:`inherited`
        """


class Silent:
    """Of a task without assets: it leaves alone what others have recorded."""

    assets: Collection[str] = ()

    def debts_of(self, days: Iterable[date]) -> Debts:
        return frozenset()

    def inherited(self, debts: Debts) -> Debts:
        return frozenset()

    def settle(self, debts: Debts, changed: Set[date], inherited: Debts) -> Settled:
        return Settled(debts)


@dataclass(frozen=True)
class _ByTask:
    """What tasks that know of assets have in common.

    :param assets: names of the assets
    :param by: this try of the task
    :param fate: tells what became of another task
    """

    assets: Collection[str]
    by: Announcer
    fate: Callable[[Announcer], Fate]

    def inherited(self, debts: Debts) -> Debts:
        return frozenset(debt for debt in debts if debt.asset in self.assets and debt.by.is_same_task(self.by))

    def _of(self, days: Iterable[date], handed_on: bool) -> Debts:
        return frozenset(Debt(asset, day, self.by, handed_on) for asset in self.assets for day in days)

    def _recorded_now(self, debt: Debt, inherited: Debts) -> bool:
        """Whether this very load has recorded it, as a day that it might change."""
        return debt.by == self.by and debt not in inherited

    def _kept(self, debts: Debts, inherited: Debts) -> Debts:
        """What is left of debts that the task does not take over: neither what it might have changed and has not, nor
        what others have announced."""
        return frozenset(
            debt
            for debt in debts
            if debt.asset not in self.assets or not (self._recorded_now(debt, inherited) or self._announced(debt))
        )

    def _announced(self, debt: Debt) -> bool:
        return not debt.handed_on and self.fate(debt.by) is Fate.SUCCEEDED


@dataclass(frozen=True)
class OwnEvents(_ByTask):
    """Of a task whose own event tells of the days.

    :param most: how many days it may announce; the oldest come first, and the rest is left to a later task
    """

    most: int | None = None

    def debts_of(self, days: Iterable[date]) -> Debts:
        return self._of(days, handed_on=False)

    def due(self, debts: Debts, inherited: Debts) -> Debts:
        """Return what others were to announce and cannot any more, or have left to this task."""
        return frozenset(
            debt
            for debt in debts
            if debt.asset in self.assets and not self._recorded_now(debt, inherited) and self._is_due(debt)
        )

    def settle(self, debts: Debts, changed: Set[date], inherited: Debts) -> Settled:
        due = self.due(debts, inherited)
        days = sorted({debt.day for debt in due} | changed)
        now, owed = self._chosen(days)
        kept = self._kept(debts - due, inherited)
        return Settled(kept | self._of(now, False) | self._of(owed, True), now, len(set(now) - changed), owed)

    def only(self, days: Collection[date]) -> OwnEvents:
        """Return the same for a part of what is due: the rest is handed on."""
        return OnlyDays(self.assets, self.by, self.fate, self.most, days)

    def _chosen(self, days: Sequence[date]) -> tuple[tuple[date, ...], tuple[date, ...]]:
        """The days to announce, and those that are left to a later task."""
        most = len(days) if self.most is None else self.most
        return tuple(days[:most]), tuple(days[most:])

    def _is_due(self, debt: Debt) -> bool:
        if debt.by.is_same_task(self.by):
            return True
        fate = self.fate(debt.by)
        return fate is Fate.LOST or (debt.handed_on and fate is Fate.SUCCEEDED)


@dataclass(frozen=True)
class OnlyDays(OwnEvents):
    """Of a task that has chosen what it announces from several states.

    :param days: what it has chosen
    """

    days: Collection[date] = ()

    def _chosen(self, days: Sequence[date]) -> tuple[tuple[date, ...], tuple[date, ...]]:
        return tuple(day for day in days if day in self.days), tuple(day for day in days if day not in self.days)


@dataclass(frozen=True)
class HandedOn(_ByTask):
    """Of a task that another one follows, whose event tells of the days of all."""

    def debts_of(self, days: Iterable[date]) -> Debts:
        return self._of(days, handed_on=True)

    def settle(self, debts: Debts, changed: Set[date], inherited: Debts) -> Settled:
        mine = self.inherited(debts)
        days = {debt.day for debt in mine if not self._recorded_now(debt, inherited)} | changed
        return Settled(self._kept(debts - mine, inherited) | self._of(days, handed_on=True))


@dataclass(frozen=True)
class OwnAndHandedOn:
    """Of a task whose own event tells some assets, while the event of a task that follows it tells others.

    :param own: of its own assets
    :param handed_on: of those that it has not itself
    """

    own: OwnEvents
    handed_on: HandedOn

    @property
    def assets(self) -> Collection[str]:
        return (*self.own.assets, *self.handed_on.assets)

    def debts_of(self, days: Iterable[date]) -> Debts:
        found = tuple(days)
        return self.own.debts_of(found) | self.handed_on.debts_of(found)

    def inherited(self, debts: Debts) -> Debts:
        return self.own.inherited(debts) | self.handed_on.inherited(debts)

    def settle(self, debts: Debts, changed: Set[date], inherited: Debts) -> Settled:
        settled = self.own.settle(debts, changed, inherited)
        return replace(settled, debts=self.handed_on.settle(settled.debts, changed, inherited).debts)
