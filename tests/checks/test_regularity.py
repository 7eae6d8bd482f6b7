"""What counts as regular: steadiness, days of rest, outages, and how little of the past is read to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pytest

from airflow_provider_ldusage.checks.regularity import (
    MAX_OUTAGE,
    MAX_REST,
    SHARE,
    Presence,
    Regularity,
    presence_bits,
)
from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.lake.stored import rows_of
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.arrow import arrow_schema
from airflow_provider_ldusage.rows.labels import Label
from tests.checks.support import presence_of
from tests.loading import Series, but, decoded, every_day

EVIDENCE = 56
FIRST, LAST = date(2026, 7, 6), date(2026, 11, 29)  # a Monday, a Sunday
DAY = date(2026, 10, 14)  # a Wednesday, with more than the evidence before it
WHOLE = every_day(str(FIRST), str(LAST), 100)
A = 0  # the number of the first series


def back(*days: int) -> list[str]:
    """Days so far before the day."""
    return [str(DAY - timedelta(days=each)) for each in days]


def regularity(series: Series, evidence: int = EVIDENCE, *, is_series: bool = True) -> Regularity:
    return Regularity(presence_of(decoded(series, FIRST, LAST)), evidence, is_series=is_series)


def missed(figures: Mapping[str, float], days: Iterable[str], evidence: int = EVIDENCE) -> list[str]:
    """Which of the days a table of one series is missed on."""
    regular = regularity({"a": figures}, evidence)
    return [day for day in days if regular.misses(date.fromisoformat(day))]


def absent(figures: Mapping[str, float], day: date = DAY, other: Mapping[str, float] = WHOLE) -> list[int]:
    return list(regularity({"a": figures, "z": other}).absent(day))


# --- presence


def test_bits_are_of_the_table_and_of_each_series() -> None:
    series = SeriesNumbers()
    days = decoded({"a": WHOLE, "b": but(WHOLE, str(DAY)), "c": WHOLE}, FIRST, LAST)
    before, rows = days[DAY - timedelta(days=1)], days[DAY]
    assert before is not None and rows is not None
    assert presence_bits(before, series) == 0b1111
    assert presence_bits(rows, series) == 0b1011
    assert presence_bits(rows, None) == 0b1


def test_a_day_without_rows_has_no_bit() -> None:
    schema = UsageQuery.build("ai_runs", group_by=["projectId"]).schema
    assert presence_bits(rows_of(arrow_schema(schema).empty_table(), schema), SeriesNumbers()) == 0


def test_stored_days_are_read_once_and_loaded_ones_never() -> None:
    today = presence_of(decoded({"a": {str(DAY): 1}, "b": {str(DAY): 1}}, DAY, DAY))
    stored: dict[date, Mapping[Label, float] | None] = {
        DAY - timedelta(days=1): {("b", None): 1.0},
        DAY - timedelta(days=2): {},
        DAY - timedelta(days=3): {("unknown", None): 1.0},
    }
    read: list[date] = []
    presence = Presence(today.loaded, today.series, lambda day: read.append(day) or stored.get(day))
    assert [presence.on(DAY - timedelta(days=n)) for n in range(5)] == [0b111, 0b101, 0, 0b1, None]
    assert [presence.on(DAY - timedelta(days=n)) for n in range(5)] == [0b111, 0b101, 0, 0b1, None]
    assert presence.figures(DAY - timedelta(days=1)) == {("b", None): 1.0}
    assert read == [DAY - timedelta(days=n) for n in range(1, 5)]


# --- the table: steadiness


def test_a_steady_table_is_missed_on_the_day_without_rows_only() -> None:
    assert missed(but(WHOLE, str(DAY)), WHOLE) == [str(DAY)]


def test_a_table_is_missed_after_as_many_days_as_make_evidence() -> None:
    first = FIRST + timedelta(days=EVIDENCE)
    for day, expected in ((first, True), (first - timedelta(days=1), False)):
        assert missed(but(WHOLE, str(day)), [str(day)]) == ([str(day)] if expected else [])


@pytest.mark.parametrize(("lowest", "expected"), [(SHARE * 100, True), (SHARE * 100 - 1, False)])
def test_figures_far_apart_on_one_day_of_the_week_are_not_steady(lowest: float, expected: bool) -> None:
    (same_weekday,) = back(7)
    figures = {**but(WHOLE, str(DAY)), same_weekday: lowest}
    assert bool(missed(figures, [str(DAY)])) is expected


def test_figures_far_apart_on_different_days_of_the_week_are_steady() -> None:
    figures = {day: 2 if date.fromisoformat(day).weekday() >= 5 else 900 for day in WHOLE}
    assert missed(but(figures, str(DAY)), [str(DAY)]) == [str(DAY)]


def test_lists_have_no_figures_that_could_be_far_apart() -> None:
    (same_weekday,) = back(7)
    figures = {**but(WHOLE, str(DAY)), same_weekday: 1}
    assert regularity({"a": figures}, is_series=False).misses(DAY)


# --- the table: rest


def working_days(*absent: str, extra: Iterable[str] = ()) -> dict[str, float]:
    return {
        day: figure
        for day, figure in WHOLE.items()
        if (date.fromisoformat(day).weekday() < 5 and day not in absent) or day in extra
    }


@pytest.mark.parametrize("evidence", [7, 14, EVIDENCE])
def test_a_table_of_working_days_rests_at_weekends(evidence: int) -> None:
    assert missed(working_days(), WHOLE, evidence) == []


def test_a_table_of_working_days_is_missed_on_a_working_day() -> None:
    assert missed(working_days(str(DAY)), WHOLE) == [str(DAY)]


def test_a_table_that_worked_on_a_day_of_rest_is_irregular() -> None:
    saturday = str(DAY - timedelta(days=4))
    assert missed(working_days(str(DAY), extra=[saturday]), [str(DAY)]) == []


def test_a_day_of_the_week_is_of_rest_where_half_of_them_had_no_rows() -> None:
    for days, expected in (([28], [str(DAY)]), (range(22, 29), [str(DAY)]), (range(20, 29), [])):
        assert missed(but(WHOLE, str(DAY), *back(*days)), [str(DAY)], evidence=28) == expected


# --- the table: outages


def test_an_outage_is_missed_on_each_of_its_days_until_the_table_stopped() -> None:
    days = [str(DAY + timedelta(days=n)) for n in range(MAX_OUTAGE + 5)]
    assert missed(but(WHOLE, *days), days) == days[:MAX_OUTAGE]


@pytest.mark.parametrize("length", [1, 2, 5, MAX_OUTAGE, MAX_OUTAGE + 1])
def test_one_outage_is_left_out_of_the_evidence(length: int) -> None:
    later = DAY + timedelta(days=length + 3)
    outage = [str(DAY + timedelta(days=n)) for n in range(length)]
    assert missed(but(WHOLE, *outage, str(later)), [str(later)]) == ([str(later)] if length <= MAX_OUTAGE else [])


def test_a_second_outage_in_the_evidence_makes_the_table_sparse() -> None:
    assert missed(but(WHOLE, str(DAY), *back(3)), [str(DAY)]) == [str(DAY)]
    assert missed(but(WHOLE, str(DAY), *back(3, 12)), [str(DAY)]) == []


def test_a_hole_that_was_not_missed_itself_is_no_outage() -> None:
    hole = FIRST + timedelta(days=EVIDENCE - 3)  # too young then to be missed
    day = hole + timedelta(days=EVIDENCE - 3)
    assert missed(but(WHOLE, str(hole), str(day)), [str(hole), str(day)]) == []


# --- how far it reads


def reading(days: Mapping[date, Mapping[Label, float] | None]) -> tuple[Regularity, list[date]]:
    """The day is loaded and has no rows; those before are read, which is recorded."""
    read: list[date] = []
    presence = Presence({DAY: 0}, SeriesNumbers(), lambda day: read.append(day) or days.get(day))
    return Regularity(presence, EVIDENCE, is_series=True), read


def test_a_table_that_never_had_rows_is_known_by_one_day_of_a_few_weeks() -> None:
    regular, read = reading({DAY - timedelta(days=n): {} for n in range(1, 90)})
    assert not regular.misses(DAY)
    assert read == [DAY - timedelta(days=7 * week) for week in range(1, EVIDENCE // 14 + 1)]


def test_nothing_is_read_beyond_a_day_that_is_not_known() -> None:
    rows: dict[Label, float] = {("a", None): 1.0}
    regular, read = reading({DAY - timedelta(days=n): rows for n in range(1, 20)})
    assert not regular.misses(DAY)
    assert min(read) == DAY - timedelta(days=20)


def test_a_day_is_judged_once() -> None:
    regular, read = reading({DAY - timedelta(days=n): {("a", None): 1.0} for n in range(1, 90)})
    assert regular.misses(DAY)
    before = list(read)
    assert regular.misses(DAY)
    assert read == before


# --- series


@pytest.mark.parametrize("length", range(1, MAX_REST + 2))
def test_a_series_is_absent_on_each_day_of_a_short_rest(length: int) -> None:
    days = [DAY + timedelta(days=n) for n in range(length)]
    found = [absent(but(WHOLE, *map(str, days)), day) for day in days]
    assert found == [[A] if length <= MAX_REST else []] * length


def test_a_series_that_has_not_returned_may_have_ended() -> None:
    ended = {day: figure for day, figure in WHOLE.items() if day < str(DAY)}
    assert absent(ended) == []


def test_a_series_that_was_absent_before_is_sparse() -> None:
    assert absent(but(WHOLE, str(DAY))) == [A]
    for days in range(MAX_REST + 1, EVIDENCE + 1):
        assert absent(but(WHOLE, str(DAY), *back(days))) == []


def test_a_series_is_young_until_it_has_the_evidence() -> None:
    for days, expected in ((EVIDENCE, [A]), (EVIDENCE - 1, [])):
        begin = str(DAY - timedelta(days=days))
        assert absent(but({day: each for day, each in WHOLE.items() if day >= begin}, str(DAY))) == expected


@pytest.mark.parametrize(("lowest", "expected"), [(SHARE * 100, [A]), (SHARE * 100 - 1, [])])
def test_a_series_is_steady_by_its_own_figures(lowest: float, expected: list[int]) -> None:
    (same_weekday,) = back(7)
    assert absent({**but(WHOLE, str(DAY)), same_weekday: lowest}) == expected


def test_an_outage_of_the_table_is_not_held_against_its_series() -> None:
    outage = back(5, 6)
    assert absent(but(WHOLE, str(DAY), *outage), other=but(WHOLE, *outage)) == [A]


def test_long_outages_leave_too_little_evidence_about_a_series() -> None:
    for days, expected in ((7, [A]), (8, [])):
        outages = back(*range(11, 11 + days), *range(36, 36 + days))
        assert absent(but(WHOLE, str(DAY), *outages), other=but(WHOLE, *outages)) == expected


def test_several_series_are_found_by_their_numbers() -> None:
    series = {name: but(WHOLE, str(DAY)) if name in "bd" else WHOLE for name in "abcd"}
    assert list(regularity(series).absent(DAY)) == [1, 3]
