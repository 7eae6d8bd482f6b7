"""The page's four views with made-up figures: drawn, read, and safe."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from playwright.sync_api import Browser, Page

from tests.browser.page_reader import CHARTS, TITLES, Reader, faults, wait_for_charts, weight
from tests.browser.page_server import STATIC
from tests.browser.visitor import SIZE

pytestmark = pytest.mark.slow

SPECS = sorted((STATIC / "specs").glob("*.json"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", TITLES)
def test_a_view_is_drawn_and_keeps_nobody_out(reader: Reader, view: str, theme: str) -> None:
    reader.page.emulate_media(color_scheme=theme)
    reader.open("full", view)
    assert reader.page.locator(".canvas svg").count() == CHARTS[view]
    assert reader.page.title() == f"{TITLES[view]} – LaunchDarkly usage"
    assert reader.page.locator("nav [aria-current=page]").inner_text() == TITLES[view]
    assert faults(reader.page.main_frame) == []


@pytest.mark.parametrize("view", TITLES)
def test_a_view_fits_its_window(reader: Reader, view: str) -> None:
    for width in (390, 1000, 1600):
        reader.page.set_viewport_size({"width": width, "height": 800})
        reader.open("full", view)
        assert reader.page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("view", TITLES)
def test_what_a_view_weighs(reader: Reader, view: str, capsys: pytest.CaptureFixture[str]) -> None:
    reader.open("full", view)
    weights, told = weight(reader.page.main_frame, view)
    with capsys.disabled():
        print(told)
    assert weights["page"] < 100_000
    assert (weights["libraries"] > 0) == (CHARTS[view] > 0), "what draws charts is loaded where charts are"


def test_a_chart_stands_beside_its_figures(reader: Reader) -> None:
    for view in ("bill", "owners"):
        reader.open("full", view)
        for pair in reader.page.locator(".beside").all():
            assert pair.locator(".canvas[role=img][aria-label]").count() == 1
            assert pair.locator("table tbody tr").count() >= 9


def test_the_bill_says_in_words_where_each_meter_stands(reader: Reader) -> None:
    reader.open("full")
    cards = {card.locator("h3").inner_text(): card.inner_text() for card in reader.page.locator("article").all()}
    assert list(cards)[:2] == ["Experimentation keys", "Client-side MAU"], "the urgent ones come first"
    assert "Plan passed on 18 Nov" in cards["Experimentation keys"]
    assert "Plan passed on 27 Nov (expected)" in cards["Client-side MAU"]
    for text in ("83,837 contexts to date", "Expected by 30 Nov", "106,780 to 119,144", "100,000 (83.8 % used)"):
        assert text in cards["Client-side MAU"], text
    assert "No plan given" in cards["AI runs"]
    assert "At 60% of the plan or more." in cards["Service connections"]
    assert "Days are missing, so the figure to date is too low." in cards["AI runs"]
    assert "Beyond the plan: USD 11.45 to date, USD 145.89 expected by the end of the periods." in (
        reader.page.locator(".totals").inner_text()
    )


def test_names_from_the_usage_are_text_and_nothing_else(reader: Reader) -> None:
    for view in TITLES:
        reader.open("hostile", view)
        assert reader.page.locator("main img, main script, main a[href^='javascript:' i]").count() == 0
    reader.open("hostile", "owners")
    assert "<img src=x onerror=alert(1)>" in reader.column("All owners", 0)[0]
    reader.page.locator(".canvas svg").first.hover(position={"x": 300, "y": 250})
    reader.page.locator(".vg-tooltip.visible").wait_for()
    assert reader.page.locator(".vg-tooltip :is(img, script, a)").count() == 0


@pytest.mark.parametrize("view", TITLES)
@pytest.mark.parametrize("scene", ["odd", "unknown"])
def test_odd_names_and_absent_figures_are_shown(reader: Reader, scene: str, view: str) -> None:
    reader.open(scene, view)
    shown = reader.page.locator("body").inner_text()
    assert re.findall(r"\b(?:null|undefined|NaN|Infinity|\[object \w+\]|native code)\b", shown) == []
    widths = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, seen = reader.page.evaluate(widths)
    assert wide <= seen, "the page itself does not scroll sideways"
    tables = reader.page.locator(".scrolling").evaluate_all("each => each.map(({scrollWidth}) => scrollWidth)")
    assert max(tables) < 8000, "a name of 10,000 letters is broken into lines, or cut"


def test_a_name_from_right_to_left_turns_nothing_else_around(reader: Reader) -> None:
    reader.open("odd", "owners", "&meter=service_connections&level=application")
    reader.page.get_by_text("\u2068\u202eפרויקט\u2069 / ").first.wait_for(state="attached")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_days_are_the_same_in_every_time_zone(reader: Reader, browser: Browser, zone: str) -> None:
    def shown(page: Page) -> list[str]:
        page.goto(reader.address("full", "bill"))
        wait_for_charts(page.main_frame)
        page.locator("#state:text('Bill is shown.')").wait_for(state="attached")
        wait_for_charts(page.main_frame)
        return page.locator("main").all_inner_texts() + page.locator(".canvas text").all_text_contents()

    with closing(browser.new_context(viewport=SIZE, timezone_id=zone, locale="ar-EG")) as elsewhere:
        assert shown(elsewhere.new_page()) == shown(reader.page)


def test_the_theme_follows_airflows_while_the_page_is_open(reader: Reader) -> None:
    frame = reader.open_framed("full", "bill")
    for theme in ("light", "dark", "light"):
        reader.page.evaluate("theme => { document.documentElement.className = theme }", theme)
        frame.locator(f":root[data-theme={theme}]").wait_for()
        wait_for_charts(frame)
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    assert frame.evaluate(background) == "rgba(0, 0, 0, 0)", "Airflow's own shows through"


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_spec_is_valid_vega_lite(spec: Path) -> None:
    from altair.vegalite.v6.schema import core

    found = json.loads(spec.read_text())
    errors = Draft7Validator(core.load_schema()).iter_errors(found)
    assert [error.message for error in errors] == []
