"""``make demo``: a real Airflow loads every usage family for a few days, and DuckDB answers questions about them.

Everything stays below ``.demo/``: Airflow with its SQLite database, and the lake. LaunchDarkly is a simulator on
this machine, whose clock moves from day to day, unless ``LAUNCHDARKLY_ACCESS_TOKEN`` is set: then your own account
is read (``LAUNCHDARKLY_BASE_URL`` for one that does not live on app.launchdarkly.com).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from airflow_provider_ldusage.days import day_ranges

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".demo"
LAKE = HOME / "lake"
DAG = "ldusage_daily"
DAYS = 3

console = Console(record="--picture" in sys.argv, width=118)


def main() -> int:
    started = time.monotonic()
    HOME.mkdir(exist_ok=True)
    failed: list[str] = []
    today = datetime.now(timezone.utc).date()
    with account() as (connection, simulator):
        environment = airflow_environment(connection)
        prepare_airflow(environment)
        for back in reversed(range(DAYS)):
            day = today - timedelta(days=back)
            if simulator is not None and back:
                simulator.now = datetime(day.year, day.month, day.day, 3, tzinfo=timezone.utc)
            elif simulator is not None:
                simulator.now = None  # its own clock: now
            failed += run(day, environment)
    show_tables()
    show_answers()
    show_restated(since=today - timedelta(days=DAYS - 1))
    console.print(f"\nThe lake is in [bold]{LAKE.relative_to(ROOT)}[/]. Took {time.monotonic() - started:.0f} s.")
    if console.record:
        picture = re.sub(r"@font-face {.*?}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
        (ROOT / "docs" / "demo.svg").write_text(picture)  # without fonts from elsewhere
    for task in failed:
        console.print(f"[red]failed:[/] {task} (see {HOME / 'airflow.log'})")
    return 1 if failed else 0


@contextlib.contextmanager
def account() -> Iterator[tuple[dict, object]]:
    """The connection to read from, and the simulator behind it, if it is one."""
    if token := os.environ.get("LAUNCHDARKLY_ACCESS_TOKEN"):
        console.print("Reading [bold]your LaunchDarkly account[/] (LAUNCHDARKLY_ACCESS_TOKEN is set).")
        host = os.environ.get("LAUNCHDARKLY_BASE_URL", "")
        yield {"conn_type": "launchdarkly", "host": host, "password": token}, None
        return
    from airflow_provider_ldusage.testing.simulator import Simulator

    shutil.rmtree(LAKE, ignore_errors=True)  # its clock starts anew, so the lake does too
    with Simulator() as simulator:
        console.print(
            f"Simulating a LaunchDarkly account at {simulator.url} (set LAUNCHDARKLY_ACCESS_TOKEN for yours)."
        )
        yield simulator.connection(), simulator


def airflow_environment(connection: dict) -> dict[str, str]:
    """An Airflow of its own: nothing of one that may be configured on this machine."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return clean | {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags_examples"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT": json.dumps(connection),
        "AIRFLOW_VAR_LDUSAGE_DESTINATION": f"file://{LAKE}",
        "NO_PROXY": f"127.0.0.1,localhost,{os.environ.get('NO_PROXY', '')}",
        "PYTHONUNBUFFERED": "1",
    }


def airflow(*command: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *command]


def prepare_airflow(environment: dict[str, str]) -> None:
    if (HOME / ".ready").exists():
        return
    with console.status("Setting up Airflow's database (SQLite)"), (HOME / "airflow.log").open("w") as log:
        subprocess.run(airflow("db", "migrate"), env=environment, stdout=log, stderr=log, check=True)
    (HOME / ".ready").touch()


def run(day: date, environment: dict[str, str]) -> list[str]:
    """``airflow dags test`` for one logical date; the tasks that failed."""
    started, done = time.monotonic(), 0
    label = f"airflow dags test {DAG} {day}"
    with console.status(label) as status, (HOME / "airflow.log").open("a") as log:
        process = subprocess.Popen(
            airflow("dags", "test", DAG, day.isoformat()),
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if "end task task_id=" in line:
                done += 1
                status.update(f"{label}: {done} tasks, last {line.split('task_id=')[1].split()[0]}")
        process.wait()
    failed = tasks_in_state(day, "failed") + tasks_in_state(day, "upstream_failed")
    mark = "[red]failed[/]" if failed or process.returncode else "[green]ok[/]"
    skipped = f", {len(left_out)} skipped" if (left_out := tasks_in_state(day, "skipped")) else ""
    console.print(f"{label}: {done} tasks{skipped}, {time.monotonic() - started:.0f} s, {mark}")
    return failed or ([f"{label} ended with {process.returncode}"] if process.returncode else [])


def query_airflow(sql: str, *values: object) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(HOME / "airflow.db")) as database:
        return database.execute(sql, values).fetchall()


def tasks_in_state(day: date, state: str) -> list[str]:
    rows = query_airflow(
        "SELECT t.task_id, t.map_index FROM task_instance t JOIN dag_run r USING (dag_id, run_id) "
        "WHERE dag_id = ? AND r.logical_date LIKE ? AND t.state = ?", DAG, f"{day}%", state,
    )  # fmt: skip
    return [f"{day} {task}" + (f"[{index}]" if index >= 0 else "") for task, index in rows]


def tables() -> list[str]:
    return sorted(path.name for path in LAKE.iterdir() if path.is_dir() and path.name != "_ldusage")


def source(table: str) -> str:
    return f"read_parquet('{LAKE}/{table}/*/*.parquet')"


def ask(sql: str) -> tuple[list[str], list[tuple]]:
    """Column names and rows of a DuckDB query."""
    with duckdb.connect() as connection:
        answer = connection.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()


def show(title: str, headers: list[str], rows: list[tuple]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for position, header in enumerate(headers):
        numeric = rows and isinstance(rows[0][position], int | float)
        table.add_column(header, justify="right" if numeric else "left", no_wrap=position > 0)
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    console.print()
    console.print(table)


def show_tables() -> None:
    rows = []
    for name in tables():
        _, ((count,),) = ask(f"SELECT count(*) FROM {source(name)}")
        days = len(list((LAKE / name).iterdir()))
        rows.append((name, days, count))
    half = -(-len(rows) // 2)
    beside = [one + other for one, other in itertools.zip_longest(rows[:half], rows[half:], fillvalue=("", "", ""))]
    show(f"What landed: {len(rows)} tables", ["table", "days", "rows"] * 2, beside)


QUESTIONS = {
    "Billed monthly active users by project, month to date": """
        SELECT coalesce(p.key, m.project_id) AS project, m.time::DATE AS day, m.value AS month_to_date
        FROM {clientside_mau_by_project} m LEFT JOIN (SELECT DISTINCT id, key FROM {projects}) p ON p.id = m.project_id
        WHERE m.time >= (SELECT max(time) FROM {clientside_mau_by_project}) - INTERVAL 1 DAY ORDER BY project, day""",
    "Billed monthly active users of the account, which are fewer than the sum of its projects": """
        SELECT t.time::DATE AS day, any_value(t.value) AS account, sum(m.value)::BIGINT AS sum_of_projects
        FROM {clientside_mau_total} t JOIN {clientside_mau_by_project} m USING (time)
        WHERE t.time >= (SELECT max(time) FROM {clientside_mau_total}) - INTERVAL 1 DAY GROUP BY day ORDER BY day""",
    "Top service connections by SDK (43,800 minutes are one connection-month)": """
        SELECT sdk_name, sdk_version, round(sum(value))::BIGINT AS minutes, round(sum(value) / 43800, 4) AS connections
        FROM {service_connections} GROUP BY ALL ORDER BY minutes DESC LIMIT 5""",
    "Most evaluated flags": """
        SELECT project_key, feature_flag_key, sum(value)::BIGINT AS evaluations
        FROM {evaluations} GROUP BY ALL ORDER BY evaluations DESC LIMIT 5""",
}


def show_answers() -> None:
    sources = {name: source(name) for name in tables()}
    for title, sql in QUESTIONS.items():
        with contextlib.suppress(KeyError):  # a table that the account's plan does not include
            show(title, *ask(sql.format(**sources)))


def show_restated(since: date) -> None:
    """From the tasks' XComs: which days LaunchDarkly has corrected since they were loaded first."""
    restated: dict[str, set[date]] = {}
    reports = query_airflow(
        "SELECT x.value FROM xcom x JOIN dag_run r USING (dag_id, run_id) "
        "WHERE dag_id = ? AND r.logical_date >= ? AND x.key = 'return_value'", DAG, str(since),
    )  # fmt: skip
    for (text,) in reports:
        report = json.loads(text)
        report = json.loads(report) if isinstance(report, str) else report
        if isinstance(report, dict) and "days" in report:
            for first, last in report["days"]["restated"]["ranges"]:
                start, end = date.fromisoformat(first), date.fromisoformat(last)
                days = {start + timedelta(days=n) for n in range((end - start).days + 1)}
                restated.setdefault(report["table"], set()).update(days)
    rows = [
        (table, ", ".join(f if f == t else f"{f} to {t}" for f, t in day_ranges(days)))
        for table, days in sorted(restated.items())
    ]
    show(
        f"Days that LaunchDarkly corrected after they were loaded, in {len(rows)} tables (first 6)",
        ["table", "days replaced"],
        rows[:6],
    )


if __name__ == "__main__":
    sys.exit(main())
