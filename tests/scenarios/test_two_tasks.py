"""Two tasks that load the same days: the later question wins, whichever is faster and whatever their clocks say."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.engine import noting, storing
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.engine.report import Report
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import NOW, Loader, answer, every_day, window

USAGE = {"metric": "ai_runs", "group_by": ["projectId"]}
FIRST, LAST = "2026-10-08", "2026-10-11"  # nobody loads these days again
DAYS = RunWindow.of_days(window(FIRST, LAST))
OPTIONS = LoadOptions(checks={"gaps": "off"})
OLDER, NEWER = 5, 7


class Task:
    """A worker: a clock of its own, and a place where it can be made to wait.

    :param skew: how far its clock is ahead
    :param waits: called with the name of each step before it: ``store``, ``commit``, ``note``
    """

    def __init__(
        self,
        simulator: Simulator,
        lake: Path,
        *,
        skew: timedelta = timedelta(0),
        waits: Callable[[str], None] = lambda step: None,
    ) -> None:
        self.loader, self.skew, self.waits = Loader(simulator, lake), skew, waits

    def __call__(self) -> Report:
        STEP.waits = self.waits
        client = partial(UsageClient, clock=lambda: time.time() + self.skew.total_seconds())
        return self.loader.load(DAYS, client=client, options=OPTIONS, now=NOW, **USAGE)


STEP = threading.local()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Whose clock runs: which of two questions came later is seen from the times of their answers."""
    with Simulator() as running:
        yield running


@pytest.fixture(autouse=True)
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task tells before it looks what others have stored, before it stores, and before it notes."""
    store, commit, note = storing.Storing.store, storing.commit, noting.Noting._note

    def told_store(self: Any, answered: Any) -> Any:
        STEP.waits("store")
        return store(self, answered)

    def told_commit(*arguments: Any, **options: Any) -> Any:
        STEP.waits("commit")
        return commit(*arguments, **options)

    def told_note(*arguments: Any) -> Any:
        STEP.waits("note")
        return note(*arguments)

    monkeypatch.setattr(storing.Storing, "store", told_store)
    monkeypatch.setattr(storing, "commit", told_commit)
    monkeypatch.setattr(noting.Noting, "_note", told_note)


def answers(simulator: Simulator, figure: int, times: int = 1, *, first: str = FIRST, last: str = LAST) -> None:
    body = answer({"a": every_day(first, last, figure)})
    simulator.fail(status=200, body=body, path="/usage/ai-runs", times=times)


def figures(lake: Path) -> set[int]:
    return set(ds.dataset(lake / "t").to_table().column("value").to_pylist())


def at(step: str, do: Callable[[], object]) -> Callable[[str], None]:
    """Do something once, when a task comes to a step."""
    done: list[bool] = []

    def waits(here: str) -> None:
        if here == step and not done:
            done.append(True)
            do()

    return waits


def in_another_thread(task: Callable[[], Report]) -> Report:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(task).result(60)


@pytest.mark.parametrize("stored_before", [None, OLDER - 1, NEWER, OLDER], ids=["new", "other", "as newer", "as older"])
@pytest.mark.parametrize("step", ["store", "commit", "note"])
def test_the_later_question_wins_over_a_slower_task(
    simulator: Simulator, tmp_path: Path, step: str, stored_before: int | None
) -> None:
    """The slow task asks first; the other asks, stores and is done while the slow one is about to store, or has stored
    and is about to note. Where the later answer changes nothing, it shields the days all the same."""
    lake = tmp_path / "lake"
    if stored_before is not None:
        answers(simulator, stored_before)
        Task(simulator, lake)()

    def overtake() -> None:
        answers(simulator, NEWER, times=3)
        in_another_thread(Task(simulator, lake))

    answers(simulator, OLDER)
    report = Task(simulator, lake, waits=at(step, overtake))()
    assert figures(lake) == {NEWER}
    if step == "store":
        assert report.commit.days("superseded") == list(window(FIRST, LAST).days())
        assert report.to_xcom()["days"]["superseded"]["count"] == 4
        assert not report.commit.days("kept")


def test_the_later_question_wins_where_the_slower_task_stores_in_between(simulator: Simulator, tmp_path: Path) -> None:
    """The slow task asked first; it stores after the other has stored, and before the other notes."""
    lake = tmp_path / "lake"
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        assert go_on.wait(60)

    answers(simulator, OLDER)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Task(simulator, lake, waits=at("commit", hold)))
        assert reached.wait(60)
        answers(simulator, NEWER)

        def let_the_slow_one_store() -> None:
            go_on.set()
            slow.result(60)

        Task(simulator, lake, waits=at("note", let_the_slow_one_store))()
    assert figures(lake) == {NEWER}


HOUR = 3600
SKEWS = [(-600, 600), (600, -600), (0, 300), (-300, 0), (3 * HOUR, -5 * HOUR), (-7 * HOUR, 2 * HOUR), (9600 * HOUR, 0)]


@pytest.mark.parametrize("stored_before", [None, OLDER - 1], ids=["new", "known"])
@pytest.mark.parametrize("skews", SKEWS, ids=str)
@pytest.mark.parametrize("step", ["store", "note"])
def test_clocks_that_are_minutes_or_hours_off_change_nothing(
    simulator: Simulator, tmp_path: Path, skews: tuple[int, int], step: str, stored_before: int | None
) -> None:
    """Where the table knows the connection, the usage answer alone tells what time it is."""
    lake = tmp_path / "lake"
    early, late = (timedelta(seconds=skew) for skew in skews)
    if stored_before is not None:
        answers(simulator, stored_before)
        Task(simulator, lake)()
        simulator.advance(timedelta(seconds=5))
        simulator.clear_requests()

    def overtake() -> None:
        simulator.advance(timedelta(seconds=5))
        answers(simulator, NEWER, times=3)
        in_another_thread(Task(simulator, lake, skew=late))

    answers(simulator, OLDER)
    Task(simulator, lake, skew=early, waits=at(step, overtake))()
    assert figures(lake) == {NEWER}
    looked_up = [request for request in simulator.requests if "caller-identity" in request.path]
    assert len(looked_up) == (0 if stored_before else 2)


def test_a_later_load_replaces_what_is_stored_whatever_the_clock(simulator: Simulator, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for number, skew in enumerate((3600, -3600, 0, 86_400)):
        answers(simulator, number)
        Task(simulator, lake, skew=timedelta(seconds=skew))()
        assert figures(lake) == {number}
        simulator.advance(timedelta(seconds=5))


def test_a_question_from_the_future_freezes_no_day(simulator: Simulator, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    answers(simulator, OLDER)
    Task(simulator, lake)()
    state = lake / "_ldusage" / "state" / "t" / "all.json"
    content = json.loads(state.read_text())
    content["days"][0]["asked_at"] = "2099-01-01T00:00:00.000Z"
    state.write_text(json.dumps(content))
    answers(simulator, NEWER)
    Task(simulator, lake)()
    assert figures(lake) == {NEWER}
    asked = json.loads(state.read_text())["days"][0]["asked_at"]
    assert abs(date.fromisoformat(asked[:10]) - date.today()) < timedelta(days=2)


def test_many_tasks_at_once_end_with_the_latest_answer_and_none_fails(simulator: Simulator, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lock, count = threading.Lock(), itertools.count(1)

    class Counted(UsageClient):
        def download(self, path: str, **how: Any) -> Any:
            if "params" not in how:  # the account
                return super().download(path, **how)
            asked = dict(how["params"])
            first, end = (datetime.fromtimestamp(int(asked[name]) / 1000, timezone.utc) for name in ("from", "to"))
            with lock:  # the figure grows with each question
                last = end - timedelta(days=1)
                answers(simulator, next(count), first=first.date().isoformat(), last=last.date().isoformat())
                return super().download(path, **how)

    def one(_: int) -> Report:
        STEP.waits = lambda step: None
        return Loader(simulator, lake).load(DAYS, client=Counted, options=OPTIONS, now=NOW, **USAGE)

    with ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(one, range(24)))
    assert len(reports) == 24
    rows = ds.dataset(lake / "t").to_table().to_pylist()
    assert len(rows) == 4, "no day is doubled, and none is lost"
    state = json.loads((lake / "_ldusage" / "state" / "t" / "all.json").read_text())
    known = state["days"]  # days that were asked for again by themselves are ranges of their own
    assert {each["status"] for each in known} == {"final"} and (known[0]["first"], known[-1]["last"]) == (FIRST, LAST)
    assert sum(len(window(each["first"], each["last"])) for each in known) == len(window(FIRST, LAST))


def test_the_later_of_two_forecasts_stays(simulator: Simulator, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    query = UsageQuery.build("service_connections")
    today = simulator.now.date()
    run = RunWindow(window((today - timedelta(days=1)).isoformat(), today.isoformat()), "the test")

    def one(forecast: int, waits: Callable[[str], None] = lambda step: None, times: int = 1) -> Report:
        STEP.waits = waits
        when = int(simulator.now.timestamp() // 86400 * 86400 * 1000)
        body = {"metadata": [{}], "series": [{"time": when - 86_400_000, "0": 1.0}],
                "projectedSeries": [{"time": when, "0": forecast}]}  # fmt: skip
        simulator.fail(status=200, body=body, path="/usage/service-connections", times=times)
        return Loader(simulator, lake).load(run, query=query)

    one(OLDER, at("note", lambda: in_another_thread(lambda: one(NEWER, times=4))))
    projected = ds.dataset(lake / "t_projected").to_table().column("value").to_pylist()
    assert projected == [NEWER]
