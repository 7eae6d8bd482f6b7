"""What a task returns and logs of a load, and when it fails."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import QualityError
from tests.loading import NOW, Loader, answer, but, every_day

pytestmark = pytest.mark.usefixtures("one_day_of_evidence")

MINUTES = {"metric": "service_connections", "group_by": ["projectId", "sdkName"], "table": "t"}


@pytest.fixture(autouse=True)
def _everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="airflow_provider_ldusage")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record for record in caplog.records if record.name.startswith("airflow_provider_ldusage")]
    caplog.clear()
    said = [record.getMessage() for record in found]
    return [message for message in said if not message.startswith("The folder ")]  # each test makes its lake anew


HOLE = {"metric": "ai_runs", "group_by": ["projectId"], "table": "t", "start": "2026-10-01", "end": "2026-10-05"}


def execute(destination: str, **arguments: Any) -> dict[str, Any]:
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

    task = LaunchDarklyUsageOperator(task_id="load", destination=destination, **arguments)
    return task.execute({"dag_run": SimpleNamespace(conf=None, run_after=datetime.now(timezone.utc))})


@pytest.fixture
def connected(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> Loader:
    import airflow_provider_ldusage.operators.usage  # noqa: F401  # Airflow sets up logging when it is imported

    loader.simulator.now = None
    monkeypatch.setenv("AIRFLOW_CONN_LAUNCHDARKLY_DEFAULT", json.dumps(loader.simulator.connection()))
    return loader


def with_a_hole() -> dict[str, Any]:
    whole = every_day("2026-10-01", "2026-10-04")
    return answer({"a": but(whole, "2026-10-02"), "b": whole})


@pytest.mark.airflow
def test_the_result_has_its_fixed_keys_and_no_more(connected: Loader, caplog: pytest.LogCaptureFixture) -> None:
    connected.answers(with_a_hole(), "ai-runs")
    report = execute(connected.lake.as_uri(), **HOLE)
    assert list(report) == [
        "table", "slice", "uri", "rows", "window", "days", "requests", "data_through", "final_through", "open",
        "refused", "given_up", "announced", "skipped", "loaded_at", "map_index", "try_number",
    ]  # fmt: skip
    assert list(report["days"]) == [
        "written", "unchanged", "restated", "empty", "kept", "superseded", "left",
    ]  # fmt: skip
    assert [
        line
        for line in lines(caplog)
        if line.startswith("Check gaps: 1 series of table t have no figure on 2026-10-02")
    ]


@pytest.mark.airflow
def test_a_check_that_fails_fails_the_task_and_the_lake_has_the_data(connected: Loader) -> None:
    connected.answers(with_a_hole(), "ai-runs")
    with pytest.raises(QualityError, match=r"gaps: .*\{project_id=a\} on 2026-10-02.*Look at the data: it is stored"):
        execute(connected.lake.as_uri(), **HOLE, checks={"gaps": "fail"})
    days = {path.parent.name for path in (connected.lake / "t").rglob("*.parquet")}
    assert days == {f"usage_date=2026-10-0{day}" for day in (1, 2, 3, 4)}


@pytest.mark.airflow
def test_a_checks_level_may_come_from_a_template(connected: Loader) -> None:
    from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator

    checks = {"gaps": "{{ level }}"}
    task = LaunchDarklyUsageOperator(task_id="load", destination=connected.lake.as_uri(), checks=checks, **HOLE)
    context: dict[str, Any] = {"dag_run": SimpleNamespace(conf=None, run_after=NOW), "level": "fail"}
    task.render_template_fields(context)
    connected.answers(with_a_hole(), "ai-runs")
    with pytest.raises(QualityError):
        task.execute(context)


@pytest.mark.airflow
@pytest.mark.parametrize("checks", [{"gap": "fail"}, {"gaps": "{{ 'fatal' }}"}, "fail"])
def test_wrong_checks_are_refused_before_the_first_request(connected: Loader, checks: Any) -> None:
    from airflow_provider_ldusage.compat import AirflowFailException

    with pytest.raises(AirflowFailException, match=r"^checks"):
        execute(connected.lake.as_uri(), **HOLE, checks=checks)
    assert not connected.simulator.requests and not connected.lake.exists()


@pytest.mark.airflow
def test_the_connection_of_a_destination_is_not_in_the_log(
    connected: Loader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SOME_CONN_ID", json.dumps({"conn_type": "generic"}))
    execute(f"file://some_conn_id@{connected.lake}", metric="vega_ai")
    assert "some_conn_id" not in caplog.text
    assert f"into file://{connected.lake}/vega_ai_incremental_daily" in caplog.text
