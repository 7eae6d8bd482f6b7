"""What becomes of the older days that a load goes back to: the latest first, and around what is the matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from tests.soak.account import DAY

ENOUGH, ENOUGH_AGAIN = 16, 4
"""Ranges that are refused, after which the rest is left to the next load; days that are refused once more, likewise."""


@dataclass(frozen=True)
class Older:
    """Days before a load's own ones.

    - ``stored``: those that it must store; ``refused``: those that it must note as refused; ``perhaps``: those that it
      may store, or note as refused
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
    again: list[date],
    allowed: int,
    questions: Callable[[list[date]], int],
    unanswered: Callable[[list[date]], bool],
    emptied: Callable[[list[date]], bool],
) -> Older:
    """What becomes of each day, all of which are certainly open.

    :param again: further days, which were refused before, in the order in which they are tried again
    :param allowed: questions that the days which are stored may take
    :param questions: how many a range of days takes
    :param unanswered: whether a range of days cannot be answered
    :param emptied: whether a range has lost usage that must not be lost
    """
    waiting, stored, refused = runs(days), list[date](), list[date]()
    left, asked, tries, failed, enough = allowed, 0, 0, False, False
    while waiting and not enough:
        part = waiting.pop()
        halves = (part[: len(part) // 2], part[len(part) // 2 :]) if len(part) > 1 else ()
        if questions(part) > left:
            if questions(part) > questions(part[:1]) and left:
                waiting += halves
                continue
            enough = True
            continue
        asked, failed = asked + questions(part), failed or unanswered(part)
        if not unanswered(part) and not emptied(part):
            left, stored = left - questions(part), stored + part
            continue
        tries += 1
        enough = tries >= ENOUGH
        if halves and not enough:
            waiting += halves
        else:
            refused += part
    tries = 0
    for day in [] if enough else again:
        if tries >= ENOUGH_AGAIN or questions([day]) > left:
            break
        asked, failed = asked + questions([day]), failed or unanswered([day])
        if unanswered([day]) or emptied([day]):
            tries += 1
            refused.append(day)
        else:
            left, stored = left - questions([day]), [*stored, day]
    return Older(tuple(stored), tuple(refused), questions=None if failed else asked)
