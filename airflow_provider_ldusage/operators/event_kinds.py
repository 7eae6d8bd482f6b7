"""When a task sends asset events, a class for each value of ``asset_events``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.near_misses import not_allowed

MAX_PARTITIONS = 100
"""Events of days that a task may send. Airflow registers them in a request that it repeats after five seconds, and
all of them are then registered twice."""


class WhenChanged:
    """One event that tells of all days, if there are any.

    :cvar most: how many events a task may send; None: any number
    """

    most: int | None = None

    def days_for(self, assets: int) -> int | None:
        """Return how many days a task may announce to so many assets; None: any number."""
        return None if self.most is None else max(1, self.most // max(1, assets))

    def check(self, assets: Sequence[Any], aliases: Sequence[Any], events: Any) -> None:
        """Refuse outlets that cannot have such events.

        :param events: Airflow's ``outlet_events``
        :raises UsageArgumentError: saying what to do
        """

    def is_due(self, days: Collection[date]) -> bool:
        """Whether there is an event, given the days to announce."""
        return bool(days)

    def fill(self, event: Any, days: Sequence[date], extra: dict[str, Any]) -> None:
        """Write into an asset's event what it tells."""
        event.extra = extra


class Always(WhenChanged):
    """One event for each task that succeeds, as Airflow does it."""

    def is_due(self, days: Collection[date]) -> bool:
        return True


class EachDay(WhenChanged):
    """One event for each day, with the day as its partition key."""

    most = MAX_PARTITIONS

    def check(self, assets: Sequence[Any], aliases: Sequence[Any], events: Any) -> None:
        if aliases:
            raise UsageArgumentError(
                "asset_events='each_day' and an AssetAlias do not go together: their events have no partition key.",
                "Declare an Asset in outlets, or use asset_events='changed'.",
            )
        if any(not hasattr(events[asset], "add_partitions") for asset in assets):
            raise UsageArgumentError(
                "asset_events='each_day' needs Airflow 3.3 or later: this one cannot send an event for each partition.",
                "Use asset_events='changed', whose event lists the days.",
            )

    def fill(self, event: Any, days: Sequence[date], extra: dict[str, Any]) -> None:
        event.add_partitions([day.isoformat() for day in days])
        event.extra = extra


KINDS: dict[str, WhenChanged] = {"changed": WhenChanged(), "each_day": EachDay(), "always": Always()}


def kind_of(asset_events: Any) -> WhenChanged:
    """Return what an argument ``asset_events`` names.

    :raises UsageArgumentError: it names nothing
    """
    if not isinstance(asset_events, str) or asset_events not in KINDS:
        raise not_allowed("asset_events", asset_events, KINDS)
    return KINDS[asset_events]
