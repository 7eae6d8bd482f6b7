"""A lake with a report whose billing periods begin on the 15th, and what its views show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.insight.lakes import ReportLake

BILLING_DAY = 15


@dataclass(frozen=True)
class Viewed:
    """A lake with a report."""

    lake: ReportLake

    def view(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.lake.folder / "_ldusage" / "report" / f"{name}.json").read_text())
        return found


@pytest.fixture(scope="session")
def viewed(loaded: ReportLake, tmp_path_factory: pytest.TempPathFactory) -> Viewed:
    lake = loaded.copy(tmp_path_factory.mktemp("viewed") / "lake")
    lake.report(billing_day=BILLING_DAY)
    return Viewed(lake)
