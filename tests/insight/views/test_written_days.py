"""Days that reports have written."""

from __future__ import annotations

from airflow_provider_ldusage.insight.views.written_days import WrittenDays
from tests.insight.figures import day
from tests.insight.views.conftest import Viewed


def test_a_table_tells_its_last_day_and_its_rows(viewed: Viewed) -> None:
    meters = WrittenDays.of(viewed.lake.load.store, "usage_meters")
    assert meters is not None and meters.last == day("04-20")
    found = meters.records([day("04-20"), day("04-20"), day("06-01")], ("meter", "no such column"))
    assert list(found) == [day("04-20")]
    assert {name for row in found[day("04-20")] for name in row} == {"meter"}


def test_what_no_report_has_written_is_not_there(viewed: Viewed) -> None:
    store = viewed.lake.load.store
    assert WrittenDays.of(store, "lake_health_of_others") is WrittenDays.of(store, "mau") is None
