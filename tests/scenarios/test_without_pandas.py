"""No load imports pandas, which pyarrow does by itself for many a call: it takes 0.3 s and 45 MB where it is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Stands in for pandas where that is not installed, and writes down who wanted it.
PANDAS = """
import pathlib, traceback
pathlib.Path(__file__).with_name("wanted").write_text("".join(traceback.format_stack()[:-1]))
raise ImportError("no pandas")
"""
LOADS = """
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from fsspec.implementations.local import LocalFileSystem
from airflow_provider_ldusage.api.client import UsageClient
from airflow_provider_ldusage.api.config import config_from_connection
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.engine.load import load
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.windows import RunWindow
from airflow_provider_ldusage.days import Window

lake = Path(sys.argv[1])
store, last = open_store(LocalFileSystem(), str(lake), lake.as_uri()), date(2026, 11, 11)
DAY_MS = 86_400_000

def run(days, table, **what):
    connection = simulator.connection()
    window = Window(last - timedelta(days=days - 1), last + timedelta(days=1))
    with UsageClient(config_from_connection(connection["host"], connection["password"], {})) as client:
        run, options = RunWindow.of_days(window), LoadOptions(lookback=0)
        load(client, UsageQuery.build(**what), run, store, table, options, now=simulator.now)

with Simulator(now=datetime(2026, 11, 12, 9, 30, tzinfo=timezone.utc)) as simulator:
    for again in range(2):
        run(12, None, metric="ai_runs", group_by=["projectId"])
        run(12, None, metric="ai_runs")
        run(3, "floats", metric="service_connections")
        run(3, "monthly", metric="total_mau")
        run(1, "list", metric="projects")
        run(2, "ranking", metric="data_export_project_ranking")
        simulator.now += timedelta(hours=26)
    start = Window(last - timedelta(days=3), last).start_ms
    sparse = [{"time": start + day * DAY_MS, str(day % 2): 5, "2": 6} for day in range(4)]
    finer = [{"time": start + hour * 3_600_000, "0": 1} for hour in range(4)]
    zeros = [{"time": start, "0": 0}]
    for number, series in enumerate((sparse, finer, zeros)):
        metadata = [{"projectId": name} for name in ("a", "b", None)]
        simulator.fail(status=200, body={"metadata": metadata, "series": series}, path="/usage/ai-runs")
        run(4, f"answer{number}", metric="ai_runs", group_by=["projectId"])
"""


def wanted(folder: Path, code: str, *arguments: str) -> str:
    """Who imports pandas in a process of its own; empty: nobody."""
    (folder / "pandas.py").write_text(PANDAS)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    who = folder / "wanted"
    return who.read_text() if who.exists() else ""


def test_no_load_imports_pandas(tmp_path: Path) -> None:
    assert wanted(tmp_path, LOADS, str(tmp_path / "lake")) == ""
    assert len(list((tmp_path / "lake").glob("*/usage_date=*/*.parquet"))) > 20


def test_who_imports_it_is_noticed(tmp_path: Path) -> None:
    assert "<string>" in wanted(tmp_path, "import pyarrow; pyarrow.array([1])")
