"""Arguments that Airflow would serialize differently at each parse, each time as a new version of the DAG."""

from __future__ import annotations

import subprocess
import sys
from collections import UserList, deque
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators import arguments

pytestmark = pytest.mark.airflow


SERIALISED = """
import sys
from datetime import datetime
from tests.names import DAG, dag_version
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator as Load
names = {"projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId"}
given = {"set": names, "frozenset": frozenset(names), "keys": dict.fromkeys(names).keys()}[sys.argv[1]]
with DAG("d", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    Load(task_id="plain", destination="file:///x", group_by=given, filters={"projectKey": given})
    Load.partial(task_id="mapped", destination="file:///x", group_by=given).expand(filters=[{"projectKey": given}])
print("version", dag_version(dag))
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


@pytest.mark.parametrize(
    "given", [(name for name in "ab"), map(str, "ab"), iter(["a"]), filter(None, ["a"]), reversed(["a"])]
)
def test_what_is_empty_at_the_second_try_is_refused_at_the_first(given: Any) -> None:
    for read in (arguments.texts, arguments.keys, arguments.text):
        with pytest.raises(UsageArgumentError, match=r"empty after its first use.*Give a list"):
            read("group_by", given)
    assert list(given), "it was not used up"


@pytest.mark.parametrize("given", [{"a": 1}.values(), {"a": 1}.items(), b"ab", bytearray(b"ab"), memoryview(b"ab")])
def test_what_is_no_list_is_refused(given: Any) -> None:
    for read in (arguments.texts, arguments.keys, arguments.text, lambda name, it: arguments.filters({name: it})):
        with pytest.raises(UsageArgumentError, match="Give a list of strings"):
            read("group_by", given)


@pytest.mark.parametrize("given", [["b", "a"], ("b", "a"), UserList(["b", "a"]), deque(["b", "a"])])
def test_what_has_an_order_is_a_list_however_often_it_is_read(given: Any) -> None:
    assert arguments.texts("group_by", given) == arguments.texts("group_by", given) == ["b", "a"]


@pytest.mark.slow
def test_only_what_would_create_new_versions_of_a_dag_is_refused() -> None:
    for kind, given in (("set", {"a", "b"}), ("frozenset", frozenset("ab")), ("keys", {"a": 1, "b": 2}.keys())):
        if kind == "set":
            assert arguments.texts("group_by", given) == ["a", "b"]
            continue
        assert len(versions(kind)) == 2
        with pytest.raises(
            UsageArgumentError, match=r"Give a list of strings: .* creates a new version of the DAG each time"
        ):
            arguments.texts("group_by", given)
