"""The examples that follow the report, in a real Airflow: a file for finance, and an alert by one's own notifier."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.loading import Loader
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
PLAN = {"clientside_mau": {"included": 100, "price": "8.33", "per": 1000, "currency": "USD"}}
NOTIFIED = """# The budget example, for an Airflow whose notifier is a file.
from pathlib import Path

from dags_examples.ldusage_budget import dag

def note(context):
    Path({told!r}).write_text(str(context["exception"]))

dag.get_task("budget").on_failure_callback = [note]
"""


@dataclass
class Story:
    """What both examples have left behind: the budget's state and message, and the chargeback's files."""

    last_month: str
    state: str
    told: str
    files: dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def story(airflow: Airflow, now: datetime, lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("notified")
    told = folder / "told"
    (folder / "budget.py").write_text(NOTIFIED.format(told=str(told)))
    (folder / "chargeback.py").write_text("from dags_examples.ldusage_chargeback import dag  # for Airflow\n")
    last_month = now.date().replace(day=1) - timedelta(days=1)
    with Simulator(now=now) as simulator:
        fill(Loader(simulator, lake), last_month.replace(day=1), now.date() - timedelta(days=1))
        airflow.use(simulator, lake, ldusage_destination=lake.as_uri(), ldusage_plan=json.dumps(PLAN))
    airflow.environment["AIRFLOW__CORE__DAGS_FOLDER"] = str(folder)
    done = airflow.cli("dags", "test", "ldusage_budget", now.date().isoformat(), check=False)
    ((state,),) = airflow.query("SELECT state FROM dag_run WHERE dag_id = 'ldusage_budget'")
    assert told.exists(), done.stdout[-5000:]
    airflow.test("ldusage_chargeback", now.date().isoformat())
    files = {path.name: list(csv.DictReader(path.read_text().splitlines())) for path in (lake / "chargeback").iterdir()}
    yield Story(f"{last_month:%Y-%m}", state, told.read_text(), files)


def fill(load: Loader, first: date, last: date) -> None:
    for table, group_by in (("mau", []), ("mau_by_project", ["projectId"])):
        load(first.isoformat(), last.isoformat(), table=table, metric="clientside_mau", group_by=group_by)


def test_a_passed_plan_fails_the_budget_and_calls_the_notifier(story: Story) -> None:
    assert story.state == "failed"
    assert "clientside_mau: the plan is passed" in story.told


def test_the_chargeback_leaves_a_file_for_finance(story: Story) -> None:
    (lines,) = story.files.values()
    assert list(story.files) == [f"{story.last_month}.csv"]
    assert {line["meter"] for line in lines} == {"clientside_mau"}
    assert sum(float(line["cost"]) for line in lines) > 0
    assert all(line["month"] == story.last_month and line["currency"] == "USD" for line in lines)
