"""Which figures agree."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.checks.figures import agree


@given(st.integers(0, 2**62), st.integers(-3, 3))
def test_whole_numbers_agree_only_where_they_are_the_same(figure: int, off: int) -> None:
    assert agree(figure, figure + off) == (off == 0)


@given(st.floats(1e-3, 1e15))
def test_floats_agree_within_a_millionth(figure: float) -> None:
    assert agree(figure, figure * (1 + 1e-9)) and agree(math.nextafter(figure, 0), figure)
    assert not agree(figure, figure * 1.01 + 1e-3)
