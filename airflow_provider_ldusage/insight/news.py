"""What has come into a lake since a report wrote a day.

The states of tables tell when each day was last asked for. So a report finds the days to look at without reading them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from airflow_provider_ldusage.lake.state import State

MARGIN = timedelta(hours=6)
"""How long a load may take from its first question to its note in the state. Until then a report does not see it."""
MAX_DAYS = 400
"""The days that a report looks back, beside those of the bill."""


def is_news(own: State, day: date, asked_at: datetime | None) -> bool:
    """Whether a day of a table may have changed since a report wrote it.

    :param own: what is known of the days that earlier reports have written
    :param asked_at: when LaunchDarkly was last asked for the table's day; None: never
    """
    written = own.asked_at(day)
    return written is None or (asked_at is not None and asked_at > written - MARGIN)
