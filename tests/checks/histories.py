"""Figures of three series on twelve days, for the property tests of the checks."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

NAMES = ["a", "b", "c"]
START = date(2026, 10, 26)  # the days reach over the end of a month
LAST = START + timedelta(days=11)
HISTORIES = st.fixed_dictionaries(
    {name: st.lists(st.none() | st.integers(0, 6), min_size=12, max_size=12) for name in NAMES}
)


def history(figures: list[int | None]) -> dict[str, float]:
    return {
        (START + timedelta(days=number)).isoformat(): figure
        for number, figure in enumerate(figures)
        if figure is not None
    }
