"""The page in a real Airflow, with what the daily DAG's report has written of an account's thirteen months."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame

from tests.browser.conftest import DAILY
from tests.browser.page_reader import (
    CHARTS,
    TITLES,
    faults,
    follow_to_the_page,
    see_in_airflow,
    wait_for_charts,
    weight,
)
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

ADDRESS = "/plugin/ldusage/ldusage/pages/usage.html?view="
HEIGHTS = {"bill": 1715, "owners": 1640, "health": 2000, "hygiene": 1400}
"""Of the pictures: as much of each view as says what it is."""
SEEN_THROUGH = """() => [parent.document.body, parent.document.documentElement]
    .map((element) => getComputedStyle(element).backgroundColor).find((colour) => colour !== "rgba(0, 0, 0, 0)")"""
PAINTED = "colour => { document.documentElement.style.background = colour }"


def framed_faults(frame: Frame) -> list[str]:
    """What axe finds. It does not see that Airflow's own background shows through, so it is painted for it."""
    frame.evaluate(PAINTED, frame.evaluate(SEEN_THROUGH))
    found = faults(frame)
    frame.evaluate(PAINTED, "")
    return found


@pytest.mark.parametrize("view", TITLES)
def test_a_view_of_the_lake_is_drawn_in_light_and_dark(
    visitor: Visitor, daily_run: str, view: str, picture: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    visitor.open(f"{ADDRESS}{view}")
    frame = see_in_airflow(visitor, view)
    with capsys.disabled():
        print(weight(frame, f"{view} in Airflow")[1])
    for theme in visitor.themes():
        frame.locator(f":root[data-theme={theme}]").wait_for()
        wait_for_charts(frame)
        assert frame.locator(".canvas svg").count() == CHARTS[view]
        assert frame.locator("#late").is_hidden()
        assert framed_faults(frame) == [], theme
    picture(visitor, f"page-{view}", HEIGHTS[view])


def test_the_menu_leads_to_all_views_and_the_theme_is_airflows(visitor: Visitor, daily_run: str) -> None:
    visitor.open("/")
    visitor.page.get_by_role("button", name="Browse").click()
    visitor.page.get_by_role("menuitem", name="LaunchDarkly usage").click()
    frame = see_in_airflow(visitor, "bill")
    assert frame.locator("article").count() == 11, "a card for each billed meter"
    for view in ("owners", "health", "hygiene", "bill"):
        frame.get_by_role("link", name=TITLES[view], exact=True).click()
        frame = see_in_airflow(visitor, view)
        visitor.page.wait_for_url(f"**view={view}*")
    for mode, theme in (("Dark Mode", "dark"), ("Light Mode", "light")):
        visitor.page.get_by_role("button", name="User").click()
        visitor.page.get_by_role("menuitem", name="Appearance").click()
        visitor.page.get_by_role("menuitemradio", name=mode).click()
        frame.locator(f":root[data-theme={theme}]").wait_for()
        wait_for_charts(frame)


def test_the_reports_task_leads_to_the_page(visitor: Visitor, daily_run: str) -> None:
    follow_to_the_page(visitor, daily_run)
    see_in_airflow(visitor, "bill")


def test_loads_lead_to_their_task_runs(visitor: Visitor, daily_run: str) -> None:
    """One that is mapped, and one that is not."""
    for name in ("events.events [0]", "mau.clientside_mau"):
        visitor.open(f"{ADDRESS}health")
        see_in_airflow(visitor, "health").get_by_role("link", name=f"{DAILY} / {name}", exact=True).first.click()
        task, _, index = name.rstrip("]").partition(" [")
        visitor.page.wait_for_url(f"**/tasks/{task}{'/mapped/' + index if index else ''}?try_number=1")
        visitor.page.get_by_text("Loaded ").first.wait_for()  # its log
