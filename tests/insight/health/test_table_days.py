"""Which days of a table should be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.insight.health.table_days import LATE, MISSING, TableDays, is_due
from airflow_provider_ldusage.lake.inventory import SliceState, StoredTable
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.query import UsageQuery
from tests.insight.figures import day

ASKED = datetime(2026, 4, 1, tzinfo=timezone.utc)


def days(first: str, last: str) -> list[date]:
    return list(Window(day(first), day(last) + timedelta(days=1)).days())


def table(*slices: Mapping[Status, Iterable[date]], metric: str = "ai_runs") -> TableDays:
    """A table with slices of which days have a status."""
    described = Table.of("t", UsageQuery.build(metric=metric), {"id": "a"})
    states = [
        SliceState(
            {"number": str(number)},
            State(described.id, days={one: Known(status, ASKED) for status, found in each.items() for one in found}),
        )
        for number, each in enumerate(slices)
    ]
    return TableDays(StoredTable(described, tuple(states)))


def test_days_between_others_are_missing_and_those_after_all_late() -> None:
    found = table({Status.FINAL: [*days("03-01", "03-04"), *days("03-06", "03-07")]})
    assert found.absences(Window(day("02-20"), day("03-10"))) == {
        day("03-05"): MISSING, day("03-08"): LATE, day("03-09"): LATE,
    }  # fmt: skip
    assert found.first == day("03-01") and found.expected(day("02-28")) == []


def test_days_that_were_left_or_refused_are_not_there() -> None:
    found = table({
        Status.FINAL: days("03-01", "03-04"), Status.REFUSED: [day("03-05")], Status.OPEN: [day("03-06")],
        Status.LEFT: [day("03-07")],
    })  # fmt: skip
    assert found.absences(Window(day("03-01"), day("03-08"))) == {day("03-05"): MISSING, day("03-07"): LATE}
    assert found.is_open(day("03-06")) and not found.is_open(day("03-04"))
    assert found.files(day("03-05")) == [] and len(found.files(day("03-06"))) == 1


def test_a_day_is_final_when_loads_go_back_to_none_of_its_slices() -> None:
    whole = {Status.FINAL: days("03-01", "03-04")}
    for other, is_final in (
        ({Status.FINAL: days("03-01", "03-04")}, True),
        ({Status.FINAL: days("03-01", "03-02"), Status.OPEN: [day("03-03")]}, False),
        ({Status.FINAL: days("03-01", "03-02"), Status.REFUSED: [day("03-03")]}, False),
        ({Status.FINAL: days("03-01", "03-02"), Status.LEFT: [day("03-03")]}, False),
        ({Status.FINAL: [day("03-02"), day("03-04")]}, False),
        ({Status.FINAL: days("03-01", "03-02"), Status.GIVEN_UP: [day("03-03")]}, True),
        ({Status.FINAL: [day("03-04")]}, True),
    ):
        assert table(whole, other).is_final(day("03-03")) is is_final, other
    assert not table({Status.GIVEN_UP: [day("03-03")]}).is_final(day("03-03"))
    assert not table(whole).is_final(day("03-05"))


def test_lists_are_never_late() -> None:
    found = table({Status.FINAL: days("03-01", "03-04")}, metric="projects")
    assert found.absence(day("03-05")) == MISSING


def test_a_slice_ends_when_it_stays_behind_the_others() -> None:
    behind = table({Status.FINAL: days("03-01", "03-20")}, {Status.FINAL: days("03-01", "03-06")})
    assert behind.absence(day("03-07")) == LATE and behind.share(day("03-07")) == 0.5
    ended = table({Status.FINAL: days("03-01", "03-21")}, {Status.FINAL: days("03-01", "03-06")})
    assert ended.absence(day("03-07")) is None and len(ended.expected(day("03-06"))) == 2
    alone = table({Status.FINAL: days("01-01", "01-06")})
    assert alone.absence(day("03-21")) == LATE


def test_a_table_that_could_never_be_loaded_is_late() -> None:
    found = table({Status.REFUSED: [day("03-05")]})
    assert (found.first, found.absence(day("03-05"))) == (day("03-05"), LATE)
    assert table({}).first is None


def test_a_day_is_due_when_half_of_the_lake_has_it_or_a_day_later() -> None:
    there, behind = table({Status.FINAL: days("03-01", "03-02")}), table({Status.FINAL: [day("03-01")]})
    morning = datetime(2026, 3, 3, 6, tzinfo=timezone.utc)
    assert is_due([there, behind], day("03-02"), morning)
    assert not is_due([there, behind, behind], day("03-02"), morning)
    assert is_due([behind], day("03-02"), morning + timedelta(hours=18))
    assert not is_due([], day("03-02"), morning)
