"""What becomes of the older days that a load goes back to: the latest first, and around what is the matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from soak.account import DAY

ENOUGH = 16
"""Ranges that are refused, after which the rest is left to the next load."""


@dataclass(frozen=True)
class Older:
    """Days before a load's own ones.

    - ``stored``: those that it must store; ``refused``: those that it must report as refused; ``perhaps``: those that
      it may store
    - ``swept``: days that were asked for now, or were closed before: which, cannot be told
    - ``given_up``: open days beyond the limit; ``perhaps_given_up``: days there that may be open
    - ``questions``: about usage; None: that depends
    """

    stored: tuple[date, ...] = ()
    refused: tuple[date, ...] = ()
    perhaps: tuple[date, ...] = ()
    swept: tuple[date, ...] = ()
    given_up: tuple[date, ...] = ()
    perhaps_given_up: tuple[date, ...] = ()
    questions: int | None = 0


def runs(days: Iterable[date]) -> list[list[date]]:
    """Ascending days as runs of days that follow each other."""
    found: list[list[date]] = []
    for day in days:
        if found and found[-1][-1] + DAY == day:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def gone_back(
    days: list[date],
    allowed: int,
    least: int,
    questions: Callable[[list[date]], int],
    unanswered: Callable[[list[date]], bool],
    emptied: Callable[[list[date]], bool],
) -> Older:
    """What becomes of each day, all of which are certainly open.

    :param allowed: questions that the older days may take
    :param least: questions that a range takes at least
    :param questions: how many a range of days takes
    :param unanswered: whether a range of days cannot be answered
    :param emptied: whether a range has lost usage that must not be lost
    """
    waiting, stored, refused = runs(days), list[date](), list[date]()
    left, asked, tries, failed, short = allowed, 0, 0, False, False
    while waiting and tries < ENOUGH:
        part = waiting.pop()
        cost = questions(part)
        halves = (part[: len(part) // 2], part[len(part) // 2 :]) if len(part) > 1 else ()
        if cost > left:
            short = True
            if halves and cost > least:
                waiting += halves
                continue
            refused += part
            break
        left, asked = left - cost, asked + cost
        failed = unanswered(part) or failed
        if not unanswered(part) and not emptied(part):
            stored += part
            continue
        tries += 1
        if halves and tries < ENOUGH:
            waiting += halves
        else:
            refused += part
    refused += [day for part in waiting for day in part]
    if short and tries:  # what a refused range costs of the limit, the rules do not say
        return Older(perhaps=tuple(days), questions=None)
    return Older(tuple(stored), tuple(refused), questions=None if failed else asked)
