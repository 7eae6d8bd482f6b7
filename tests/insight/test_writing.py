"""Days of the report's tables in the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.engine.announcing import Fate, OwnEvents, Settled, Silent
from airflow_provider_ldusage.insight import writing
from airflow_provider_ldusage.insight.writing import Written, note, together, write
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.state import Status
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.records import rows_from
from tests.loading import NOW

SCHEMA = (Column("name", "string"), Column("figure", "double"))
FIRST, SECOND, THIRD = (date(2026, 11, number) for number in (1, 2, 3))
OWN = OwnEvents(("asset",), Announcer("dag", "task", "run"), lambda announcer: Fate.PENDING)
Days = dict[date, Rows]


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Written]:
    """The table as a report finds it."""
    store = open_store(LocalFileSystem(), str(tmp_path / "lake"), (tmp_path / "lake").as_uri())
    monkeypatch.setattr(writing, "utc_now", lambda: NOW)

    def found() -> Written:
        table = Table.derived("t", {"id": "a"}, SCHEMA, "")
        return Written(TableSlice(store, table, {}).opened(), frozenset())

    return found


def days(*each: date, figure: float = 1) -> Days:
    return {day: rows_from(SCHEMA, [{"name": "a", "figure": figure}]) for day in each}


def test_days_are_written_once_and_restated_if_they_differ(fresh: Callable[[], Written]) -> None:
    first = write(fresh(), days(FIRST, SECOND), Silent(), NOW)
    again = write(fresh(), {**days(FIRST), **days(SECOND, figure=2), **days(THIRD)}, Silent(), NOW)
    assert first.commit.outcomes == {FIRST: "written", SECOND: "written"}
    assert again.commit.outcomes == {FIRST: "unchanged", SECOND: "restated", THIRD: "written"}
    assert (again.commit.rows, again.changed) == (2, {SECOND, THIRD})


def test_what_became_of_days_is_put_together(fresh: Callable[[], Written]) -> None:
    done = write(write(fresh(), days(FIRST), Silent(), NOW), days(SECOND), Silent(), NOW)
    assert done.changed == {FIRST, SECOND}


def test_days_of_a_report_that_began_later_are_left_alone(fresh: Callable[[], Written]) -> None:
    note(write(fresh(), days(FIRST), Silent(), NOW), FIRST, Silent(), NOW, {})
    done = write(fresh(), days(FIRST, SECOND, figure=2), Silent(), NOW - timedelta(hours=1))
    assert done.commit.outcomes == {FIRST: "superseded", SECOND: "written"}


def test_the_state_tells_when_days_were_written_and_which_are_final(fresh: Callable[[], Written]) -> None:
    done = write(fresh(), days(FIRST, SECOND), Silent(), NOW)
    state, settled = note(done, SECOND, Silent(), NOW, {"told": [1]})
    assert (state.status(FIRST), state.status(SECOND), state.asked_at(SECOND)) == (Status.FINAL, Status.OPEN, NOW)
    assert fresh().target.state_file().read()[0] == state
    assert (state.other, settled) == ({"told": [1]}, Settled())


def test_days_are_recorded_before_they_are_stored_and_announced_after(fresh: Callable[[], Written]) -> None:
    done = write(fresh(), days(FIRST, SECOND), OWN, NOW)
    assert done.target.state_file().read()[0].debts == OWN.debts_of([FIRST, SECOND])
    assert note(done, FIRST, OWN, NOW, {})[1].days == (FIRST, SECOND)
    nothing = note(write(fresh(), days(FIRST), Silent(), NOW), FIRST, Silent(), NOW, {})
    assert nothing[1].days == ()


def test_what_a_task_that_died_has_stored_is_announced(fresh: Callable[[], Written]) -> None:
    write(fresh(), days(FIRST), OWN, NOW)
    found = fresh()
    done = Written(found.target, OWN.inherited(found.target.state_file().read()[0].debts))
    assert note(write(done, days(FIRST), OWN, NOW), FIRST, OWN, NOW, {})[1].days == (FIRST,)


def test_several_tables_announce_each_day_once() -> None:
    one, other = Settled(days=(FIRST, SECOND), again=1, owed=(THIRD,)), Settled(days=(SECOND, THIRD))
    assert together([one, other]) == Settled(days=(FIRST, SECOND, THIRD), again=1)
    assert together([]) == Settled()
