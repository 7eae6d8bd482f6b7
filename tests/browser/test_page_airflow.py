"""The page in a real Airflow, with what the daily DAG's report has written of an account's thirteen months."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame

from tests.browser.page_reader import DRAWN, TITLES, WEIGHTS, faults, wait_for_charts
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

PAGE = "/plugin/ldusage"
HEIGHTS = {"bill": 2150, "owners": 2150, "health": 2150, "hygiene": 1500}
CHARTS = {"bill": 2, "owners": 2, "health": 0, "hygiene": 0}
"""Charts of each view."""


def see(visitor: Visitor, view: str) -> Frame:
    """The frame of the page, once it shows a view with all its charts."""
    visitor.page.frame_locator("iframe").locator(f"#state:text('{TITLES[view]} is shown.')").wait_for(state="attached")
    (frame,) = (frame for frame in visitor.page.frames if "/ldusage/pages/" in frame.url)
    wait_for_charts(frame)
    return frame


def open_by_menu(visitor: Visitor) -> Frame:
    visitor.open("/")
    visitor.page.get_by_role("button", name="Browse").click()
    visitor.page.get_by_role("menuitem", name="LaunchDarkly usage").click()
    return see(visitor, "bill")


@pytest.mark.parametrize("view", TITLES)
def test_a_view_of_the_lake_is_drawn_in_light_and_dark(
    visitor: Visitor, daily_run: str, view: str, picture: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    open_by_menu(visitor).get_by_role("link", name=TITLES[view]).click()
    frame = see(visitor, view)
    weights, drawn = frame.evaluate(WEIGHTS), frame.evaluate(DRAWN)
    with capsys.disabled():
        parts = ", ".join(f"{kind} {weight / 1000:.0f} kB" for kind, weight in weights.items())
        print(f"\n{view} in Airflow: drawn after {drawn:.0f} ms; {parts}")
    assert f"view={view}" in visitor.page.url
    for theme in visitor.themes():
        frame.locator(f":root[data-theme={theme}]").wait_for()
        wait_for_charts(frame)
        assert frame.locator(".canvas svg").count() == CHARTS[view]
        assert faults(frame) == [], theme
    picture(visitor, f"page-{view}", HEIGHTS[view])
