"""What a person does at the page: by keyboard alone, sorting, finding, saving, and leaving for a task run."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.browser.page_reader import Reader, wait_for_charts

pytestmark = pytest.mark.slow


def test_every_view_is_reached_by_keyboard(reader: Reader) -> None:
    reader.open("full")
    for name in ("Owners", "Health", "Hygiene", "Bill"):
        reader.tab_to(name)
        reader.page.keyboard.press("Enter")
        reader.see_shown(name)


def test_the_first_stop_of_the_keyboard_skips_to_the_figures(reader: Reader) -> None:
    reader.open("full")
    reader.page.keyboard.press("Tab")
    assert reader.focused() == "Skip to the figures"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("() => document.activeElement.id") == "view"


def test_owners_are_used_by_keyboard(reader: Reader) -> None:
    reader.open("full", "owners")
    reader.tab_to("Meter")
    reader.page.keyboard.press("ArrowDown")
    reader.tab_to("Owners are")
    reader.page.keyboard.press("End")
    reader.page.wait_for_url("**meter=service_connections&level=application")
    wait_for_charts(reader.page.main_frame)
    reader.tab_to("All figures of the chart")
    reader.page.keyboard.press("Enter")
    figures = "Service connections by application, the last day: all figures"
    assert len(reader.column(figures, 0)) == 21
    reader.tab_to("Share")
    reader.page.keyboard.press("Enter")
    head = reader.page.get_by_role("columnheader", name="Share", exact=True).last
    assert head.get_attribute("aria-sort") == "descending"
    reader.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert reader.column("All owners", 2)[0] == "app-13"
    assert reader.focused() == "Share"


def test_the_calendar_is_one_stop_and_arrows_move_in_it(reader: Reader) -> None:
    reader.open("full", "health")
    reader.tab_to("Earlier")
    reader.page.keyboard.press("Enter")
    assert reader.page.get_by_label("Month", exact=True).input_value() == "2026-10"
    reader.page.get_by_role("button", name="Later").press("Enter")
    reader.tab_to("Tables by day, November 2026")
    reader.page.keyboard.press("Tab")
    detail = reader.page.locator(".detail")
    assert detail.inner_text() == "clientside_mau, 30 Nov 2026: not to be loaded"
    for key, told in (
        ("Home", "clientside_mau, 1 Nov 2026: written"),
        ("ArrowRight", "clientside_mau, 2 Nov 2026: written"),
        ("ArrowRight", "clientside_mau, 3 Nov 2026: restated twice"),
        ("ArrowDown", "mau_by_project, 3 Nov 2026: restated twice"),
        ("ArrowLeft", "mau_by_project, 2 Nov 2026: written"),
    ):
        reader.page.keyboard.press(key)
        assert detail.inner_text() == told
    reader.page.keyboard.press("Tab")
    assert reader.focused() == "Find", "one more tab leaves the calendar"


def test_each_state_of_a_day_has_a_letter(reader: Reader) -> None:
    reader.open("full", "health")
    shown = reader.page.locator(".calendar .state")
    pairs = shown.evaluate_all("days => days.map((day) => [day.className, day.firstChild.textContent])")
    assert set(map(tuple, pairs)) == {
        ("state written", "W"),
        ("state restated", "R"),
        ("state empty", "E"),
        ("state missing", "M"),
        ("state late", "L"),
        ("state outside", ""),
    }


def test_a_table_sorts_by_any_column(reader: Reader) -> None:
    reader.open("full", "owners")
    table = reader.page.get_by_role("table", name="All owners", exact=True)
    for number, head in enumerate(table.locator("thead button").all()):
        head.click()
        first = reader.column("All owners", number)
        head.click()
        other = reader.column("All owners", number)
        known = [cell for cell in first if not cell.startswith("–")]
        assert known == [cell for cell in other if not cell.startswith("–")][::-1]
        assert len(known) < 2 or first[len(known) :] == other[len(known) :], "what is not known comes last"
        assert table.locator("[aria-sort]").count() == 1


def test_words_narrow_a_table(reader: Reader) -> None:
    reader.open("full", "hygiene")
    find = reader.page.get_by_label("Find").last
    find.fill("growth thing-10")
    title = "Flags without an evaluation for 30 days"
    assert set(reader.column(title, 0)) == {"Growth"}
    find.fill("")
    reader.page.get_by_label("Project").last.select_option("Search")
    assert set(reader.column(title, 0)) == {"Search"}
    find.fill("nothing has this")
    assert reader.column(title, 0) == ["Nothing has these words."]


def test_a_long_table_shows_the_rest_when_asked(reader: Reader) -> None:
    reader.open("full", "hygiene")
    title = "Flags without an evaluation for 30 days"
    assert len(reader.column(title, 0)) == 200
    reader.page.get_by_role("button", name="Show all 260 rows").click()
    assert len(reader.column(title, 0)) == 260
    assert reader.focused() == title, "the keyboard does not start anew where the button was"


def test_a_very_long_table_does_not_hold_up_the_browser(reader: Reader) -> None:
    reader.open("many", "hygiene")
    title = "Flags without an evaluation for 30 days"
    reader.page.get_by_role("button", name="Show 2000 more of 2340 rows").click()
    assert len(reader.column(title, 0)) == 2200
    reader.page.get_by_role("button", name="Show all 2340 rows").click()
    assert len(reader.column(title, 0)) == 2340


def saved(reader: Reader, folder: Path) -> tuple[str, list[list[str]]]:
    with reader.page.expect_download() as found:
        reader.page.get_by_role("button", name="Download CSV").last.click()
    found.value.save_as(folder / "saved.csv")
    with (folder / "saved.csv").open(encoding="utf-8-sig", newline="") as file:
        return found.value.suggested_filename, list(csv.reader(file))


def test_owners_are_saved_as_csv_as_they_are_shown(reader: Reader, tmp_path: Path) -> None:
    reader.open("full", "owners")
    reader.page.get_by_label("Find").fill("s")
    reader.page.get_by_role("columnheader", name="Change", exact=True).get_by_role("button").click()
    name, (head, *rows) = saved(reader, tmp_path)
    assert name == "usage-clientside_mau-project-2026-11-21.csv"
    assert (head[:3], head[-2:]) == (["meter", "level", "project_id"], ["currency", "through"])
    shown = [cell.split()[0] for cell in reader.column("All owners", 0)]
    assert [row[head.index("project_name")].split()[0] or row[head.index("project_id")] for row in rows if row[4]] == [
        each for each in shown if each != "p5"
    ]
    assert float(rows[0][head.index("share")]) > 0


def test_a_spreadsheet_runs_no_name_of_the_csv(reader: Reader, tmp_path: Path) -> None:
    reader.open("hostile", "owners")
    _, rows = saved(reader, tmp_path)
    cells = {cell for row in rows for cell in row}
    assert {'\'=HYPERLINK("//evil")', "team;'=1+1", "'＝1+1"} <= cells
    assert [cell for cell in cells if re.search("(^|[;\t\r\n]) *[=+@＝]", cell)] == []


def test_a_load_leads_to_its_task_run_in_airflows_window(reader: Reader) -> None:
    reader.page.route("**/dags/**", lambda route: route.fulfill(body="the task run", content_type="text/plain"))
    frame = reader.open_framed("full", "health")
    frame.get_by_role("link", name="ldusage daily / usage [5], try 2").first.click()
    reader.page.get_by_text("the task run").wait_for()
    path = (
        "/full/dags/ldusage%20daily/runs/scheduled__2026-11-21T06%3A00%3A00%2B00%3A00/tasks/usage/mapped/5?try_number=2"
    )
    assert reader.page.url.endswith(path)


def test_days_of_a_load_end_with_the_last_one(reader: Reader) -> None:
    reader.open("full", "health")
    assert reader.column("The last loads", 2)[0] == "19 Nov to 21 Nov"
    assert reader.column("The last loads", 4)[0] == "20 Nov to 21 Nov"


def test_a_meter_of_the_address_is_shown_at_once(reader: Reader) -> None:
    reader.open("full", "bill", "&meter=service_connections")
    assert reader.page.get_by_label("Meter", exact=True).input_value() == "service_connections"
    reader.page.get_by_label("Meter", exact=True).select_option("ai_runs")
    reader.page.wait_for_url("**meter=ai_runs")
    wait_for_charts(reader.page.main_frame)
    assert reader.column("AI runs day by day, November 2026", 0)[0] == "21 Nov"
