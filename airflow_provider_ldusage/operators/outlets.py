"""The assets among a task's outlets, and the events that the task sends to them.

Airflow sends an event to each asset that is in ``outlets`` when the task has succeeded. So an event is withheld by
taking the assets out, and what it tells is written into Airflow's ``outlet_events``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage import compat
from airflow_provider_ldusage.assets import asset_of
from airflow_provider_ldusage.days import day_ranges, ranges_text
from airflow_provider_ldusage.engine.announcing import Announcing, HandedOn, OwnAndHandedOn, OwnEvents, Settled, Silent
from airflow_provider_ldusage.log_text import MAX_RANGES, counted
from airflow_provider_ldusage.operators.announcer import Fates, announcer_of
from airflow_provider_ldusage.operators.event_kinds import WhenChanged, kind_of

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Context

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outlets:
    """A task's outlets.

    :param assets: assets, and references to assets
    :param aliases: asset aliases
    :param others: whatever else may be there, for other tools
    """

    assets: tuple[Any, ...]
    aliases: tuple[Any, ...]
    others: tuple[Any, ...]

    @classmethod
    def of(cls, outlets: Iterable[Any] | None) -> Outlets:
        """Sort the outlets of an operator."""
        found = tuple(outlets or ())
        assets = tuple(each for each in found if isinstance(each, compat.Asset | compat.AssetRef))
        aliases = tuple(each for each in found if isinstance(each, compat.AssetAlias))
        return cls(assets, aliases, tuple(each for each in found if each not in (*assets, *aliases)))

    def names(self, lake: str, tables: Collection[str]) -> tuple[str, ...]:
        """The names of the assets that are to hear of some tables.

        :param lake: the destination without its connection
        """
        assets = [*self.assets, *(asset_of(lake, table) for table in tables if self.aliases)]
        return tuple(dict.fromkeys(_name(asset) for asset in assets))


def _name(asset: Any) -> str:
    """An asset's name; its URI where it has none, as in Airflow 2."""
    return str(getattr(asset, "name", None) or asset.uri)


@dataclass(frozen=True)
class TaskEvents:
    """The events of one task.

    :param operator: whose outlets they go to
    :param lake: the destination without its connection
    :param tables: the tables that the task is about
    """

    operator: Any
    context: Context
    kind: WhenChanged
    outlets: Outlets
    lake: str
    tables: tuple[str, ...]

    @classmethod
    def of(cls, operator: Any, context: Context, lake: str, tables: Collection[str]) -> TaskEvents:
        """The events of an operator with the arguments ``outlets`` and ``asset_events``.

        :raises UsageArgumentError: ``asset_events`` is invalid, or nothing for these outlets or this Airflow
        """
        kind, outlets = kind_of(operator.asset_events), Outlets.of(operator.outlets)
        if outlets.assets or outlets.aliases:
            kind.check(outlets.assets, outlets.aliases, context["outlet_events"])
        return cls(operator, context, kind, outlets, lake, tuple(tables))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the assets."""
        return self.outlets.names(self.lake, self.tables)

    @cached_property
    def fates(self) -> Fates:
        """What became of other tasks, each asked for once."""
        return Fates(self.context)

    def own(self) -> OwnEvents:
        """The task announces days itself."""
        return OwnEvents(self.names, announcer_of(self.context), self.fates, self.kind.days_for(len(self.names)))

    def announcing(self, closing: Iterable[Any]) -> Announcing:
        """How the days that a load changes are announced.

        :param closing: the operators of the tasks that close this one
        """
        found = [name for each in closing for name in Outlets.of(each.outlets).names(self.lake, self.tables)]
        names = tuple(dict.fromkeys(name for name in found if name not in self.names))
        if not names:
            return self.own() if self.names else Silent()
        handed_on = HandedOn(names, announcer_of(self.context), self.fates)
        return OwnAndHandedOn(self.own(), handed_on) if self.names else handed_on

    def send(self, settled: Settled, extra: Mapping[str, Any]) -> None:
        """Leave to Airflow what to send when the task has succeeded, and withhold the rest.

        :param extra: what the events tell beside the days
        """
        if not self.names:
            return
        days, told = settled.days, {**extra, "days": days_text(settled.days)}
        if not self.kind.is_due(days):
            # A new list: mapped tasks share the one that they were given.
            self.operator.outlets = list(self.outlets.others)
            log.info("Nothing to announce to %s: no day has changed.", ", ".join(self.names))
            return
        events = self.context["outlet_events"]
        for asset in self.outlets.assets:
            self.kind.fill(events[asset], days, told)
        for alias in self.outlets.aliases:
            for table in self.tables:
                events[alias].add(asset_of(self.lake, table), extra=told)
        self._log(settled)

    def _log(self, settled: Settled) -> None:
        again = f" ({settled.again} of them stored by earlier tasks)" if settled.again else ""
        log.info(
            "To announce to %s: %s%s%s", ", ".join(self.names), counted(len(settled.days), "day"), again,
            f", {ranges_text(settled.days, MAX_RANGES)}" if settled.days else "",
        )  # fmt: skip
        if settled.owed:
            log.warning(
                "A task sends at most %s events of days. The next runs announce the other %d days: %s",
                self.kind.most, len(settled.owed), ranges_text(settled.owed, MAX_RANGES),
            )  # fmt: skip


def days_text(days: Iterable[date]) -> str:
    """Days for an event: ``2026-11-19/2026-11-20,2026-11-22``, both ends of a range inclusive."""
    return ",".join(first if first == last else f"{first}/{last}" for first, last in day_ranges(days))


def extra_of(reports: Sequence[Mapping[str, Any]], lake: str, *, whole: bool = True) -> dict[str, Any]:
    """What an event tells beside the days. It is flat, as Airflow 2 wants it for aliases.

    :param reports: of the loads, as in their XComs
    :param lake: the destination without its connection
    :param whole: whether these are the reports of all loads that the event is about
    """
    tables = sorted({report["table"] for report in reports})
    windows = [report["window"] for report in reports]
    final = [report["final_through"] for report in reports]
    return {
        "table": ", ".join(tables),
        "uri": f"{lake}/{tables[0]}" if len(tables) == 1 else lake,
        "rows": sum(report["rows"] for report in reports),
        "start": min((start for start, _ in windows), default=None),
        "end": max((end for _, end in windows), default=None),
        **{what: sum(report["days"][what]["count"] for report in reports) for what in ("written", "restated")},
        "data_through": _first(report["data_through"] for report in reports),
        "final_through": min(final) if final and all(final) and whole else None,
    }


def _first(moments: Iterable[str | None]) -> str | None:
    return min((moment for moment in moments if moment), default=None)
