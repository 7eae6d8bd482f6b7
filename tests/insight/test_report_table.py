"""Days of the report's tables in the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.engine.announcing import Announcing, Fate, OwnEvents, Settled, Silent
from airflow_provider_ldusage.insight import report_table
from airflow_provider_ldusage.insight.report_table import Records, Reporting, ReportTable, together
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.state import Status
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.query import Column
from tests.loading import NOW

SCHEMA = (Column("name", "string"), Column("figure", "double"))
FIRST, SECOND, THIRD = (date(2026, 11, number) for number in (1, 2, 3))
OWN = OwnEvents(("asset",), Announcer("dag", "task", "run"), lambda announcer: Fate.PENDING)
Days = dict[date, Records]
Opened = Callable[..., ReportTable]


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The table as a report finds it."""
    store = open_store(LocalFileSystem(), str(tmp_path / "lake"), (tmp_path / "lake").as_uri())
    monkeypatch.setattr(report_table, "utc_now", lambda: NOW)

    def found(announcing: Announcing | None = None, began: datetime = NOW) -> ReportTable:
        return Reporting(store, {"id": "a"}, announcing or Silent(), began).open("t", SCHEMA, "")

    return found


def days(*each: date, figure: float = 1) -> Days:
    return {day: [{"name": "a", "figure": figure}] for day in each}


def test_days_are_written_once_and_restated_if_they_differ(fresh: Opened) -> None:
    first = fresh().write(days(FIRST, SECOND))
    again = fresh().write({**days(FIRST), **days(SECOND, figure=2), **days(THIRD)})
    assert first.commit.outcomes == {FIRST: "written", SECOND: "written"}
    assert again.commit.outcomes == {FIRST: "unchanged", SECOND: "restated", THIRD: "written"}
    assert (again.commit.rows, again.changed) == (2, {SECOND, THIRD})


def test_what_became_of_days_is_put_together(fresh: Opened) -> None:
    assert fresh().write(days(FIRST)).write(days(SECOND)).changed == {FIRST, SECOND}


def test_days_of_a_report_that_began_later_are_left_alone(fresh: Opened) -> None:
    fresh().write(days(FIRST)).note(FIRST)
    done = fresh(began=NOW - timedelta(hours=1)).write(days(FIRST, SECOND, figure=2))
    assert done.commit.outcomes == {FIRST: "superseded", SECOND: "written"}


def test_the_state_tells_when_days_were_written_and_which_are_final(fresh: Opened) -> None:
    outcome = fresh().write(days(FIRST, SECOND)).note(SECOND, {"told": [1]})
    state = fresh().known
    assert (state.status(FIRST), state.status(SECOND), state.asked_at(SECOND)) == (Status.FINAL, Status.OPEN, NOW)
    assert (state.other, outcome.settled, outcome.final_through) == ({"told": [1]}, Settled(), FIRST)


def test_days_are_recorded_before_they_are_stored_and_announced_after(fresh: Opened) -> None:
    done = fresh(OWN).write(days(FIRST, SECOND))
    assert fresh().known.debts == OWN.debts_of([FIRST, SECOND])
    assert done.note(FIRST).settled.days == (FIRST, SECOND)
    assert fresh().write(days(FIRST)).note(FIRST).settled.days == ()


def test_what_a_task_that_died_has_stored_is_announced(fresh: Opened) -> None:
    fresh(OWN).write(days(FIRST))
    assert fresh(OWN).write(days(FIRST)).note(FIRST).settled.days == (FIRST,)


def test_several_tables_announce_each_day_once() -> None:
    one, other = Settled(days=(FIRST, SECOND), again=1, owed=(THIRD,)), Settled(days=(SECOND, THIRD))
    assert together([one, other]) == Settled(days=(FIRST, SECOND, THIRD), again=1)
    assert together([]) == Settled()


def test_a_day_of_which_nothing_is_found_any_more_has_no_rows(fresh: Opened) -> None:
    fresh().write(days(FIRST))
    done = fresh().write({FIRST: []})
    assert done.commit.outcomes == {FIRST: "restated"}
    assert [len(rows) for rows in [done.target.read(FIRST)] if rows is not None] == [0]
    assert fresh().write({FIRST: [], SECOND: []}).commit.outcomes == {FIRST: "empty", SECOND: "empty"}
