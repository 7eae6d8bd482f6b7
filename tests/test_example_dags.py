"""The example DAGs: they parse, and cover what they say they cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.metrics import METRICS

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def daily(repository: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(repository / "dags_examples"))
    assert bag.import_errors == {}
    return bag.dags["ldusage_daily"]


def test_every_metric_that_is_not_deprecated_is_one_task_in_its_familys_group(daily: Any) -> None:
    wanted = {f"{entry.family}.{name}" for name, entry in METRICS.items() if not entry.deprecated}
    assert {task.task_id for task in daily.tasks} == wanted | {"evaluations.environments"}


def test_no_load_depends_on_another(daily: Any) -> None:
    upstream = {task.task_id: task.upstream_task_ids for task in daily.tasks if task.upstream_task_ids}
    assert upstream == {"evaluations.evaluations": {"evaluations.environments"}}


def test_the_example_needs_a_connection_and_a_destination_and_nothing_else(repository: Path) -> None:
    text = (repository / "dags_examples" / "ldusage_daily.py").read_text()
    assert text.count("var.value.") == 1
    assert text.count("launchdarkly_default") == 2, "in the text above, and in CONNECTION"
