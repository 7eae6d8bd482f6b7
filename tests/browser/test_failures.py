"""The logs of failed tasks, as they open: what is wrong and what to do is in sight."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor
from tests.system.installation import ROOT, Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

DAG = "refused_loads"
SAID = {
    "expired_token": (
        "LaunchDarkly refuses the access token (401 unauthorized: Invalid access token).",
        "Put a valid access token, not an SDK key, into the password field of the LaunchDarkly connection; tokens "
        "expire and belong to one instance (commercial, eu, federal).",
    ),
    "missing_bucket": (
        "There is no bucket or container 'usage-lake' that the destination's connection may see.",
        "Create it, or correct the destination: its name follows the '@'.",
    ),
    "misspelt_metric": (
        "metric='total_mua' is not allowed for LaunchDarklyMauUsageOperator.",
        "Did you mean 'total_mau'? Allowed: clientside_mau, total_mau, mau, mau_by_category, mau_sdks.",
    ),
}


@pytest.fixture(scope="module")
def failed_run(airflow: Airflow, connection: str) -> str:
    """The id of a run whose tasks have all failed."""
    airflow.unpause(DAG)
    run_id = airflow.trigger(DAG)
    failed = "SELECT count(*) FROM task_instance WHERE run_id = ? AND state = 'failed'"
    airflow.wait("the tasks to fail", lambda: airflow.query(failed, run_id) == [(len(SAID),)], 120)
    return run_id


@pytest.mark.parametrize("task", SAID)
def test_cause_and_advice_are_in_sight(
    visitor: Visitor, failed_run: str, task: str, picture: Callable[..., None]
) -> None:
    visitor.open_task(DAG, failed_run, task)
    log = visitor.page.get_by_test_id("virtualized-list")
    log.get_by_text("Task failed with exception").wait_for()
    for theme in visitor.themes():
        assert [text for text in SAID[task] if not visitor.sees(log, text)] == [], theme
    files = log.locator("[data-frame-source]").all_inner_texts()
    assert files and [file for file in files if not file.startswith(f'"{ROOT}{os.sep}')] == []
    picture(visitor, f"failed-{task.replace('_', '-')}", 680)


def test_a_text_that_is_cut_off_is_not_in_sight(visitor: Visitor) -> None:
    styles = {
        "": True,
        "width: 4em; white-space: normal": True,
        "width: 4em": False,
        "height: 1em": False,
        "margin-left: 1390px": False,
        "margin-top: 790px": False,
    }
    log = visitor.page.locator("pre")
    for style, seen in styles.items():
        visitor.page.set_content(f"<pre style='overflow: auto; {style}'>Paste <b>an\naccess</b> token.</pre>")
        assert visitor.sees(log, "Paste an access token.") is seen, style
        assert not visitor.sees(log, "Paste an SDK key.")
