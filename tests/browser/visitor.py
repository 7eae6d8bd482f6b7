"""A person at Airflow's pages, and what a person does there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root Chromium has no sandbox, and a machine without a network need not learn that Chromium asks for its updates.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
SIZE = {"width": 1400, "height": 800}
PATIENCE = 60  # seconds until a page that does not come is a failure
LOAD = 600  # seconds for all the tasks of a DAG, on a machine that is busy with other things
SEEN = Path(".pytest_cache", "browser")  # what was to be seen at the end of each test
OWN = ("data:", "blob:")
IN_SIGHT = Path(__file__).with_name("in_sight.js").read_text()


class Visitor:
    """One tab of a browser.

    :ivar complaints: errors in the browser's console, and requests to anything but Airflow
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._see)

    def open(self, path: str) -> None:
        """A page of Airflow's, with all that it asks for."""
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("networkidle")

    def choose(self, form: Locator, option: str) -> None:
        """In the only list of a form, by its first letters."""
        form.get_by_role("combobox").click()
        self.page.keyboard.type(option)
        self.page.get_by_role("option", name=option, exact=True).click()

    def unpause(self, dag_id: str) -> None:
        self.open(f"/dags/{dag_id}")
        with self.page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
            self.page.get_by_test_id("toggle-pause").first.click()
        assert answer.value.ok, answer.value.text()
        self.page.locator("[data-testid=toggle-pause][data-state=checked]").first.wait_for()

    def trigger(self, dag_id: str) -> str:
        """Start a run by the button, with what the form suggests; its run id. The DAG is not paused, and nothing runs:
        Airflow on SQLite stands still for a minute if the form switches the DAG on while it starts the run."""
        self.open(f"/dags/{dag_id}")
        self.page.get_by_role("button", name="Trigger Dag").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Trigger", exact=True).click()
        self.page.wait_for_url("**/runs/*")
        return self.page.url.partition("/runs/")[2]

    def see_success(self, dag_id: str, run_id: str) -> None:
        """Wait on the run's page until it says so beside the run's id."""
        self.open(f"/dags/{dag_id}/runs/{quote(run_id)}")
        heading = self.page.get_by_role("heading", name=run_id)
        heading.locator("xpath=..").get_by_text("Success", exact=True).wait_for(timeout=LOAD * 1000)

    def open_task(self, dag_id: str, run_id: str, task_id: str, tab: str = "") -> None:
        self.open(f"/dags/{dag_id}/runs/{quote(run_id)}/tasks/{task_id}{tab}")

    def sees(self, element: Locator, text: str) -> bool:
        """Whether a text in an element is in the window to its last letter, without scrolling down or sideways."""
        return bool(element.evaluate(IN_SIGHT, text))

    def themes(self) -> Iterator[str]:
        """The page in light, then in dark, and in light again."""
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            self.page.locator(f"html.{theme}").wait_for()
            self.page.wait_for_load_state("networkidle")
            yield theme
        self.page.emulate_media(color_scheme="light")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.url, *OWN)):
            self.complaints.append(f"asked for {request.url}")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser, which ends with the block."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert executable, f"none of {CHROMIUM} is on the PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visitor]:
    """A new tab, which knows nothing of others, in English and in UTC.

    :param url: of Airflow
    :raises AssertionError: the pages had errors, or asked for anything but Airflow
    """
    context = browser.new_context(viewport=SIZE, locale="en-US", timezone_id="UTC", color_scheme="light")
    visitor = Visitor(context.new_page(), url)
    try:
        yield visitor
    finally:
        test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].replace(" ", "-")
        visitor.page.screenshot(path=SEEN / f"{test}.png")
        context.close()
    assert visitor.complaints == []
