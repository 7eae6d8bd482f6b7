"""docs/metrics.md is the catalogue."""

from __future__ import annotations

from scripts.metrics_tables import with_tables
from tests.docs.pages import PAGES


def test_the_metrics_page_is_the_catalogue() -> None:
    assert with_tables(PAGES["metrics.md"]) == PAGES["metrics.md"], "run: python scripts/metrics_tables.py"
