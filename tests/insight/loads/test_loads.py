"""Several runs, DAGs and reports fill one file a day."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from tests.insight.loads.restated_lake import NOW, Ending, RestatedLake, each
from tests.insight.loads.test_load_row import TOLD

DAY = timedelta(days=1)


def load(
    dag: str = "daily", run: str = "1", task: str = "mau", index: int = -1, try_number: int = 1, *,
    state: str = "success", at: datetime = NOW,
) -> LoadRow:  # fmt: skip
    told = {**TOLD, "try_number": try_number, "loaded_at": instant_text(at)}
    if state != "success":
        told = {name: told[name] for name in ("table", "slice", "uri", "window", "loaded_at", "try_number")}
    return LoadRow.of(LoadTask(dag, run, task, index), state, NOW.date(), told)


def keys(lake: RestatedLake) -> list[tuple[Any, ...]]:
    names = ("usage_date", "dag_id", "run_id", "task_id", "map_index", "try_number", "outcome")
    return sorted(tuple(row[name] for name in names) for row in lake.rows("usage_loads"))


TODAY = NOW.date()
FIRST = (TODAY, "daily", "1", "mau", -1, 1, "success")


def test_gathering_twice_writes_nothing_again() -> None:
    lake = RestatedLake()
    lake.report([load()])
    before = dict(lake.objects)
    lake.report([load()])
    changed = {name for name in lake.objects if lake.objects[name] != before.get(name)}
    assert changed == {"_ldusage/state/usage_loads/all.json"}
    assert keys(lake) == [FIRST]


def test_other_runs_dags_tasks_indexes_and_tries_stand_side_by_side() -> None:
    lake = RestatedLake()
    others = [load(dag="hourly"), load(run="2"), load(task="runs"), load(index=0), load(index=1)]
    for row in [load(), *others]:
        lake.report([row])
    assert len(keys(lake)) == 6
    assert keys(lake)[0] == FIRST


def test_the_order_in_which_they_came_does_not_show() -> None:
    rows = [load(), load(index=0), load(index=1), load(run="2"), load(try_number=2, state="failed")]
    lakes = [RestatedLake(), RestatedLake()]
    for lake, ordered in zip(lakes, (rows, rows[::-1]), strict=True):
        for row in ordered:
            lake.report([row])
    one, other = (lake.objects[f"usage_loads/usage_date={TODAY}/all.parquet"] for lake in lakes)
    assert one == other


def test_a_load_belongs_to_the_day_on_which_it_ended() -> None:
    lake = RestatedLake()
    lake.report([load(at=NOW - DAY), load(index=1)])
    assert [key[0] for key in keys(lake)] == [TODAY - DAY, TODAY]


def test_earlier_tries_have_rows_once_and_what_is_known_of_them_stays() -> None:
    lake = RestatedLake()
    lake.report([load(try_number=2, state="failed")])
    assert [key[-2:] for key in keys(lake)] == [(1, "failed"), (2, "failed")]
    lake.report([load(try_number=3, at=NOW + DAY)], later=DAY)  # cleared on the next day
    assert [(key[0], *key[-2:]) for key in keys(lake)] == [
        (TODAY, 1, "failed"), (TODAY, 2, "failed"), (TODAY + DAY, 3, "success"),
    ]  # fmt: skip


def test_a_load_that_told_nothing_is_told_of_once() -> None:
    lake, silent = RestatedLake(), LoadRow.of(LoadTask("daily", "1", "mau", -1), "failed", TODAY, None)
    lake.report([silent])
    lake.report([silent], later=DAY)
    assert [(key[0], *key[-2:]) for key in keys(lake)] == [(TODAY, None, "failed")]


def test_without_loads_and_notes_nothing_is_created() -> None:
    lake = RestatedLake()
    lake.report()
    assert lake.objects == {}


def test_two_reports_at_once_add_up() -> None:
    for at in range(12):
        lake = RestatedLake()
        lake.report([load()], each(Ending(), at, lambda lake=lake: lake.report([load(dag="hourly")])))  # type: ignore[misc]
        lake.report([load(dag="hourly")])
        assert [key[1] for key in keys(lake)] == ["daily", "hourly"], at


ROWS = st.builds(
    load, st.sampled_from(["daily", "hourly"]), st.sampled_from("12"), st.just("mau"), st.integers(-1, 0),
    st.integers(1, 3),
)  # fmt: skip


def as_airflow_tells(gathered: list[tuple[list[LoadRow], int | None]]) -> list[tuple[list[LoadRow], int | None]]:
    """Of each task the last try alone, which is never an earlier one than before."""
    last: dict[LoadTask, int] = {}
    found = []
    for rows, killed_at in gathered:
        of_task = {row.task: row for row in rows if (row.try_number or 1) >= last.get(row.task, 1)}
        last |= {task: row.try_number or 1 for task, row in of_task.items()}
        found.append((list(of_task.values()), killed_at))
    return found


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.lists(ROWS, max_size=3), st.none() | st.integers(0, 14)), max_size=5).map(as_airflow_tells)
)
def test_no_kill_loses_or_doubles_a_load(gathered: list[tuple[list[LoadRow], int | None]]) -> None:
    lake = RestatedLake()
    for rows, killed_at in gathered:
        if not lake.report(rows, Ending(killed_at)):
            lake.seconds += 86_400  # the next try may come on another day
            lake.report(rows)
    known = {row.key for rows, _ in gathered for row in rows}
    earlier = {(task, number) for task, last in known for number in range(1, last or 1)}
    found = Counter(key[1:6] for key in keys(lake))
    assert set(found) == {(*task, number) for task, number in known | earlier}
    assert max(found.values(), default=1) == 1
