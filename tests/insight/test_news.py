"""What is new since a report."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow_provider_ldusage.insight.news import MARGIN, is_news
from airflow_provider_ldusage.lake.state import Known, State, Status
from tests.insight.figures import day

WRITTEN = datetime(2026, 3, 2, 6, tzinfo=timezone.utc)
OWN = State("t", days={day("03-01"): Known(Status.FINAL, WRITTEN)})


def test_a_day_is_news_if_it_was_asked_for_since_it_was_written() -> None:
    assert is_news(OWN, day("03-01"), WRITTEN)
    assert is_news(OWN, day("03-01"), WRITTEN - MARGIN + timedelta(seconds=1))
    assert not is_news(OWN, day("03-01"), WRITTEN - MARGIN)
    assert not is_news(OWN, day("03-01"), None)


def test_a_day_that_was_never_written_is_news() -> None:
    assert is_news(OWN, day("03-02"), None)
