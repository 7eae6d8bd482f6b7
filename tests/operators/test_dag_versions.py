"""Arguments that Airflow would serialize differently at each parse, each time as a new version of the DAG."""

from __future__ import annotations

import subprocess
import sys

import pytest

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators import arguments

pytestmark = pytest.mark.airflow


SERIALISED = """
import sys
from datetime import datetime
from airflow.sdk import DAG
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator as Load
names = {"projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"}
given = {"set": names, "frozenset": frozenset(names), "keys": dict.fromkeys(names).keys()}[sys.argv[1]]
with DAG("d", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    Load(task_id="plain", destination="file:///x", group_by=given, filters={"projectKey": given})
    Load.partial(task_id="mapped", destination="file:///x", group_by=given).expand(filters=[{"projectKey": given}])
print("version", SerializedDagModel.hash(DagSerialization.to_dict(dag)))
"""


def versions(kind: str) -> set[str]:
    """The versions of a DAG that is parsed by several processes."""
    from os import environ

    found = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SERIALISED, kind], env={**environ, "PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        found |= {line for line in done.stdout.splitlines() if line.startswith("version ")}
    return found


@pytest.mark.slow
def test_only_what_would_create_new_versions_of_a_dag_is_refused() -> None:
    for kind, given in (("set", {"a", "b"}), ("frozenset", frozenset("ab")), ("keys", {"a": 1, "b": 2}.keys())):
        if kind == "set":
            assert len(versions(kind)) == 1
            assert arguments.texts("group_by", given) == ["a", "b"]
            continue
        assert len(versions(kind)) == 2
        with pytest.raises(UsageArgumentError, match=r"creates a new version of the DAG each time. Give a list"):
            arguments.texts("group_by", given)
