"""Days that are stored, or about to be, and are to be announced to assets: what a state remembers of them.

A day is entered before it is stored, so that a task that dies leaves word of what it may have changed. Entries of
several tasks stand side by side: a task adds and removes its own, and takes over those of tasks that cannot announce
theirs any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from airflow_provider_ldusage.days import DAY, Window, day_ranges


class Announcer(NamedTuple):
    """The try of a task that is to announce a day, by Airflow's names.

    :param map_index: -1 for a task that is not mapped
    """

    dag_id: str
    task_id: str
    run_id: str
    map_index: int = -1
    try_number: int = 1

    def is_same_task(self, other: Announcer) -> bool:
        """Whether both are tries of one task instance."""
        return self[:4] == other[:4]


class Debt(NamedTuple):
    """A day that an asset is to hear of.

    :param asset: the asset's name
    :param by: the task that has changed the day, or has taken it over
    :param handed_on: whether another task is to announce it, once that one is over
    """

    asset: str
    day: date
    by: Announcer
    handed_on: bool = False


def debts_to_json(debts: Iterable[Debt]) -> list[dict[str, Any]]:
    """Return debts for the state's object: one entry for each asset, task and kind, with its days as ranges."""
    groups: dict[tuple[str, Announcer, bool], list[date]] = {}
    for debt in sorted(debts):
        groups.setdefault((debt.asset, debt.by, debt.handed_on), []).append(debt.day)
    return [
        {"asset": asset, **by._asdict(), "handed_on": handed_on, "days": day_ranges(days)}
        for (asset, by, handed_on), days in groups.items()
    ]


def debts_from_json(entries: Iterable[Mapping[str, Any]]) -> frozenset[Debt]:
    """Return the debts that :func:`debts_to_json` has written.

    :raises ValueError, KeyError, TypeError: the entries have another form
    """
    return frozenset(
        Debt(entry["asset"], day, Announcer(*(entry[name] for name in Announcer._fields)), entry["handed_on"])
        for entry in entries
        for first, last in entry["days"]
        for day in Window(date.fromisoformat(first), date.fromisoformat(last) + DAY).days()
    )
