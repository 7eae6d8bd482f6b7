"""A load that announces an asset, the asset, and the DAG that it starts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

ASSET = "launchdarkly/connections_by_sdk"
KEYS = ("table", "uri", "rows", "start", "end", "written", "restated", "days", "data_through", "final_through")
DAG, TASK, DOWNSTREAM = "launchdarkly_usage", "service_connections", "connections_bill"


def test_the_log_says_which_days_were_loaded(visitor: Visitor, usage_run: str, picture: Callable[..., None]) -> None:
    visitor.open_task(DAG, usage_run, TASK)
    for line in ("Loaded connections_by_sdk", "days written", "days still open", "bytes received"):
        visitor.page.get_by_text(line).first.wait_for()
    visitor.page.keyboard.press("w")  # long lines are wrapped
    picture(visitor, "log", 880)


def test_the_asset_has_an_event_that_started_the_next_dag(
    visitor: Visitor, usage_run: str, picture: Callable[..., None]
) -> None:
    visitor.open("/assets")
    visitor.page.get_by_role("link", name=ASSET).click()
    visitor.page.get_by_text("1 Asset Event", exact=True).wait_for()
    for name in (DAG, DOWNSTREAM):
        visitor.page.locator(".react-flow__node").filter(has_text=name).wait_for()
    visitor.page.get_by_text("Triggered Dag Run").wait_for()
    told = extra(visitor)
    assert [key for key in KEYS if f'"{key}":' not in told] == []
    assert '"written":4' in told
    picture(visitor, "asset", 840)

    visitor.page.get_by_role("link", name=DOWNSTREAM).last.click()
    visitor.page.wait_for_url(f"**/dags/{DOWNSTREAM}/runs/asset_triggered*")
    visitor.see_success(DOWNSTREAM, visitor.page.url.partition("/runs/")[2])
    visitor.page.get_by_role("link", name="Asset Events").click()
    visitor.page.get_by_role("link", name=ASSET).first.wait_for()


def test_the_task_names_the_asset_that_it_announced(visitor: Visitor, usage_run: str) -> None:
    visitor.open_task(DAG, usage_run, TASK, "/asset_events")
    visitor.page.get_by_text("1 Asset Event", exact=True).wait_for()
    visitor.page.get_by_role("link", name=ASSET).wait_for()
    assert '"written":4' in extra(visitor)


def extra(visitor: Visitor) -> str:
    """What the page's only event tells, unfolded; without blanks, since long lines are wrapped."""
    visitor.page.locator(".codicon-folding-collapsed").click()
    lines = visitor.page.locator(".monaco-editor .view-line")
    lines.nth(len(KEYS)).wait_for()
    return "".join("".join(lines.all_inner_texts()).split())
