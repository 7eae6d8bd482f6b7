"""Hypothesis strategies of days, windows and instants, with zones whose clocks change in odd ways."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from airflow_provider_ldusage.days import Window

DST_ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Gaza",
]
FIXED_ZONES = ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
WINDOWS = st.builds(lambda day, n: Window(day, day + timedelta(days=n)), DAYS, st.integers(1, 1500))
ZONES = st.sampled_from(DST_ZONES + FIXED_ZONES).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2015, 1, 2), datetime(2035, 12, 30), timezones=ZONES)
UTC_INSTANTS = st.datetimes(datetime(2015, 1, 2), datetime(2035, 12, 30), timezones=st.just(timezone.utc))
DAY = timedelta(days=1)
