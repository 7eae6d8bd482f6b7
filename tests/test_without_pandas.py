"""No load imports pandas, which pyarrow does by itself for many a call: it takes 0.3 s and 45 MB where it is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
# Stands in for pandas where that is not installed, and writes down who wanted it.
PANDAS = """
import pathlib, traceback
pathlib.Path(__file__).with_name("wanted").write_text("".join(traceback.format_stack()[:-1]))
raise ImportError("no pandas")
"""
LOADS = """
import json, sys
from pathlib import Path
from loading import NOW, Loader, answer, every_day
from airflow_provider_ldusage.testing import Simulator

with Simulator(now=NOW) as simulator:
    loader = Loader(simulator, Path(sys.argv[1]))
    for again in range(2):
        loader(metric="ai_runs", group_by=["projectId"], table="whole")
        loader(metric="ai_runs", table="total")
        loader(metric="service_connections", table="floats")
        loader(metric="total_mau", table="monthly")
        loader(metric="projects", first="2026-11-12", last="2026-11-12", table="list")
        loader(metric="data_export_project_ranking", table="ranking")
        loader("2026-11-01", "2026-11-08", metric="ai_runs", group_by=["sdkName"], table=None)
    days = [f"2026-11-{day:02}" for day in range(8, 12)]
    sparse = {name: {day: 1 for m, day in enumerate(days) if (m + n) % 3} for n, name in enumerate("abc")}
    finer = {"a": {"2026-11-08T01:00": 1, "2026-11-08T05:00": 2}}
    for number, series in enumerate((sparse, finer, {"a": {"2026-11-08": 0}})):
        loader.answers(answer(series), "ai-runs")
        loader(metric="ai_runs", group_by=["projectId"], table=f"sparse{number}")
"""


def wanted(folder: Path, code: str, *arguments: str) -> str:
    """Who imports pandas in a process of its own; empty: nobody."""
    (folder / "pandas.py").write_text(PANDAS)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(TESTS), str(TESTS.parent)])}
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
