"""The daily example and two hundred mapped loads on two Celery workers, one of which is killed in the middle: the lake
is in the end what the same loads leave that run one after the other."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator, Switches
from tests.memory import folder_in_memory
from tests.scale import backing, lakes
from tests.scale.cluster import SLOTS, Cluster, Task
from tests.scale.conftest import REPORT
from tests.scale.reference import load_all
from tests.system.conftest import before_midnight
from tests.system.installation import ROOT, free_port

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(backing.missing()), reason=backing.missing()),
]

EXAMPLE = ROOT / "dags_examples" / "ldusage.py"
MAPPED = Path(__file__).parent / "dags" / "scale.py"
LIMIT = 40  # requests in ten seconds
RUNS = {"ldusage_daily": EXAMPLE, "scale": MAPPED}


@dataclass
class Outcome:
    """What happened on the cluster, and the lake that came of it."""

    lake: Path
    simulator: Simulator
    runs: dict[str, datetime]  # when each DAG's run was for
    tasks: dict[Task, tuple[str, int]]  # its state, and how often it was tried
    killed: list[Task]
    statuses: list[int]  # of LaunchDarkly's answers
    seconds: float

    def __str__(self) -> str:
        mapped, refused = sum(index >= 0 for _, _, index in self.tasks), self.statuses.count(429)
        tries = Counter(number for _, number in self.tasks.values())
        return (
            f"{len(self.tasks)} tasks, {mapped} of them mapped, on 2 workers of {SLOTS} slots: {self.seconds:.0f} s\n"
            f"{len(self.statuses)} requests at {LIMIT} in ten seconds, {refused} of them 429\n"
            f"killed with a worker: {', '.join(f'{dag} {task}[{index}]' for dag, task, index in self.killed)}\n"
            f"tries: {', '.join(f'{count} tasks {number}' for number, count in sorted(tries.items()))}"
        )


@pytest.fixture(scope="module")
def outcome(pytestconfig: pytest.Config) -> Iterator[Outcome]:
    now = before_the_next_run(minutes=15)
    with (
        folder_in_memory() as folder,
        Simulator(now=now, switches=Switches(rate_limit=LIMIT, extra_flags=16)) as simulator,
        backing.postgresql(port()) as database,
        backing.redis(port()) as broker,
    ):
        dags, lake = folder / "dags", folder / "lake"
        dags.mkdir()
        for file in RUNS.values():
            shutil.copy(file, dags)
        cluster = Cluster(folder / "airflow", dags, database, broker)
        cluster.use(simulator, lake, ldusage_destination=lake.as_uri())
        cluster.cli("db", "migrate")
        try:
            cluster.start()
            found = played(cluster, simulator, lake)
        finally:
            cluster.stop()
        pytestconfig.stash[REPORT] = str(found).splitlines()
        yield found


def played(cluster: Cluster, simulator: Simulator, lake: Path) -> Outcome:
    """Run both DAGs, kill a worker once half of the mapped loads are done, and let it come back."""
    for name in ("first", "second"):
        cluster.start_worker(name)
    began = time.monotonic()
    cluster.unpause(*RUNS)
    cluster.trigger("scale")
    done = "SELECT count(*) FROM task_instance WHERE state = 'success'"
    cluster.wait("half of the loads", lambda: cluster.query(done)[0][0] >= 100, 600)
    killed = cluster.kill_worker("second", busy_with=SLOTS // 2)
    cluster.wait("thirty more", lambda: cluster.query(done)[0][0] >= 130, 600)
    cluster.start_worker("second")
    open_runs = "SELECT count(*) FROM dag_run WHERE state NOT IN ('success', 'failed')"
    cluster.wait("both runs", lambda: cluster.query(open_runs) == [(0,)], 900)
    runs = cluster.query("SELECT dag_id, run_after FROM dag_run")
    return Outcome(
        lake=lake,
        simulator=simulator,
        runs={dag: run_after.astimezone(timezone.utc) for dag, run_after in runs},
        tasks={
            (dag, task, index): (state, number)
            for dag, task, index, state, number in cluster.query(
                "SELECT dag_id, task_id, map_index, state, try_number FROM task_instance"
            )
        },
        killed=killed,
        statuses=[request.status for request in simulator.requests],
        seconds=time.monotonic() - began,
    )


def before_the_next_run(minutes: int) -> datetime:
    """The present, at least so long before the example is due again, which else is waited for: it runs once."""
    now = before_midnight(minutes)
    due = now.replace(hour=3, minute=0, second=0, microsecond=0)
    if timedelta(0) <= due - now < timedelta(minutes=minutes):
        time.sleep((due - now).total_seconds() + 1)
    return datetime.now(timezone.utc)


def port() -> int:
    reserved, number = free_port()
    reserved.close()
    return number


@pytest.fixture(scope="module")
def sequential(outcome: Outcome) -> Iterator[Path]:
    """The lake of the same loads in this process, of the same account at the same moment, without limits."""
    outcome.simulator.switches = outcome.simulator.switches.but(rate_limit=None)
    with folder_in_memory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(outcome.simulator.connection()))
        for dag_id, run_type in (("ldusage_daily", "scheduled"), ("scale", "manual")):
            load_all(RUNS[dag_id], dag_id, folder / "lake", run_type, outcome.runs[dag_id])
        yield folder / "lake"


def test_every_task_succeeds(outcome: Outcome) -> None:
    assert {task: state for task, (state, _) in outcome.tasks.items() if state != "success"} == {}
    assert sum(dag == "scale" for dag, _, _ in outcome.tasks) == 200


def test_what_the_worker_was_running_is_tried_again(outcome: Outcome) -> None:
    assert outcome.killed
    assert [task for task in outcome.killed if outcome.tasks[task][1] < 2] == []


def test_launchdarkly_refused_few(outcome: Outcome) -> None:
    assert outcome.statuses.count(429) <= len(outcome.statuses) * 0.1


def test_the_day_files_are_those_of_a_sequential_run(
    outcome: Outcome, sequential: Path, pytestconfig: pytest.Config
) -> None:
    ours, theirs = lakes.day_files(outcome.lake), lakes.day_files(sequential)
    assert sorted(ours) == sorted(theirs)
    assert [name for name, data in ours.items() if data != theirs[name]] == []
    pytestconfig.stash[REPORT].append(f"{len(ours):,} day files, byte for byte those of the same loads in sequence")


def test_the_tables_are_those_of_a_sequential_run(outcome: Outcome, sequential: Path) -> None:
    assert lakes.tables(outcome.lake) == lakes.tables(sequential)


def test_the_states_are_those_of_a_sequential_run(outcome: Outcome, sequential: Path) -> None:
    assert lakes.states(outcome.lake) == lakes.states(sequential)
