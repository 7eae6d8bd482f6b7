"""The check ``falling`` against its plainest reading, on histories of every kind."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings

from airflow_provider_ldusage.days import ranges_text
from tests.checks.histories import HISTORIES, LAST, NAMES, START, history
from tests.checks.support import falls_in
from tests.loading import decoded


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_falls_are_those_that_a_naive_loop_finds(figures: dict[str, list[int | None]]) -> None:
    days = decoded({name: history(found) for name, found in figures.items()}, START, LAST)
    expected: dict[str, list[date]] = {}
    for name in NAMES:
        before: tuple[int, int] | None = None
        for n, figure in enumerate(figures[name]):
            month = (START + timedelta(days=n)).month
            if figure is not None:
                if figure == 0:
                    continue
                if before and before[0] == month and figure < before[1]:
                    expected.setdefault(name, []).append(START + timedelta(days=n))
                before = (month, figure)
    found = falls_in(days)
    assert bool(found) == bool(expected)
    if expected:
        on = ranges_text({day for fell in expected.values() for day in fell}, 2)
        assert f"of {len(expected)} series of table" in found[0] and f"falls on {on}: " in found[0]
        first = min(expected)
        assert f"{{project_id={first}}} from" in found[0] and f"({expected[first][0]})" in found[0]
        assert len(f"Check falling: {found[0]}") <= 300
