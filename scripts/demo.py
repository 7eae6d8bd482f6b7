"""``make demo``: a real Airflow loads every usage family for a few days, and DuckDB answers questions about them.

Everything stays below ``.demo/``: Airflow with its SQLite database, and the lake. LaunchDarkly is a simulator on
this machine, whose clock moves from day to day. It has thirteen months of usage, which are in the lake before Airflow
goes on. If ``LAUNCHDARKLY_ACCESS_TOKEN`` is set, your own account is read in its place, for these days alone
(``LAUNCHDARKLY_BASE_URL`` for one that does not live on app.launchdarkly.com).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
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
from airflow_provider_ldusage.testing import Simulator, Switches

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scripts import thirteen_months  # noqa: E402 - scripts/ and dags_examples/ are on the path only now

HOME = ROOT / ".demo"
LAKE = HOME / "lake"
LOADED = HOME / "loaded"  # says on which day
DAG = "ldusage_daily"
DAYS = 3

console = Console(record="--picture" in sys.argv, width=118)


def main() -> int:
    started = time.monotonic()
    today = datetime.now(timezone.utc).date()
    with account() as (connection, simulator):
        failed = load(today, connection, simulator)
    show_tables()
    show_answers()
    show_restated(since=today - timedelta(days=DAYS - 1))
    show_bill()
    console.print(f"\nThe lake is in [bold]{LAKE.relative_to(ROOT)}[/]. Took {time.monotonic() - started:.0f} s.")
    if console.record:
        picture = re.sub(r"@font-face {.*?}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
        (ROOT / "docs" / "demo.svg").write_text(picture)  # without fonts from elsewhere
    for task in failed:
        console.print(f"[red]failed:[/] {task} (see {HOME / 'airflow.log'})")
    return 1 if failed else 0


def load(today: date, connection: dict, simulator: Simulator | None) -> list[str]:
    """Load the lake, the last days by Airflow; the tasks that failed."""
    HOME.mkdir(exist_ok=True)
    environment = airflow_environment(connection)
    prepare_airflow(environment)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    if simulator is not None:
        shutil.rmtree(LAKE, ignore_errors=True)  # its clock starts anew, so the lake does too
        fill(simulator, days[0], environment)
    failed: list[str] = []
    for day in days:
        if simulator is not None:
            its_own = day == today  # its own clock: now
            simulator.now = None if its_own else datetime(day.year, day.month, day.day, 3, tzinfo=timezone.utc)
        failed += run(day, environment)
    LOADED.write_text(today.isoformat())
    return failed


def fill(simulator: Simulator, until: date, environment: dict[str, str]) -> None:
    """Thirteen months, but for the days that Airflow loads."""
    started, label = time.monotonic(), "Thirteen months of usage, loaded without Airflow"
    os.environ.update(environment)  # the example's tables are imported, and Airflow with them
    with console.status(label) as status:
        from dags_examples import ldusage  # noqa: F401 - sets up logging, so it comes before what switches it off

        logging.disable(logging.CRITICAL)
        for table in thirteen_months.fill(simulator, LAKE, until):
            status.update(f"{label}: {table}")
        logging.disable(logging.NOTSET)
    console.print(f"{label}: {time.monotonic() - started:.0f} s")


@contextlib.contextmanager
def account() -> Iterator[tuple[dict, Simulator | None]]:
    """The connection to read from, and the simulator behind it, if it is one."""
    if token := os.environ.get("LAUNCHDARKLY_ACCESS_TOKEN"):
        console.print("Reading [bold]your LaunchDarkly account[/] (LAUNCHDARKLY_ACCESS_TOKEN is set).")
        host = os.environ.get("LAUNCHDARKLY_BASE_URL", "")
        yield {"conn_type": "launchdarkly", "host": host, "password": token}, None
        return
    begins = thirteen_months.history_begins(datetime.now(timezone.utc).date())
    with Simulator(switches=Switches(growing_from=begins.isoformat())) as simulator:
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
        "AIRFLOW_VAR_LDUSAGE_PLAN": json.dumps(thirteen_months.PLAN),
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
    return sorted(path.name for path in LAKE.iterdir() if any(path.glob("usage_date=*")))


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
    "Client-side MAU of each project, month to date": """
        SELECT coalesce(p.key, m.project_id) AS project, m.time::DATE AS day, m.value AS month_to_date
        FROM {clientside_mau_by_project} m LEFT JOIN (SELECT DISTINCT id, key FROM {projects}) p ON p.id = m.project_id
        WHERE m.time >= (SELECT max(time) FROM {clientside_mau_by_project}) - INTERVAL 1 DAY ORDER BY project, day""",
    "Client-side MAU of the account, which are billed: fewer than the sum of its projects": """
        SELECT t.time::DATE AS day, any_value(t.value) AS account, sum(m.value)::BIGINT AS sum_of_projects
        FROM {clientside_mau_total} t JOIN {clientside_mau_by_project} m USING (time)
        WHERE t.time >= (SELECT max(time) FROM {clientside_mau_total}) - INTERVAL 1 DAY GROUP BY day ORDER BY day""",
    "Top service connections of the month by SDK (43,800 minutes are one connection-month)": """
        SELECT sdk_name, sdk_version, round(sum(value))::BIGINT AS minutes, round(sum(value) / 43800, 4) AS connections
        FROM {service_connections} WHERE time >= date_trunc('month', (SELECT max(time) FROM {service_connections}))
        GROUP BY ALL ORDER BY minutes DESC LIMIT 5""",
    "Most evaluated flags of the month": """
        SELECT project_key, feature_flag_key, sum(value)::BIGINT AS evaluations
        FROM {evaluations} WHERE time >= date_trunc('month', (SELECT max(time) FROM {evaluations}))
        GROUP BY ALL ORDER BY evaluations DESC LIMIT 5""",
}


def show_answers() -> None:
    sources = {name: source(name) for name in tables()}
    for title, sql in QUESTIONS.items():
        with contextlib.suppress(KeyError):  # a table that the account's plan does not include
            show(title, *ask(sql.format(**sources)))


def show_restated(since: date) -> None:
    """From the tasks' XComs: which days LaunchDarkly has corrected since they were loaded first."""
    restated: dict[str, set[date]] = {}
    for _, report in returned(since):
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


def returned(since: date) -> list[tuple[str, object]]:
    """What tasks have returned, from the oldest run to the newest: the task and its XCom."""
    found = query_airflow(
        "SELECT x.task_id, x.value FROM xcom x JOIN dag_run r USING (dag_id, run_id) "
        "WHERE dag_id = ? AND r.logical_date >= ? AND x.key = 'return_value' ORDER BY r.logical_date", DAG, str(since),
    )  # fmt: skip
    values = [(task, json.loads(text)) for task, text in found]
    return [(task, json.loads(value) if isinstance(value, str) else value) for task, value in values]


def show_bill() -> None:
    """The last report: what the meters of the plan come to."""
    reports = [value for task, value in returned(date.min) if task == "report" and isinstance(value, dict)]
    meters = reports[-1]["meters"] if reports else []
    rows = [bill_line(meter) for meter in meters if meter["included"] is not None or len(meters) < 5]
    if rows:
        headers = ["meter", "to date", "expected", "included", "cost expected", "verdict"]
        show(f"The bill, by the report of {meters[0]['day']}", headers, rows)
        costs = sum(meter["cost_forecast"] or 0 for meter in meters)
        console.print(f"Beyond the plan, which is made up: {costs:,.2f} USD expected by the end of the periods.")
        if len(rows) < len(meters):
            console.print(f"{len(meters) - len(rows)} meters without a plan are not shown here; make ui shows them.")


def bill_line(meter: dict) -> tuple[str, ...]:
    """A meter of the report's XCom, for people. Small figures have two decimals, so that their cost can be followed."""
    figures = (meter["to_date"], meter["forecast"][1], meter["included"])
    cost = "" if meter["cost_forecast"] is None else f"{meter['cost_forecast']:,.2f} {meter['currency'] or ''}".strip()
    shown = ("" if each is None else f"{each:,.{0 if each >= 1000 else 2}f}" for each in figures)
    return meter["meter"], *shown, cost, meter["verdict"]


if __name__ == "__main__":
    sys.exit(main())
