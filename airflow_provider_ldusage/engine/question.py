"""One usage request: what it asks, in the words of LaunchDarkly's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_ldusage.chunks import Chunk
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.query_rules import FLAG_ARGUMENT


@dataclass(frozen=True)
class Question:
    """A query about one range of days.

    :param chunk: the days to ask for, and those to keep
    :param now: where the open day ends
    :param flag: a flag's key, for a query that asks about one flag after another
    """

    query: UsageQuery
    chunk: Chunk
    now: datetime
    flag: str | None = None

    @property
    def path(self) -> str:
        """The endpoint's path, with a place for each path argument."""
        return self.query.metric.path

    @property
    def path_args(self) -> dict[str, str]:
        """The value of each place in the path."""
        return self.query.path_args(self.fixed)

    @property
    def fixed(self) -> Mapping[str, str]:
        """Dimensions that the request names and the answer does not repeat, by column."""
        return {} if self.flag is None else {FLAG_ARGUMENT: self.flag}

    @property
    def api_version(self) -> str:
        """The value of ``LD-API-Version``."""
        return self.query.metric.api_version

    def params(self, unit: str) -> list[tuple[str, str]]:
        """The parameters of the URL's query.

        :param unit: of ``from`` and ``to``: ``s`` or ``ms``
        """
        return [*_time_range(self.chunk.ask, unit, self.now), *self.query.params]


def time_unit(query: UsageQuery, configured: Mapping[str, str]) -> str:
    """The unit of ``from`` and ``to``: the connection's for this metric, otherwise the documented one.

    :param configured: the connection's ``time_units``
    """
    return configured.get(query.metric.name) or query.metric.time_unit


def _time_range(window: Window, unit: str, now: datetime) -> list[tuple[str, str]]:
    """``from`` and ``to``, always both; the open day ends now."""
    end_ms = min(window.end_ms, max(int(now.timestamp()) * 1000, window.start_ms + 1000))
    scale = 1 if unit == "ms" else 1000
    return [("from", str(window.start_ms // scale)), ("to", str(end_ms // scale))]
