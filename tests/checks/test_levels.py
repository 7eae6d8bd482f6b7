"""What a check does when it finds something: off, warn or fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.checks import CHECKS
from airflow_provider_ldusage.checks.levels import check_levels
from airflow_provider_ldusage.checks.series_numbers import SeriesNumbers
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import UsageQuery


def test_every_check_warns_unless_told_otherwise() -> None:
    assert check_levels(None) == check_levels({}) == dict.fromkeys(CHECKS, "warn")
    assert check_levels({"gaps": "off"}) == {**dict.fromkeys(CHECKS, "warn"), "gaps": "off"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"gap": "warn"}, r"'gap' is not allowed. Did you mean 'gaps'\? Allowed: gaps, falling, groups"),
        ({"gaps": "error"}, r"\['gaps'\]='error' is not allowed. Allowed: off, warn, fail"),
        ({"gaps": None}, r"Allowed: off, warn, fail"),
        ({"gaps": True}, r"Allowed: off, warn, fail"),
        ({"gaps": ["warn"]}, r"Allowed: off, warn, fail"),
        ("warn", r"must be a dict"),
        (["gaps"], r"must be a dict"),
    ],
)
def test_an_unknown_check_or_level_is_refused_with_what_is_allowed(wrong: Any, named: str) -> None:
    with pytest.raises(UsageArgumentError, match=named):
        LoadOptions(checks=wrong)


def test_each_check_runs_where_it_means_something(tmp_path: Path) -> None:
    store = open_store(LocalFileSystem(), str(tmp_path), tmp_path.as_uri())
    query = UsageQuery.build("ai_runs")
    target = TableSlice(store, Table.of("t", query, {"id": "a", "host": "h"}), {})

    def of(metric: str, **arguments: Any) -> list[str]:
        query = UsageQuery.build(metric, **arguments)
        return [name for name, check in CHECKS.items() if check(query, SeriesNumbers(), target).applies()]

    assert of("projects") == []
    assert of("mau_sdks") == ["gaps"]
    assert of("clientside_mau", group_by=["projectId"]) == ["falling"]
    assert of("clientside_mau", aggregation_type="rolling_30d") == ["gaps"]
    assert of("ai_runs") == ["gaps"]
    assert of("ai_runs", group_by=["sdkName"]) == ["gaps", "groups"]
    assert of("ai_runs", group_by=["sdkName"], aggregation_type="month_to_date") == ["falling", "groups"]
