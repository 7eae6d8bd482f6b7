"""What a load reports, beside what the oracle reckons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.soak.account import days
from tests.soak.expected import Expected
from tests.soak.ledger import Ledger
from tests.soak.oracle import Oracle
from tests.soak.rules import own_start
from tests.soak.world import Caller


def misreported(
    oracle: Oracle, expected: Expected, outcomes: Mapping[date, str], xcom: dict[str, Any], *, raced: bool = False
) -> list[str]:
    """What is wrong with the report of a load that stored what it had to, as far as it is certain.

    :param outcomes: of days, as :meth:`soak.oracle.Oracle.settle` told them
    :param oracle: once the load is settled
    :param raced: another load may have stored and recorded some of the days
    """
    ledger = oracle.ledger(expected.load.table, expected.load.feed)
    wrong = _of_days(expected, {} if raced else outcomes, xcom)
    if xcom["skipped"] and not set(expected.own) <= expected.left:
        wrong.append(f"that it was skipped: {xcom['skipped']}")
    if not raced:
        wrong += _of_what_is_open(oracle, expected, ledger, xcom)
        wrong += _of_what_is_final(expected, ledger, xcom)
        given_up = days_of(xcom["given_up"])
        if not ledger.given_up <= set(given_up) <= ledger.perhaps_given_up:
            wrong.append(f"given_up {xcom['given_up']['ranges']}, not {_shown(ledger.given_up)}")
    return wrong


def needlessly_looked_up(expected: Expected, caller: Caller, *, behind: bool, known: bool) -> str:
    """What is wrong with how often a load asked whose its token is; empty if nothing is.

    :param behind: to its clock, days that were just asked for are from the future, and perhaps to be gone back to
    :param known: the table knows the token
    """
    certain = known and not behind and expected.outcome == "stored" and not expected.goes_back
    most = 0 if certain or expected.outcome == "skipped" else 1
    return "" if caller.looked_up <= most else f"asked {caller.looked_up} times whose its token is, not {most}"


def skip_unreported(xcom: dict[str, Any]) -> list[str]:
    """What is wrong with the report of a load that had nothing to do."""
    lists = {name: told for name, told in xcom["days"].items() if told["count"]}
    return [] if xcom["skipped"] and not lists else [f"skipped={xcom['skipped']!r}, {lists}"]


def _of_days(expected: Expected, outcomes: Mapping[date, str], xcom: dict[str, Any]) -> list[str]:
    lists = {name: days_of(told) for name, told in xcom["days"].items()}
    named = [day for found in lists.values() for day in found]
    wrong = [f"a day in two lists: {xcom['days']}"] if len(named) != len(set(named)) else []
    for day in expected.asked:
        if day not in named:
            wrong.append(f"{day} in no list: {xcom['days']}")
        elif (day in lists["left"]) != (day in expected.left):
            wrong.append(f"{day} as left, or not: {xcom['days']}, counted through {xcom['data_through']}")
        elif day in outcomes and day not in lists[outcomes[day]]:
            wrong.append(f"{day} not as {outcomes[day]}: {xcom['days']}")
    allowed = {*expected.asked, *expected.perhaps}
    wrong += [f"{day}, which it had no business with" for day in named if day not in allowed]
    wrong += [f"{name} with a wrong count" for name, told in xcom["days"].items() if told["count"] != len(lists[name])]
    if expected.window and expected.exact:
        window = [own_start(expected.load, expected.window).isoformat(), expected.window[1].isoformat()]
        wrong += [f"the window {xcom['window']}, not {window}"] if xcom["window"] != window else []
    return wrong


def _of_what_is_open(oracle: Oracle, expected: Expected, ledger: Ledger, xcom: dict[str, Any]) -> list[str]:
    """``open``: days before the window's end that later runs go back to; ``refused``: those of them that could not be
    loaded when they were last tried. Own days that no schedule reaches may be named as open: they are."""
    told, refused = days_of(xcom["open"]), days_of(xcom["refused"])
    load = expected.load
    if load.feed.kind.seen or expected.window is None:
        return [f"open {xcom['open']['ranges']}"] if told or refused else []
    end = expected.window[1]
    all_days = days(ledger.anchor, end) if ledger.anchor else []
    must = [day for day in all_days if not oracle.closed(load, day, perhaps=True)]
    may = {*days(ledger.maybe_anchor or end, end), *expected.own, *expected.perhaps}
    may = {day for day in may if not oracle.closed(load, day)}
    wrong = []
    if not set(must) <= set(told) <= may:
        wrong.append(f"open {xcom['open']['ranges']}, not {_shown(must)}, and perhaps {_shown(may - set(must))}")
    certain = {day for day in must if day in ledger.refused and day not in ledger.unclear}
    if not certain <= set(refused) <= (may & ledger.refused.keys()) | ledger.unclear:
        wrong.append(
            f"refused {xcom['refused']['ranges']}, not {_shown(certain)}, and perhaps {_shown(ledger.unclear)}"
        )
    return wrong


def _of_what_is_final(expected: Expected, ledger: Ledger, xcom: dict[str, Any]) -> list[str]:
    """``final_through``: of lists of what is there now, the last day they were seen."""
    told = xcom["final_through"] and date.fromisoformat(xcom["final_through"])
    if expected.load.feed.kind.seen:
        least, most = max(ledger.known, default=None), max(ledger.maybe_known, default=None)
    elif ledger.is_clear:
        least, most = ledger.final_through()
    else:
        return []
    if (least or date.min) <= (told or date.min) <= (most or date.min):
        return []
    return [f"final_through {told}, not {least} to {most}"]


def days_of(told: dict[str, Any]) -> list[date]:
    return [
        date.fromordinal(number)
        for first, last in told["ranges"]
        for number in range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    ]  # fmt: skip


def _shown(wanted: Iterable[date]) -> str:
    return ", ".join(day.isoformat() for day in sorted(wanted)) or "none"
