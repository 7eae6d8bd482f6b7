"""The meters, against the catalogue of metrics."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.insight.bill.meters import METERS, AdditiveMeter, Meter, place_of
from airflow_provider_ldusage.insight.bill.periods import CALENDAR, Periods


@pytest.mark.parametrize("meter", METERS.values(), ids=METERS)
def test_a_meter_is_read_from_what_its_metric_offers(meter: Meter) -> None:
    assert meter.metric.name == meter.name
    assert meter.aggregation in meter.metric.aggregations
    assert isinstance(meter, AdditiveMeter) == meter.metric.additive_over_time


def test_additive_meters_alone_follow_the_billing_day() -> None:
    billing = Periods(15)
    follow = {name for name, meter in METERS.items() if meter.periods(billing) == billing}
    assert METERS.keys() - follow == {"clientside_mau", "experimentation_keys"}
    assert METERS["clientside_mau"].periods(billing) == CALENDAR


def test_minutes_make_connections_and_other_units_stay() -> None:
    assert METERS["service_connections"].divisor == 43_800
    assert {name for name, meter in METERS.items() if meter.divisor != 1} == {"service_connections"}


def test_meters_have_one_order_and_unknown_ones_are_last() -> None:
    assert sorted(["of_a_later_version", "ai_runs", "clientside_mau"], key=place_of) == [
        "clientside_mau", "ai_runs", "of_a_later_version",
    ]  # fmt: skip
