"""An Airflow on several workers: PostgreSQL, the CeleryExecutor, Redis between them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.scale.backing import kill_session, session
from tests.system.installation import Airflow3

SLOTS = 4  # of each worker
Task = tuple[str, str, int]  # DAG id, task id, map index


class Cluster(Airflow3):
    """API server, DAG processor and scheduler; the workers are started by name.

    A worker that dies is noticed soon: 20 s without a heartbeat make a task try again, and Redis hands a message on
    after 60 s. Both are far longer than anything takes here.
    """

    def __init__(self, home: Path, dags: Path, database: str, broker: str) -> None:
        super().__init__(home, dags)
        self._database = f"postgresql://{database}"
        self.environment |= {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__PARALLELISM": "12",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
            "AIRFLOW__CELERY__BROKER_URL": broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{database}",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(SLOTS),
            "AIRFLOW__CELERY__TASK_ACKS_LATE": "True",
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "60",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        }
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """No triggerer: nothing defers."""
        return super().commands()[:3]

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._database) as database:
            return database.execute(sql.replace("?", "%s"), values).fetchall()

    def start_worker(self, name: str) -> None:
        """Another Celery worker, or one that comes back."""
        command = ("celery", "worker", "--skip-serve-logs", "--celery-hostname", f"{name}@%h", "--without-gossip")
        with (self.home / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *command],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill_worker(self, name: str, busy_with: int) -> list[Task]:
        """Kill a worker and its tasks with SIGKILL, while it is running so many at least.

        It is stopped first, so that what it was running is known.

        :return: what it was running
        """
        worker = self.workers[name]
        until = time.monotonic() + 120
        while time.monotonic() < until:
            kill_session(worker.pid, signal.SIGSTOP)
            time.sleep(1)  # for requests to the API server that are under way
            running = self.running(name)
            if len(running) >= busy_with:
                kill_session(worker.pid, signal.SIGKILL)
                worker.wait()
                return running
            kill_session(worker.pid, signal.SIGCONT)
            time.sleep(0.2)
        raise AssertionError(f"{name} was never running {busy_with} tasks")

    def running(self, name: str) -> list[Task]:
        """What a worker is running at this moment."""
        processes = session(self.workers[name].pid)
        found = self.query("SELECT dag_id, task_id, map_index, pid FROM task_instance WHERE state = 'running'")
        return sorted((dag, task, index) for dag, task, index, pid in found if pid in processes)

    def stop(self) -> None:
        """End the workers, with all that they have started, before the servers that they talk to."""
        for worker in self.workers.values():
            if worker.poll() is None:
                worker.terminate()
        for worker in self.workers.values():
            try:
                worker.wait(15)
            except subprocess.TimeoutExpired:
                pass
            kill_session(worker.pid)
            worker.wait()
        super().stop()
