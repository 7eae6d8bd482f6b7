"""A day is judged only where it was asked for late enough."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from airflow_provider_ldusage.checks.settled import is_early, is_final, settled
from airflow_provider_ldusage.lake.state import Known, State, Status

DAY = date(2026, 11, 8)
END = datetime(2026, 11, 9, tzinfo=timezone.utc)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def known(asked_at: datetime | None, status: Status = Status.OPEN) -> State:
    return State("id", days={DAY: Known(status, asked_at)})


@pytest.mark.parametrize(
    ("after_its_end", "expected"),
    [(72 * HOUR, True), (72 * HOUR - MINUTE, False), (500 * HOUR, True), (-HOUR, False)],
    ids=["three days", "a minute less", "weeks", "while it was open"],
)
def test_a_day_settles_three_days_after_its_end(after_its_end: timedelta, expected: bool) -> None:
    assert settled(known(END + after_its_end), DAY) is expected


@pytest.mark.parametrize("status", Status)
def test_only_a_day_noted_as_final_is_final(status: Status) -> None:
    assert is_final(known(END, status), DAY) is (status is Status.FINAL)


@pytest.mark.parametrize(
    ("after_its_end", "expected"),
    [(HOUR, True), (24 * HOUR - MINUTE, True), (24 * HOUR, False), (-HOUR, True)],
    ids=["soon", "late on the next day", "on the day after that", "while it was open"],
)
def test_a_day_is_early_until_the_day_after_it_is_over(after_its_end: timedelta, expected: bool) -> None:
    assert is_early(known(END + after_its_end), DAY) is expected


@pytest.mark.parametrize("state", [State("id"), known(None)], ids=["unknown", "refused before it was ever asked for"])
def test_a_day_that_was_never_asked_for_is_early_and_not_settled(state: State) -> None:
    assert not settled(state, DAY)
    assert not is_final(state, DAY)
    assert is_early(state, DAY)
