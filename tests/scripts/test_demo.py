"""The end of ``make demo``: the bill, from what the report has returned."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import demo

METER: dict[str, Any] = {
    "meter": "clientside_mau", "day": "2026-11-26", "to_date": 24_232, "forecast": [25_538.0, 26_054.4, 26_773.0],
    "included": 25_000.0, "cost_forecast": 8.784, "currency": "USD", "verdict": "expected to pass the plan",
}  # fmt: skip


def test_a_line_has_the_figures_for_people() -> None:
    assert demo.bill_line(METER) == (
        "clientside_mau", "24,232", "26,054", "25,000", "8.78 USD", "expected to pass the plan",
    )  # fmt: skip
    few = {"to_date": 148.4847, "forecast": [165.3, 171.5297, 171.53], "included": 150.0, "cost_forecast": 215.297}
    assert demo.bill_line({**METER, **few})[1:5] == ("148.48", "171.53", "150.00", "215.30 USD")
    unknown = {"to_date": None, "forecast": [None] * 3, "included": None, "cost_forecast": None}
    assert demo.bill_line({**METER, **unknown, "verdict": "no plan"})[1:] == ("", "", "", "", "no plan")


def test_the_bill_shows_the_last_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    other = {**METER, "meter": "vega_ai", "included": None}
    reports = [("report", {"meters": [{**METER, "to_date": 1}]}), ("report", {"meters": [METER, *[other] * 5]})]
    monkeypatch.setattr(demo, "returned", lambda since: [*reports, ("dimensions.projects", {"days": {}})])
    with demo.console.capture() as shown:
        demo.show_bill()
    text = shown.get()
    assert "The bill, by the report of 2026-11-26" in text
    assert "24,232" in text and "clientside_mau" in text and "vega_ai" not in text
    assert "Beyond the plan, which is made up: 52.70 USD expected" in text and "5 meters without a plan" in text
    monkeypatch.setattr(demo, "returned", lambda since: [])
    demo.show_bill()
