"""What a task imports beyond Airflow: the filesystem of its destination and no other, and no library to spare."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.operators.destination import FILESYSTEMS
from airflow_provider_ldusage.testing import Simulator

pytestmark = pytest.mark.airflow

# What a task with a local lake does without. Installed or not, as some are in a worker's image only.
SPARED = (
    "adlfs", "aiobotocore", "aiohttp", "asgiref", "azure", "boto3", "botocore", "duckdb", "gcsfs", "google.cloud",
    "grpc", "jmespath", "msal", "openlineage", "pandas", "polars", "pyarrow.acero", "pyarrow.dataset", "pyarrow.flight",
    "pyarrow.orc", "pyarrow.pandas_compat", "s3fs", "s3transfer", "airflow.providers.amazon",
    "airflow.providers.google", "airflow.providers.microsoft",
)  # fmt: skip
BEFORE = """
import json, sys
from datetime import datetime, timezone
from types import SimpleNamespace
from tests.names import DAG, task
import airflow.models
had = set(sys.modules)
"""
LOAD = """
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
operator = LaunchDarklyUsageOperator(task_id="load", metric="ai_runs", destination=sys.argv[1])
operator.execute({"dag_run": SimpleNamespace(conf=None, run_after=datetime.now(timezone.utc))})
"""
OPEN = """
from airflow_provider_ldusage.operators.destination import open_store
open_store(sys.argv[1])
"""
AFTER = """
print(json.dumps(sorted(set(sys.modules) - had)))
"""


def imported(what: str, destination: str, **connections: Any) -> set[str]:
    """The modules that it brings to a process that has imported Airflow."""
    environment = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in connections.items()}
    command = [sys.executable, "-c", BEFORE + what + AFTER, destination]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return set(json.loads(done.stdout.splitlines()[-1]))


def brought(names: tuple[str, ...], modules: set[str]) -> list[str]:
    return [name for name in names if any(f"{module}.".startswith(f"{name}.") for module in modules)]


def test_a_task_with_a_local_lake_does_without_what_it_can_spare(simulator: Simulator, tmp_path: Path) -> None:
    modules = imported(LOAD, (tmp_path / "lake").as_uri(), launchdarkly_default=simulator.connection())
    assert list((tmp_path / "lake").rglob("*.parquet"))
    assert "pyarrow.parquet" in modules
    assert brought(SPARED, modules) == []


def test_a_task_imports_the_filesystem_of_its_own_store_only() -> None:
    pytest.importorskip("s3fs")
    lake = {"conn_type": "aws", "login": "any", "password": "any", "extra": {"endpoint_url": "http://127.0.0.1:9"}}
    modules = imported(OPEN, "s3://lake@lake/x", lake=lake)
    assert brought(tuple(FILESYSTEMS.values()), modules) == [FILESYSTEMS["s3"]]
    assert brought(("adlfs", "gcsfs", "azure", "google.cloud"), modules) == []
