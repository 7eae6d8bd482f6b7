"""Tasks that store days, die, are tried again, and announce: an account, a lake, an Airflow and its events, simulated.

What was changed is seen by looking at the day files themselves, and not from what loads say of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.announcing import Announcing, Fate, HandedOn, OwnEvents, Settled
from airflow_provider_ldusage.engine.fetched import Fetched
from airflow_provider_ldusage.engine.noting import Noting
from airflow_provider_ldusage.engine.plan import LoadOptions, Part, Plan
from airflow_provider_ldusage.engine.settling import Loaded, settle_tables
from airflow_provider_ldusage.engine.storing import Storing
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Day, Rows
from airflow_provider_ldusage.windows import RunWindow
from tests.engine.memory import Killed, MemoryStore
from tests.engine.tasks import NOW, Client
from tests.loading import decoded

ASSET = "launchdarkly/t"
WINDOW = Window(date(2026, 11, 8), date(2026, 11, 12))
DAYS = tuple(WINDOW.days())
FINISHED = 10**6  # an operation that no task reaches: it is killed when it has done everything but tell Airflow


@dataclass(frozen=True)
class Try:
    """One try of a task.

    :param killed_at: the number of the store operation before which it is killed; None: it is not
    :param meanwhile: what another task does before that operation of this one
    :param interrupted_at: the number of that operation
    """

    killed_at: int | None = None
    interrupted_at: int | None = None
    meanwhile: Callable[[], None] | None = None


class Answers:
    """A fetcher that answers with the account's present figures."""

    def __init__(self, client: Client, figures: Mapping[date, int], project: str) -> None:
        self._client, self._figures, self._project = client, figures, project

    def flags(self) -> tuple[str | None, ...]:
        return (None,)

    def fetch(self, part: Part) -> Fetched:
        days: dict[date, Day] = {}
        for day in part.window.days():
            days[day] = rows_of(self._figures[day], day, self._project)
        return Fetched(self._client.now(), days, series=1)


@dataclass
class World:
    """An account, a lake, and an Airflow.

    :param figures: what LaunchDarkly reports, by day
    :param changes: when the rows of a stored day were replaced by others, and the day
    :param events: when an event was sent, and its days
    :param states: Airflow's state of each task, by its name and run
    :param most: days that a task may announce
    """

    figures: dict[date, int] = field(default_factory=lambda: dict.fromkeys(DAYS, 1))
    objects: dict[str, bytes] = field(default_factory=dict)
    changes: list[tuple[int, date]] = field(default_factory=list)
    events: list[tuple[int, tuple[date, ...]]] = field(default_factory=list)
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    most: int | None = None
    time: int = 0
    runs: int = 0

    def fate(self, announcer: Announcer) -> Fate:
        state = self.states.get((announcer.task_id, announcer.run_id))
        return {"success": Fate.SUCCEEDED, "under way": Fate.PENDING}.get(state or "", Fate.LOST)

    def run(self, tries: list[Try], *, load: str = "load") -> bool:
        """A task with outlets loads the window: whether it succeeds."""
        self.runs += 1
        run = f"run {self.runs}"
        return self._tried(
            load, run, tries, lambda me, store: self._load(store, OwnEvents((ASSET,), me, self.fate, self.most), "a")
        )

    def run_closed(self, loads: Mapping[str, list[Try]], closing: list[Try]) -> bool:
        """A load for each slice, and the task that closes them if all have succeeded."""
        self.runs += 1
        run = f"run {self.runs}"
        succeeded = [
            self._tried(
                name, run, tries,
                lambda me, store, name=name: self._load(store, HandedOn((ASSET,), me, self.fate), name),
            )
            for name, tries in loads.items()
        ]  # fmt: skip
        if not all(succeeded):
            self.states["closing", run] = "upstream_failed"
            return False
        reports = [Loaded("t", query(name).slice) for name in loads]
        return self._tried("closing", run, closing, lambda me, store: settle_tables(
            store, reports, frozenset(), OwnEvents((ASSET,), me, self.fate, self.most), NOW))  # fmt: skip

    def _tried(
        self, task: str, run: str, tries: list[Try], execute: Callable[[Announcer, MemoryStore], Settled]
    ) -> bool:
        for number, each in enumerate(tries, 1):
            self.states[task, run] = "under way"
            try:
                settled = execute(Announcer("dag", task, run, -1, number), self._store(each))
                if each.killed_at == FINISHED:
                    raise Killed
            except Killed:
                continue
            self.states[task, run] = "success"
            self.time += 1
            if settled.days:
                self.events.append((self.time, settled.days))
            return True
        self.states[task, run] = "failed"
        return False

    def _store(self, each: Try) -> MemoryStore:
        done = [0]

        def before(what: str, name: str) -> None:
            number = done[0]
            done[0] += 1
            if number == each.killed_at:
                raise Killed
            if number == each.interrupted_at and each.meanwhile:
                each.meanwhile()
            self.time += 1

        return Watched(self, before)

    def _load(self, store: MemoryStore, announcing: Announcing, project: str) -> Settled:
        asked, self.time = self.time, self.time + 1
        client = Client(NOW + timedelta(seconds=asked))
        what = query(project)
        plan = Plan.of(what, RunWindow(WINDOW, "the test", named=True), LoadOptions(), NOW)
        table = Table.of("t", what, {"id": "account", "host": "host"}).opened(store)
        target = TableSlice(store, table, what.slice)
        before, _ = target.state_file().read()
        answers = Answers(client, dict(self.figures), project)
        with Storing(client, answers, target, LoadOptions(), lambda rows: None, NOW, announcing) as storing:  # type: ignore[arg-type]
            assert plan.own is not None
            noting = Noting(client, storing, plan, before)  # type: ignore[arg-type]
            return noting.finish([storing.load_own(plan.own)]).announced

    def unheard(self) -> list[tuple[int, date]]:
        """Changes that no event has told of since."""
        return [
            (at, day) for at, day in self.changes if not any(sent > at and day in days for sent, days in self.events)
        ]


class Watched(MemoryStore):
    """A lake whose day files are looked at whenever they are written."""

    def __init__(self, world: World, before: Callable[[str, str], None]) -> None:
        super().__init__(world.objects, before)
        self._world = world

    def put(self, name: str, data: bytes) -> None:
        super().put(name, data)
        self._see(name)

    def create(self, name: str, data: bytes) -> bool:
        created = super().create(name, data)
        if created:
            self._see(name)
        return created

    def _see(self, name: str) -> None:
        if "usage_date=" in name:
            self._world.changes.append((self._world.time, date.fromisoformat(name.split("=")[1][:10])))


@cache
def rows_of(figure: int, day: date, project: str) -> Rows:
    found = decoded({"a": {day.isoformat(): figure}}, day, day, filters={"projectKey": [project]})[day]
    assert found is not None
    return found


def query(project: str) -> UsageQuery:
    return UsageQuery.build("ai_runs", group_by=["projectId"], filters={"projectKey": [project]})
