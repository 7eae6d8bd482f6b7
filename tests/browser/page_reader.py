"""A person who reads the page with made-up figures, with a mouse or with the keyboard alone."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Frame, Page

from tests.browser.visitor import Visitor

PAGE = "ldusage/pages/usage.html"
TITLES = {"bill": "Bill", "owners": "Owners", "health": "Health", "hygiene": "Hygiene"}
AXE = Path(sys.prefix, "axe", "node_modules", "axe-core", "axe.min.js")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    ({id, nodes}) => `${id}: ${nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`).join("; ")}`)"""
FOCUS = """() => {
    if (document.activeElement === document.body) return true;  // between the last element and the first
    const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""
DRAWN = """() => Math.max(...performance.getEntriesByName("chart drawn").map(({startTime}) => startTime),
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd)"""
WEIGHTS = """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
    .reduce((sums, {name, encodedBodySize}) => {
        sums[name.includes("/vendor/") ? "libraries" : name.includes("/data/") ? "figures" : "page"] += encodedBodySize;
        return sums;
    }, {page: 0, libraries: 0, figures: 0})"""
CHARTS = {"bill": 2, "owners": 2, "health": 0, "hygiene": 0}


def wait_for_charts(frame: Frame) -> None:
    """Until every chart is drawn in the page's theme."""
    frame.wait_for_function(
        "() => [...document.querySelectorAll('.canvas')].every(({dataset}) =>"
        " dataset.drawn === document.documentElement.dataset.theme)"
    )


def see_in_airflow(visitor: Visitor, view: str) -> Frame:
    """The frame of the page in Airflow, once it shows a view with all its charts."""
    visitor.page.frame_locator("iframe").locator(f"#state:text('{TITLES[view]} is shown.')").wait_for(state="attached")
    frame = visitor.page.frames[1]
    wait_for_charts(frame)
    return frame


def follow_to_the_page(visitor: Visitor, run_id: str) -> None:
    """By the link of the report's task."""
    visitor.open_task("ldusage_daily", run_id, "report", "/details")
    link = visitor.page.get_by_role("link", name="Usage page")
    link.or_(visitor.page.get_by_role("button", name="Usage page")).click()


def faults(frame: Frame) -> list[str]:
    """What keeps people out of the page, as axe finds it."""
    frame.evaluate(AXE.read_text())
    return list(frame.evaluate(FAULTS))


def weight(frame: Frame, view: str) -> tuple[dict[str, int], str]:
    """The bytes of the page's parts as they are before the browser unpacks them, and a line that tells them and when
    the last chart was drawn."""
    weights, drawn = frame.evaluate(WEIGHTS), frame.evaluate(DRAWN)
    parts = ", ".join(f"{kind} {each / 1000:.0f} kB" for kind, each in weights.items())
    return weights, f"\n{view}: drawn after {drawn:.0f} ms; {parts}"


class Reader:
    """:ivar page: the browser's tab"""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.page: Page = visitor.page

    def address(self, scene: str, view: str, query: str = "") -> str:
        return f"{self._visitor.url}/{scene}/{PAGE}?view={view}{query}"

    def open(self, scene: str, view: str = "bill", query: str = "") -> None:
        """A view with all its charts."""
        self.page.goto(self.address(scene, view, query))
        self.see_shown(TITLES[view])

    def open_failing(self, scene: str, view: str = "bill", query: str = "") -> None:
        """A view whose data cannot be had. That the browser tells of the status in its console is no fault."""
        self.page.goto(self.address(scene, view, query))
        self.page.locator("#failure").wait_for()
        self._visitor.complaints[:] = [each for each in self._visitor.complaints if "/data/" not in each]

    def open_framed(self, scene: str, view: str) -> Frame:
        """The page in a frame as Airflow's."""
        self.page.goto(f"{self._visitor.url}/{scene}/frame?view={view}")
        frame = self.page.frames[1]
        frame.locator(f"#state:text('{TITLES[view]} is shown.')").wait_for(state="attached")
        wait_for_charts(frame)
        return frame

    def see_shown(self, title: str) -> None:
        self.page.locator(f"#state:text('{title} is shown.')").wait_for(state="attached")
        wait_for_charts(self.page.main_frame)

    def tab_to(self, name: str) -> None:
        """Press the tab key until an element with this name has the focus.

        :raises AssertionError: none has it, or one on the way does not show that it has it
        """
        for _ in range(80):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(FOCUS), self.page.evaluate("() => document.activeElement.outerHTML")
            if self.focused() == name:
                return
        raise AssertionError(f"the tab key leads to no {name!r}")

    def focused(self) -> str:
        """The name of the element with the focus."""
        return str(
            self.page.evaluate(
                "() => document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText"
            )
        ).strip()

    def column(self, table: str, number: int) -> list[str]:
        """The cells of a column, from the top; the first is 0."""
        rows = self.page.get_by_role("table", name=table, exact=True).locator("tbody tr")
        texts: list[str] = rows.evaluate_all(
            "(rows, number) => rows.map((row) => row.children[number].innerText)", number
        )
        return texts
