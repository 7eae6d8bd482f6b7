"""What an operator tells of its load, by links and to OpenLineage, in each way that a task may end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.lake.local import LocalStore
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from airflow_provider_ldusage.testing import Simulator

pytestmark = pytest.mark.airflow

ENDPOINT = "/api/v2/usage/vega-ai"
PAGE = METRICS["vega_ai"].documentation


def a_task(lake: Path, **arguments: Any) -> LaunchDarklyUsageOperator:
    given = {"metric": "vega_ai", "table": "t", "start": "2026-03-01", "end": "2026-03-04", **arguments}
    return LaunchDarklyUsageOperator(task_id="load", destination=lake.as_uri(), **given)


def links(task: LaunchDarklyUsageOperator) -> dict[str, str]:
    found = {link.name: link.get_link(task, ti_key=None) for link in task.operator_extra_links}  # type: ignore[arg-type]
    assert list(found) == ["LaunchDarkly usage", "Metric documentation", "Table in the store"]
    return {str(name): page for name, page in found.items() if page}


def told(task: LaunchDarklyUsageOperator) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Inputs and outputs, as OpenLineage asks for them."""
    pytest.importorskip("airflow.providers.openlineage", reason="OpenLineage is optional, and is not installed here")
    found = task.get_openlineage_facets_on_complete(None)
    return tuple([(each.namespace, each.name) for each in names] for names in (found.inputs, found.outputs))  # type: ignore[return-value]


def test_a_task_that_succeeded_names_endpoint_and_table(simulator: Simulator, tmp_path: Path) -> None:
    task = a_task(tmp_path)
    task.execute({})
    assert links(task) == {"Metric documentation": PAGE}
    assert told(task) == ([(simulator.connection()["host"], ENDPOINT)], [("file", f"{tmp_path}/t")])


def test_a_task_that_has_stored_does_not_fail_for_its_links(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(LocalStore, "dataset", lambda *_: 1 / 0)
    assert a_task(tmp_path).execute({})["rows"] > 0
    assert "Neither lineage nor a link" in caplog.text


def test_a_task_that_failed_before_it_stored_names_no_table(simulator: Simulator, tmp_path: Path) -> None:
    simulator.fail(status=200, body=b"<html>proxy</html>", path="vega-ai")
    task = a_task(tmp_path)
    with pytest.raises(exceptions.AnswerError):
        task.execute({})
    assert links(task) == {"Metric documentation": PAGE}
    assert told(task) == ([(simulator.connection()["host"], ENDPOINT)], [])


def test_a_task_with_a_wrong_argument_tells_nothing(simulator: Simulator, tmp_path: Path) -> None:
    task = a_task(tmp_path, on_empty="drop")
    with pytest.raises(AirflowFailException):
        task.execute({})
    assert links(task) == {}
    assert told(task) == ([], [])


def test_a_task_that_is_skipped_names_no_table(simulator: Simulator, tmp_path: Path) -> None:
    task = a_task(tmp_path, start="2126-03-01", end="2126-03-04")
    assert task.execute({})["skipped"]
    assert told(task) == ([(simulator.connection()["host"], ENDPOINT)], [])


def test_the_usage_page_is_linked_even_if_the_load_fails(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"instance": "eu", "proxies": {"https": "http://127.0.0.1:9"}}  # nothing leaves this machine
    connection = {"conn_type": "launchdarkly", "password": simulator.token, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(connection))
    task = a_task(tmp_path)
    with pytest.raises((AirflowFailException, exceptions.LaunchDarklyApiError)):
        task.execute({})
    page = "https://app.eu.launchdarkly.com/settings"
    assert links(task) == {"LaunchDarkly usage": page, "Metric documentation": PAGE}
    assert told(task)[0] == [("https://app.eu.launchdarkly.com", ENDPOINT)]


def test_the_tables_folder_is_linked_once_the_load_is_done(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalStore, "console", lambda self, name: f"https://console.example/{name}")
    task = a_task(tmp_path)
    task.execute({})
    assert links(task)["Table in the store"] == "https://console.example/t"
    skipped = a_task(tmp_path, start="2126-03-01", end="2126-03-04")
    skipped.execute({})
    assert "Table in the store" not in links(skipped)


def test_no_link_and_no_name_shows_token_or_connection(simulator: Simulator, tmp_path: Path) -> None:
    task = a_task(tmp_path)
    task.execute({})
    shown = json.dumps([links(task), told(task), vars(task).get("ldusage_pages")])
    assert simulator.token not in shown and "launchdarkly_default" not in shown


CODE = """
import sys
import airflow_provider_ldusage.operators.usage, airflow_provider_ldusage.sensors.freshness
print([name for name in sys.modules if name.startswith("openlineage") or ".openlineage.extractors" in name])
"""


def test_a_dag_file_imports_nothing_of_openlineage() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_mapped_tasks_have_the_same_links(tmp_path: Path) -> None:
    mapped = LaunchDarklyUsageOperator.partial(task_id="load", destination=tmp_path.as_uri()).expand(metric=["vega_ai"])
    assert sorted(link.name for link in mapped.operator_extra_links) == sorted(
        ["LaunchDarkly usage", "Metric documentation", "Table in the store"]
    )
