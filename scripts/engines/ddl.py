"""Runs the DDL of ``ldusage ddl`` in Spark and in DuckDB, and compares them: ``python scripts/engines/ddl.py``.

Every table and view must have the same rows in both. DuckDB's are compared with LaunchDarkly's figures in
``tests/ddl``. Spark runs in an environment of its own that is made with ``uv``; it needs Java 17.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from airflow_provider_ldusage.ddl.script import DIALECTS, script  # noqa: E402
from airflow_provider_ldusage.lake.inventory import StoredTable, tables_of  # noqa: E402
from airflow_provider_ldusage.testing import Simulator  # noqa: E402
from tests.example_lake import example_lake  # noqa: E402
from tests.loading import NOW  # noqa: E402

IN_SPARK = HERE / "spark_ddl.py"


def statements(engine: str, location: str, tables: Mapping[str, StoredTable]) -> list[dict[str, str]]:
    return [{"name": each.name, "sql": each.sql} for each in script(DIALECTS[engine](location), tables)]


def in_duckdb(made: list[dict[str, str]]) -> dict[str, list[str]]:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for each in made:
            connection.execute(each["sql"])
        return {
            each["name"]: rows_text(connection.execute(f'SELECT * FROM "{each["name"]}"').fetchall()) for each in made
        }


def rows_text(rows: list[Any]) -> list[str]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat()
        if isinstance(value, float):
            return f"{value:.6g}"  # sums of the same floats in another order
        return value.isoformat() if isinstance(value, date) else value

    return sorted(repr([plain(value) for value in row]) for row in rows)


def in_spark(made: list[dict[str, str]], folder: Path) -> dict[str, list[str]]:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", str(folder / "venv")], check=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "pyspark>=4,<5"], check=True)
    (folder / "ddl.json").write_text(json.dumps(made))
    command = [python, str(IN_SPARK), str(folder / "ddl.json")]
    environment = {**os.environ, "TZ": "UTC"}  # Python's own zone is that of the datetimes that Spark returns
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return {name: sorted(rows) for name, rows in found.items()}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="ldusage-ddl-") as temporary, Simulator(now=NOW) as simulator:
        folder = Path(temporary)
        lake = example_lake(simulator, folder / "lake")
        tables = tables_of(lake.store)
        wanted = in_duckdb(statements("duckdb", str(lake.folder), tables))
        found = in_spark(statements("spark", lake.destination, tables), folder)
    for name, rows in wanted.items():
        same = found[name] == rows
        print(
            f"{name:32}  {len(rows):6,} rows  {'the same' if same else f'not the same: {found[name][:1]} {rows[:1]}'}"
        )
    return int(found != wanted)


if __name__ == "__main__":
    sys.exit(main())
