"""What a meter's days say of its period."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_ldusage.days import DAY, midnight
from airflow_provider_ldusage.insight.forecasts.outlook import TOO_LITTLE_HISTORY
from airflow_provider_ldusage.insight.forecasts.projected import METHOD
from tests.insight.figures import day, figures


def test_quantities_add_up_from_the_periods_first_day() -> None:
    found = figures("ai_runs", {"03-14": 1, "03-15": 2, "03-16": 4.0, "03-17": 8}, billing_day=15)
    assert [found.to_date(day(text)) for text in ("03-14", "03-15", "03-17")] == [1, 2, 14]
    assert found.quantity(day("03-16")) == 4
    assert found.is_complete(day("03-17")) and not found.is_complete(day("03-14"))


def test_minutes_become_connections() -> None:
    found = figures("service_connections", {"03-01": 43_800.0, "03-02": 21_900.0})
    assert found.to_date(day("03-02")) == 1.5


def test_a_missing_day_is_unknown_and_no_zero() -> None:
    found = figures("ai_runs", {"03-01": 1, "03-03": 4})
    assert (found.quantity(day("03-02")), found.to_date(day("03-02"))) == (None, 1)
    assert not found.is_complete(day("03-03"))
    assert found.data_through(day("03-02")) == midnight(day("03-02"))
    assert (found.to_date(day("04-01")), found.data_through(day("04-01"))) == (None, None)


def test_an_additive_day_without_usage_is_zero() -> None:
    found = figures("ai_runs", {"03-01": 1, "03-02": 0.0})
    assert (found.quantity(day("03-02")), found.to_date(day("03-02"))) == (0, 1)
    assert found.is_complete(day("03-02"))


def test_a_month_of_unique_keys_is_its_last_figure() -> None:
    found = figures("clientside_mau", {"03-30": 90, "03-31": 95, "04-01": 3}, billing_day=15)
    assert [found.to_date(day(text)) for text in ("03-31", "04-01", "04-02")] == [95, 3, 3]
    assert found.quantity(day("03-31")) is None
    assert [found.is_complete(day(text)) for text in ("04-01", "04-02")] == [True, False]


def test_unique_keys_stand_on_a_day_without_usage_and_begin_at_zero() -> None:
    found = figures("clientside_mau", {"03-31": 95, "04-01": None, "04-02": 3, "04-03": None})
    assert [found.to_date(day(text)) for text in ("04-01", "04-03")] == [0, 3]
    assert found.is_complete(day("04-03"))


def test_what_earlier_reports_have_goes_before_what_is_read() -> None:
    found = figures("ai_runs", {"03-02": 43}, earlier={day("03-01"): 7.0})
    assert found.to_date(day("03-02")) == 50
    assert (found.first, found.last) == (day("03-01"), day("03-02"))


def test_a_forecast_looks_back_as_far_whoever_asks() -> None:
    long = {day("03-01") - timedelta(days=n): 5.0 + n % 7 for n in range(900)}
    period = figures("ai_runs", {}).periods.containing(day("03-10"))
    few = {each: figure for each, figure in long.items() if each >= day("03-01") - timedelta(days=400)}
    found = [
        figures("ai_runs", {"03-01": 5}, earlier=earlier).forecasting(period).forecast(period, day("03-01"))
        for earlier in (long, few)
    ]
    assert found[0] == found[1] and found[0].total
    nothing = figures("ai_runs", {"03-01": 5})
    assert nothing.forecasting(period).forecast(period, day("03-01")).method == TOO_LITTLE_HISTORY


def test_launchdarklys_own_projection_is_used_where_there_is_one() -> None:
    read: dict[str, float | None] = {f"03-{n:02}": 43_800.0 for n in range(1, 11)}
    period = figures("service_connections", {}).periods.containing(day("03-10"))
    projection = {period.start + n * DAY: n + 1.0 for n in range(len(period))}
    found = figures("service_connections", read, projections={day("03-10"): projection})
    forecast = found.forecasting(period).forecast(period, day("03-10"))
    assert (forecast.method, forecast.total) == (METHOD, 31)
    assert found.forecasting(period).forecast(period, day("03-09")).method != METHOD
