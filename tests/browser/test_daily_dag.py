"""The daily DAG, switched on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import DAILY
from tests.browser.visitor import Visitor
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

TICK = "M20 6 9 17l-5-5"


def test_the_daily_dag_turns_green_in_the_grid(
    visitor: Visitor, daily_run: str, airflow: Airflow, picture: Callable[..., None]
) -> None:
    visitor.open(f"/dags/{DAILY}")
    tasks = airflow.query("SELECT DISTINCT task_id FROM task_instance WHERE dag_id = ?", DAILY)
    groups = {task.partition(".")[0] for (task,) in tasks}
    cells = visitor.page.locator(f'[data-testid^="grid-{daily_run}-"] [data-testid=task-state-badge]')
    cells.nth(len(groups) - 1).wait_for()
    assert cells.count() == len(groups)
    assert [cell.locator(f'path[d="{TICK}"]').count() for cell in cells.all()] == [1] * len(groups)
    colours = {cell.evaluate("element => getComputedStyle(element).backgroundColor") for cell in cells.all()}
    assert len(colours) == 1 and is_green(colours.pop())
    picture(visitor, "grid", 740)


def is_green(colour: str) -> bool:
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return green > 2 * max(red, blue)
