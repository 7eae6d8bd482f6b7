"""A real Airflow on this machine: its own home, SQLite, and servers on loopback only."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import requests

from airflow_provider_ldusage.testing import Simulator

ROOT = Path(__file__).parents[2]


class Installation:
    """An Airflow home, the command line, and the servers that run DAGs. What differs between major versions of Airflow
    is in the classes below; :data:`Airflow` is the one that is installed."""

    api_path: ClassVar[str]
    by_asset: ClassVar[str]  # the type of a run that an asset triggers
    by_time: ClassVar[str]  # the column that tells when a run is for

    def __init__(self, home: Path, dags: Path) -> None:
        self.home = home
        self._reserved, self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        self.environment = clean | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "*",
            "no_proxy": "*",
        }
        self._servers: list[subprocess.Popen[bytes]] = []

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The servers. Those of logs, which know no host, stay off."""
        raise NotImplementedError

    def backfill(self, dag_id: str, first: str, last: str) -> None:
        """Run a DAG for the days from ``first`` through ``last``."""
        raise NotImplementedError

    def is_healthy(self) -> bool:
        """Whether every server is at work."""
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        """What the REST API wants to see."""
        return {}

    def use(self, simulator: Simulator, lake: Path, **variables: str) -> None:
        """Point what is started from now on at an account and a lake; Airflow Variables by name."""
        self.environment |= {
            "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(simulator.connection()),
            "AIRFLOW_VAR_LAKE": lake.as_uri(),
            **{f"AIRFLOW_VAR_{name.upper()}": value for name, value in variables.items()},
        }

    def cli(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check and done.returncode:
            raise AssertionError(
                f"airflow {' '.join(command)}: {done.returncode}\n{done.stdout[-5000:]}\n{done.stderr}"
            )
        return done

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.home / "airflow.db", timeout=30)) as database:
            return database.execute(sql, values).fetchall()

    def files(self, lake: Path) -> dict[Path, bytes]:
        """Whatever lies in this home and a lake, but for files that a running Airflow removes while they are read."""
        found = {}
        for path in (path for folder in (self.home, lake) for path in folder.rglob("*") if path.is_file()):
            with contextlib.suppress(FileNotFoundError):
                found[path] = path.read_bytes()
        return found

    def ended(self, dag_id: str, run_id: str, task_id: str) -> tuple[str, str]:
        """The state of a task in a run, and the end of its logs, for a test's message."""
        sql = "SELECT state FROM task_instance WHERE dag_id = ? AND run_id = ? AND task_id = ?"
        ((state,),) = self.query(sql, dag_id, run_id, task_id)
        folder = self.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        logs = [f"{path.name}: {path.read_text()[-5000:]}" for path in sorted(folder.glob("*.log"))]
        return state, "\n".join(logs)

    def reports(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """What each task of a run pushed to XCom."""
        found = self.query(
            "SELECT task_id, value FROM xcom WHERE dag_id = ? AND run_id = ? AND key = 'return_value'", dag_id, run_id
        )
        reports = {task: json.loads(value) for task, value in found}
        return {task: json.loads(value) if isinstance(value, str) else value for task, value in reports.items()}

    def test(self, dag_id: str, logical_date: str) -> dict[str, dict[str, Any]]:
        """``airflow dags test``; the tasks' reports. Fails unless every task succeeded."""
        before = {run for (run,) in self.query("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)}
        done = self.cli("dags", "test", dag_id, logical_date)
        runs = {run for (run,) in self.query("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)}
        run_id = max(runs - before or runs)
        states = self.query("SELECT task_id, state FROM task_instance WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        failed = sorted(task for task, state in states if state != "success")
        assert states and not failed, f"{failed}\n{done.stdout[-8000:]}"
        return self.reports(dag_id, run_id)

    # --- servers

    def start(self) -> None:
        """The servers, which listen on 127.0.0.1 only."""
        self._reserved.close()
        for command in self.commands():
            with (self.home / f"{command[0]}.log").open("wb") as log:
                self._servers.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "airflow", *command],
                        env=self.environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
        self.wait("Airflow to be healthy", self._healthy, 300)

    def unpause(self, *dag_ids: str) -> None:
        """Let DAGs run, once the DAG processor has found them."""
        for dag_id in dag_ids:
            self.wait(dag_id, lambda dag_id=dag_id: self.query("SELECT 1 FROM dag WHERE dag_id = ?", dag_id), 300)
            self.api("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def stop(self) -> None:
        """End the servers and every process that they have started."""
        self._reserved.close()
        for server in self._servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
        for server in self._servers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def _healthy(self) -> bool:
        for server in self._servers:
            assert server.poll() is None, f"{server.args} has ended: see {self.home}"
        try:
            return self.is_healthy()
        except (requests.RequestException, ValueError):
            return False

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of Airflow's REST API."""
        answer = requests.request(
            method, f"{self.url}{self.api_path}{path}", json=body, headers=self.headers(), timeout=120
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def trigger(self, dag_id: str, **body: Any) -> str:
        """Start a run through the API; its run id."""
        return str(self.api("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    @staticmethod
    def wait(what: str, ready: Any, seconds: float) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := ready():
                return found
            time.sleep(0.5)
        raise AssertionError(f"waited {seconds} s for {what}")


class Airflow3(Installation):
    """API server, DAG processor, scheduler and triggerer."""

    api_path = "/api/v2"
    by_asset = "asset_triggered"
    by_time = "run_after"

    def __init__(self, home: Path, dags: Path) -> None:
        super().__init__(home, dags)
        self.environment |= {
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        }
        self._token = ""

    def commands(self) -> tuple[tuple[str, ...], ...]:
        return (
            ("api-server", "--host", "127.0.0.1", "--port", str(self.port)),
            ("dag-processor",),
            ("scheduler", "--skip-serve-logs"),
            ("triggerer", "--skip-serve-logs"),
        )

    def is_healthy(self) -> bool:
        health = requests.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor", "metadatabase"))

    def headers(self) -> dict[str, str]:
        if not self._token:
            self._token = requests.get(f"{self.url}/auth/token", timeout=120).json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}

    def trigger(self, dag_id: str, **body: Any) -> str:
        return super().trigger(dag_id, **{"logical_date": None, **body})

    def backfill(self, dag_id: str, first: str, last: str) -> None:
        """SQLite now and then refuses the command line to write beside the scheduler. Airflow then may have created
        some of the runs; once these are over, the same command creates the others."""
        running = "SELECT count(*) FROM backfill WHERE completed_at IS NULL"
        for attempt in range(5):
            try:
                self.cli("backfill", "create", "--dag-id", dag_id, "--from-date", first, "--to-date", last)
            except AssertionError as error:
                if attempt == 4 or "database is locked" not in str(error):
                    raise
                self.wait("the backfill to end", lambda: self.query(running) == [(0,)], 300)
            else:
                return


class Airflow2(Installation):
    """Webserver, scheduler (which parses the DAGs itself) and triggerer."""

    api_path = "/api/v1"
    by_asset = "dataset_triggered"
    by_time = "data_interval_end"

    def __init__(self, home: Path, dags: Path) -> None:
        super().__init__(home, dags)
        self.environment |= {
            "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",  # else it runs one task at a time on SQLite
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
            "AIRFLOW__WEBSERVER__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1",
        }
        (home / "webserver_config.py").write_text("AUTH_ROLE_PUBLIC = 'Admin'\nWTF_CSRF_ENABLED = False\n")

    def commands(self) -> tuple[tuple[str, ...], ...]:
        return (
            ("webserver", "--hostname", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            ("scheduler", "--skip-serve-logs"),
            ("triggerer", "--skip-serve-logs"),
        )

    def is_healthy(self) -> bool:
        health = requests.get(f"{self.url}/health", timeout=5).json()
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "metadatabase"))

    def backfill(self, dag_id: str, first: str, last: str) -> None:
        """The command runs the DAG itself, and ends when it is done."""
        self.cli("dags", "backfill", dag_id, "--start-date", first, "--end-date", last)


Airflow = Airflow3 if importlib.util.find_spec("airflow.sdk") else Airflow2


def free_port() -> tuple[socket.socket, int]:
    """A port, and the socket that keeps it from others until it is closed. The system gives none of this range to those
    who ask for any, as other tests do while the server starts."""
    while True:
        probe, port = socket.socket(), random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe, port
        probe.close()
