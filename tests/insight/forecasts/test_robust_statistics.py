"""Statistics that outliers do not move."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.insight.forecasts.robust_statistics import median, scaled_mad, theil_sen, trimmed_mean


def test_the_median_of_an_even_number_is_between_the_middle_two() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5


def test_one_odd_value_moves_nothing_much() -> None:
    assert trimmed_mean([1, 1, 1, 1, 1000]) == 1
    assert scaled_mad([1, 2, 3, 4, 1000]) == pytest.approx(1.4826)


def test_few_values_are_not_trimmed() -> None:
    assert trimmed_mean([1, 4]) == 2.5


def test_a_straight_line_has_its_slope_and_no_error() -> None:
    assert theil_sen([1, 3, 5, 7]) == (2, 0)
    assert theil_sen([1, 3, 5, 7, 900, 11, 13])[0] == 2
