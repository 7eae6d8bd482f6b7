"""What is new since a report."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow_provider_ldusage.insight.news import MARGIN, News
from airflow_provider_ldusage.lake.state import Known, State, Status
from tests.insight.figures import day

WRITTEN = datetime(2026, 3, 2, 6, tzinfo=timezone.utc)
OWN = State("t", days={day("03-01"): Known(Status.FINAL, WRITTEN)})


def test_a_day_is_news_if_it_was_asked_for_since_the_last_report() -> None:
    news = News(OWN)
    assert news.has(day("03-01"), WRITTEN)
    assert news.has(day("03-01"), WRITTEN - MARGIN + timedelta(seconds=1))
    assert not news.has(day("03-01"), WRITTEN - MARGIN)
    assert not news.has(day("03-01"), None)


def test_a_day_that_was_never_written_is_news() -> None:
    assert News(OWN).has(day("03-02"), None)
    assert News(State("t")).has(day("03-02"), None)


def test_days_that_share_the_time_of_a_later_one_are_none() -> None:
    """As in the states of a table whose days were asked for more than a month ago."""
    later = {day(f"03-{n:02}"): Known(Status.FINAL, WRITTEN + timedelta(days=n)) for n in range(1, 32)}
    assert not News(State("t", days=later)).has(day("03-01"), WRITTEN + timedelta(days=20))
