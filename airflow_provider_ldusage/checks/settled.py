"""Whether a day's figures were final enough to judge when they were asked for."""

from __future__ import annotations

from datetime import date, timedelta

from airflow_provider_ldusage.days import DAY, SETTLING_DAYS, midnight, utc_day
from airflow_provider_ldusage.lake.state import State, Status


def settled(state: State, day: date) -> bool:
    """Whether a day was last asked for when its figures had settled."""
    asked_at = state.asked_at(day)
    return asked_at is not None and asked_at >= midnight(day + DAY) + timedelta(days=SETTLING_DAYS)


def is_final(state: State, day: date) -> bool:
    """Whether a day was last asked for when it was settled by the look-back of its load."""
    return state.status(day) is Status.FINAL


def is_early(state: State, day: date) -> bool:
    """Whether a day was last asked for so soon after its end that its usage may not have been counted."""
    asked_at = state.asked_at(day)
    return asked_at is None or utc_day(asked_at) <= day + DAY
