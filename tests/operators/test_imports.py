"""What it costs a DAG file to import the operators."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.airflow

HEAVY = ("pyarrow", "pandas", "numpy", "requests", "fsspec", "s3fs", "msgspec")
CODE = f"""
import json, sys, time
import airflow.sdk
from airflow.sdk import DAG, BaseOperator, Param, TaskGroup, task
from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, TaskDeferred, conf

had = set(sys.modules)
began = time.process_time()
import airflow_provider_ldusage.operators.usage
spent = time.process_time() - began
print(json.dumps([spent, [name for name in {HEAVY!r} if name in sys.modules and name not in had]]))
"""


def test_importing_the_operators_is_quick_and_brings_nothing_heavy() -> None:
    found = []
    for _ in range(3):  # the quickest: other processes only ever add
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        spent, brought = json.loads(done.stdout.splitlines()[-1])
        assert brought == []
        found.append(spent)
    assert min(found) <= 0.05
