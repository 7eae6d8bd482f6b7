"""What is known of each flag, day by day: since when it was asked for, and when it was last evaluated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from airflow_provider_ldusage.days import DAY


class Flag(NamedTuple):
    """A flag in one environment, by keys."""

    project: str
    environment: str
    key: str


@dataclass(frozen=True)
class FlagFacts:
    """What is known of a flag at the end of a day.

    :param since: the first of the days without a gap on which it was asked for
    :param last_evaluated_on: None: not on one of these days
    """

    since: date
    last_evaluated_on: date | None = None

    def days_without(self, day: date) -> int:
        """The number of days up to a day, without a gap, on which the flag was asked for and not evaluated."""
        before = self.since - DAY if self.last_evaluated_on is None else self.last_evaluated_on
        return (day - before).days


@dataclass(frozen=True)
class AskedFor:
    """What one slice tells of a day.

    :param place: project and environment
    :param asked: the flags that the day's answers are about; None: every flag of the place, which nobody has noted
    :param evaluated: those with evaluations
    """

    place: tuple[str, str]
    asked: Collection[str] | None
    evaluated: Collection[str]

    def flags(self, before: Iterable[Flag]) -> set[Flag]:
        """The flags that it tells of. What is not noted is taken to be what there was the day before."""
        asked = self.asked
        if asked is None:
            asked = [flag.key for flag in before if flag[:2] == self.place]
        return {Flag(*self.place, key) for key in {*asked, *self.evaluated}}


def day_after(before: Mapping[Flag, FlagFacts], day: date, told: Iterable[AskedFor]) -> dict[Flag, FlagFacts]:
    """What is known at the end of a day; a flag of which nothing is told is left out.

    :param before: what was known at the end of the day before
    :param told: by the slices that have the day
    """
    found: dict[Flag, FlagFacts] = {}
    slices = list(told)
    evaluated = {Flag(*each.place, key) for each in slices for key in each.evaluated}
    for flag in {flag for each in slices for flag in each.flags(before)}:
        known = before.get(flag, FlagFacts(day))
        found[flag] = FlagFacts(known.since, day) if flag in evaluated else known
    return found
