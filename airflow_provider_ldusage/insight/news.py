"""Which days have changed since the last report.

The states of tables have the time when each day was last requested. So a report finds the days to look at without
reading them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from airflow_provider_ldusage.lake.state import State

MARGIN = timedelta(hours=6)
"""How long a load may take from its first request to its note in the state. Until then a report does not see it."""
MAX_DAYS = 400
"""How many days a report looks back, but for the tables of the bill."""


class News:
    """What may have changed since the last report.

    The last report of all is what counts, not the one that wrote a day: states keep the exact time for a month alone,
    and after that the latest of many days.

    :param own: what is known of the days that earlier reports have written
    """

    def __init__(self, own: State) -> None:
        self._own = own
        self._last = max((known.asked_at for known in own.days.values() if known.asked_at), default=None)

    def has(self, day: date, asked_at: datetime | None) -> bool:
        """Whether a day of a table may have changed.

        :param asked_at: when LaunchDarkly was last asked for the table's day; None: never
        """
        if day not in self._own.days or self._last is None:
            return True
        return asked_at is not None and asked_at > self._last - MARGIN
