"""A real Airflow on this machine: its own home, SQLite, and servers on loopback only."""

from __future__ import annotations

import contextlib
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
from typing import Any

import requests

from airflow_provider_ldusage.testing import Simulator

ROOT = Path(__file__).parents[2]


class Airflow:
    """An Airflow home, the command line, and the servers that run DAGs."""

    def __init__(self, home: Path, dags: Path) -> None:
        self.home = home
        self._reserved, self.port = _free_port()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        self.environment = clean | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "*",
            "no_proxy": "*",
        }
        self._servers: list[subprocess.Popen[bytes]] = []

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
        """API server on 127.0.0.1, DAG processor, scheduler and triggerer; the log servers, which know no host, stay
        off."""
        self._reserved.close()
        for command in (
            ("api-server", "--host", "127.0.0.1", "--port", str(self.port)),
            ("dag-processor",),
            ("scheduler", "--skip-serve-logs"),
            ("triggerer", "--skip-serve-logs"),
        ):
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
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                pass
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def _healthy(self) -> bool:
        for server in self._servers:
            assert server.poll() is None, f"{server.args} has ended: see {self.home}"
        try:
            health = requests.get(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor", "metadatabase"))

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if "Authorization" not in self._headers:
            token = requests.get(f"http://127.0.0.1:{self.port}/auth/token", timeout=120).json()["access_token"]
            self._headers["Authorization"] = f"Bearer {token}"
        answer = requests.request(
            method, f"http://127.0.0.1:{self.port}/api/v2{path}", json=body, headers=self._headers, timeout=120
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    @property
    def _headers(self) -> dict[str, str]:
        return self.__dict__.setdefault("_api_headers", {})

    @staticmethod
    def wait(what: str, ready: Any, seconds: float) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := ready():
                return found
            time.sleep(0.5)
        raise AssertionError(f"waited {seconds} s for {what}")


def _free_port() -> tuple[socket.socket, int]:
    """A port, and the socket that keeps it from others until it is closed. The system gives none of this range to those
    who ask for any, as other tests do while the server starts."""
    while True:
        probe, port = socket.socket(), random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe, port
        probe.close()
