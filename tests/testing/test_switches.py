"""The switches themselves. Each has a test of its own in the module of what it changes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Switches


def test_every_switch_is_tested() -> None:
    modules = Path(__file__).parent.rglob("test_*.py")
    tested = {name for module in modules for name in re.findall(r"^def test_(\w+)\(", module.read_text(), re.MULTILINE)}
    assert not {one.name for one in dataclasses.fields(Switches)} - tested


def test_invalid_switches_are_refused() -> None:
    for wrong in (
        {"to_bound": "maybe"},
        {"settle_days": -1},
        {"settle_days": "3"},
        {"settle_days": True},
        {"rate_window": 0},
        {"data_through_frozen": "soon"},
        {"data_through_frozen": 5},
        {"colour": "red"},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Switches().but(**wrong)
    assert Switches().but_text(["settle_days=5", "to_bound=inclusive", "rate_limit=null", 'lapsed_plan=["mau"]']) == (
        Switches(settle_days=5, to_bound="inclusive", lapsed_plan=frozenset({"mau"}))
    )
    with pytest.raises(ValueError, match="name=value"):
        Switches().but_text(["settle_days"])
    assert Switches().but(**Switches(primary_kind={"2026-11": "device"}).as_json()).primary_kind["2026-11"] == "device"
