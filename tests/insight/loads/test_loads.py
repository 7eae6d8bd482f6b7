"""Several runs, DAGs and reports fill one file a day."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.days import instant_text
from airflow_provider_ldusage.insight.loads.load_row import LoadRow, LoadTask
from tests.insight.loads.test_load_row import TOLD
from tests.insight.loads.world import NOW, Ending, World, each

DAY = timedelta(days=1)


def load(
    dag: str = "daily", run: str = "1", task: str = "mau", index: int = -1, try_number: int = 1, *,
    state: str = "success", at: datetime = NOW,
) -> LoadRow:  # fmt: skip
    told = {**TOLD, "try_number": try_number, "loaded_at": instant_text(at)}
    if state != "success":
        told = {name: told[name] for name in ("table", "slice", "uri", "window", "loaded_at", "try_number")}
    return LoadRow.of(LoadTask(dag, run, task, index), state, NOW.date(), told)


def keys(world: World) -> list[tuple[Any, ...]]:
    names = ("usage_date", "dag_id", "run_id", "task_id", "map_index", "try_number", "outcome")
    return sorted(tuple(row[name] for name in names) for row in world.rows("usage_loads"))


TODAY = NOW.date()
FIRST = (TODAY, "daily", "1", "mau", -1, 1, "success")


def test_gathering_twice_writes_nothing_again() -> None:
    world = World()
    world.report([load()])
    before = dict(world.objects)
    world.report([load()])
    changed = {name for name in world.objects if world.objects[name] != before.get(name)}
    assert changed == {"_ldusage/state/usage_loads/all.json"}
    assert keys(world) == [FIRST]


def test_other_runs_dags_tasks_indexes_and_tries_stand_side_by_side() -> None:
    world = World()
    others = [load(dag="hourly"), load(run="2"), load(task="runs"), load(index=0), load(index=1)]
    for row in [load(), *others]:
        world.report([row])
    assert len(keys(world)) == 6
    assert keys(world)[0] == FIRST


def test_the_order_in_which_they_came_does_not_show() -> None:
    rows = [load(), load(index=0), load(index=1), load(run="2"), load(try_number=2, state="failed")]
    worlds = [World(), World()]
    for world, ordered in zip(worlds, (rows, rows[::-1]), strict=True):
        for row in ordered:
            world.report([row])
    one, other = (world.objects[f"usage_loads/usage_date={TODAY}/all.parquet"] for world in worlds)
    assert one == other


def test_a_load_belongs_to_the_day_on_which_it_ended() -> None:
    world = World()
    world.report([load(at=NOW - DAY), load(index=1)])
    assert [key[0] for key in keys(world)] == [TODAY - DAY, TODAY]


def test_earlier_tries_have_rows_once_and_what_is_known_of_them_stays() -> None:
    world = World()
    world.report([load(try_number=2, state="failed")])
    assert [key[-2:] for key in keys(world)] == [(1, "failed"), (2, "failed")]
    world.report([load(try_number=3, at=NOW + DAY)], later=DAY)  # cleared on the next day
    assert [(key[0], *key[-2:]) for key in keys(world)] == [
        (TODAY, 1, "failed"), (TODAY, 2, "failed"), (TODAY + DAY, 3, "success"),
    ]  # fmt: skip


def test_a_load_that_told_nothing_is_told_of_once() -> None:
    world, silent = World(), LoadRow.of(LoadTask("daily", "1", "mau", -1), "failed", TODAY, None)
    world.report([silent])
    world.report([silent], later=DAY)
    assert [(key[0], *key[-2:]) for key in keys(world)] == [(TODAY, None, "failed")]


def test_without_loads_and_notes_nothing_is_created() -> None:
    world = World()
    world.report()
    assert world.objects == {}


def test_two_reports_at_once_add_up() -> None:
    for at in range(12):
        world = World()
        world.report([load()], each(Ending(), at, lambda world=world: world.report([load(dag="hourly")])))  # type: ignore[misc]
        world.report([load(dag="hourly")])
        assert [key[1] for key in keys(world)] == ["daily", "hourly"], at


ROWS = st.builds(
    load, st.sampled_from(["daily", "hourly"]), st.sampled_from("12"), st.just("mau"), st.integers(-1, 0),
    st.integers(1, 3),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(ROWS, max_size=3), st.none() | st.integers(0, 14)), max_size=5))
def test_no_kill_loses_or_doubles_a_load(gathered: list[tuple[list[LoadRow], int | None]]) -> None:
    world = World()
    for rows, killed_at in gathered:
        if not world.report(rows, Ending(killed_at)):
            world.report(rows, later=DAY)  # the next try, which may come on another day
    known = {row.key for rows, _ in gathered for row in rows}
    earlier = {(task, number) for task, last in known for number in range(1, last or 1)}
    found = Counter(key[1:6] for key in keys(world))
    assert set(found) == {(*task, number) for task, number in known | earlier} and max(found.values(), default=1) == 1
