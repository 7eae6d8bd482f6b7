"""The links of a task."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.metrics import METRICS
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_task_leads_to_the_documentation_of_its_metric(visitor: Visitor, usage_run: str) -> None:
    """As far as the browser's own tab: LaunchDarkly itself is not asked. A simulator and a local disk have no pages."""
    page = METRICS["service_connections"].documentation
    visitor.page.context.route(page, lambda route: route.fulfill(body="the documentation", content_type="text/plain"))
    visitor.open_task("launchdarkly_usage", usage_run, "service_connections", "/details")
    with visitor.page.expect_popup() as opened:
        visitor.page.get_by_role("link", name="Metric documentation").or_(
            visitor.page.get_by_role("button", name="Metric documentation")
        ).click()
    opened.value.get_by_text("the documentation").wait_for()
    assert opened.value.url == page
    for name in ("LaunchDarkly usage", "Table in the store"):
        assert visitor.page.get_by_text(name, exact=True).count() == 0
