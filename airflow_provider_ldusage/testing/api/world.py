"""What an answer depends on: a request that keeps the rules, and the simulated world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from airflow_provider_ldusage.testing.account.model import Account
from airflow_provider_ldusage.testing.api.endpoint import Endpoint
from airflow_provider_ldusage.testing.switches import Switches

DAY_MS = 86_400_000

END_MS = 4_102_444_800_000
"""The end of this century, the first epoch millisecond that is too far ahead to be believed."""

_BELIEVABLE = range(946_684_800_000, END_MS)

Pairs = Sequence[tuple[str, str]]
"""Query parameters as decoded pairs, in order."""


@dataclass(frozen=True)
class World:
    """What an answer depends on beside the request.

    :param account: the account at this moment
    :param now: the simulated clock, epoch milliseconds
    :param switches: the switches in force
    """

    account: Account
    now: int
    switches: Switches


@dataclass(frozen=True)
class Query:
    """A request that keeps the rules.

    :param endpoint: the endpoint it asks
    :param path: path values by name
    :param start: first epoch millisecond of the range
    :param end: the epoch millisecond after the last
    :param filters: filter parameter to values
    :param group_by: grouping values, in order
    :param aggregation: aggregation type; empty if the endpoint has none
    :param granularity: granularity; empty if the endpoint chooses it
    :param options: further parameters
    :param nothing: the answer is 200 without any usage, because of a wrong unit or a filter that cannot match
    """

    endpoint: Endpoint
    path: Mapping[str, str]
    start: int
    end: int
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    aggregation: str = ""
    granularity: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    nothing: bool = False


def believable(time: int) -> bool:
    """Whether a time can have been meant.

    :param time: epoch milliseconds
    :returns: True for this century; other times were sent in the wrong unit
    """
    return time in _BELIEVABLE


def whole_number(text: str, digits: int) -> int | None:
    """Read a number that a request holds.

    :param text: the text of a parameter
    :param digits: maximum number of digits
    :returns: the number, or None if the text is not one to this many ASCII digits
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
