"""Instants as texts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.days import instant_text, parse_instant, whole_ms

INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(timezone.utc))


def test_an_instant_is_written_in_utc_and_whole_milliseconds() -> None:
    moment = datetime(2026, 11, 12, 4, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
    assert instant_text(moment) == "2026-11-12T03:00:00.123Z"


@given(INSTANTS)
def test_an_instant_is_read_back_to_the_millisecond(moment: datetime) -> None:
    assert parse_instant(instant_text(moment)) == whole_ms(moment)
    assert timedelta() <= moment - whole_ms(moment) < timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["", "2026-11-12", "2026-11-12T03:00:00Z", "2026-11-12T03:00:00.000+01:00"])
def test_another_form_of_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)
