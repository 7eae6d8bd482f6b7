"""What the page says where there is nothing to show, where something is wrong, and where the data is late."""

from __future__ import annotations

import pytest

from tests.browser.page_reader import TITLES, Reader, faults

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("scene", "title", "action"),
    [
        ("empty", "It is no_report", "Add LaunchDarklyUsageReportOperator."),
        ("unreadable", "It is unreadable", "Add LaunchDarklyUsageReportOperator."),
        ("refused", "You may not see this page", "Ask an administrator for the permission to read Plugins."),
        ("signed-out", "You are not signed in", "Sign in to Airflow again, then reload the page."),
        ("broken", "The figures could not be read", "Look at the log of Airflow's API server."),
        ("newer", "The report is newer than this page", "Reload the page."),
    ],
)
def test_a_failure_says_what_to_do(reader: Reader, scene: str, title: str, action: str) -> None:
    reader.open_failing(scene)
    panel = reader.page.get_by_role("region", name=title)
    assert f"What to do: {action}" in panel.inner_text()
    assert reader.page.locator("#state").inner_text().startswith(title)
    assert faults(reader.page.main_frame) == []
    reader.page.get_by_role("button", name="Try again").click()
    reader.open_failing(scene)


def test_setting_up_does_not_look_like_a_failure(reader: Reader) -> None:
    reader.open_failing("empty")
    assert reader.page.locator(".panel.early").count() == 1
    reader.open_failing("unreadable")
    assert reader.page.locator(".panel.failure").count() == 1


def test_an_airflow_that_does_not_answer_is_told(reader: Reader) -> None:
    reader.page.route("**/data/bill.json*", lambda route: route.abort())
    reader.open_failing("full")
    reader.page.get_by_role("region", name="Airflow does not answer").wait_for()


def test_late_data_has_a_banner_on_every_view(reader: Reader) -> None:
    for view in TITLES:
        reader.open("late", view)
        told = "The data is late. The last report is of 18 Nov 2026. Look at its DAG's last run."
        assert reader.page.locator("#late").inner_text() == told
    assert faults(reader.page.main_frame) == []


def test_figures_that_are_not_there_yet_are_told(reader: Reader) -> None:
    for view in TITLES:
        reader.open("nothing", view)
        assert "yet." in reader.page.locator("main").inner_text()
        assert faults(reader.page.main_frame) == []


def test_the_page_says_that_it_loads(reader: Reader) -> None:
    reader.page.emulate_media(reduced_motion="reduce")
    reader.page.route("**/data/bill.json*", lambda route: None)
    reader.page.goto(reader.address("full", "bill"))
    loading = reader.page.get_by_text("Loading the figures…")
    loading.wait_for()
    assert reader.page.locator("main[aria-busy=true]").count() == 1
    assert reader.page.locator("#state").inner_text() == "Loading: Bill"
    assert loading.evaluate("element => getComputedStyle(element).animationName") == "none"
    assert faults(reader.page.main_frame) == []


def test_a_single_lake_is_no_choice(reader: Reader) -> None:
    reader.open("full")
    assert not reader.page.get_by_label("Lake", exact=True).is_visible()


def test_another_lake_has_its_own_address(reader: Reader) -> None:
    reader.open("lakes", "health")
    reader.page.get_by_label("Lake", exact=True).select_option("staging <b>")
    reader.page.wait_for_url("**lake=staging*")
    reader.see_shown("Health")
    reader.page.get_by_role("link", name="Bill").click()
    reader.see_shown("Bill")
    assert reader.page.get_by_label("Lake", exact=True).input_value() == "staging <b>"


def test_an_unknown_lake_leaves_the_others_to_choose(reader: Reader) -> None:
    reader.open_failing("lakes", query="&lake=gone")
    reader.page.get_by_label("Lake", exact=True).select_option("default")
    reader.see_shown("Bill")


def test_an_unknown_view_is_the_bill(reader: Reader) -> None:
    reader.page.goto(reader.address("full", "../../x"))
    reader.see_shown("Bill")
