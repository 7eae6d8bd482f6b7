"""The cells: which combinations of dimensions have usage."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow_provider_ldusage.testing import Simulator
from airflow_provider_ldusage.testing.account.sample import build_account
from tests.testing.model_rows import ask, table


def test_some_usage_is_sparse_and_lacks_dimensions(model: Simulator) -> None:
    found = ask(
        model,
        "service-connections",
        date(2026, 9, 1),
        date(2026, 10, 1),
        group_by=["projectId", "environmentId", "sdkName", "sdkVersion", "sdkAppId", "relayVersion"],
        aggregation_type="incremental",
    )
    per_series: dict[Any, int] = {}
    for _, group in table(found):
        per_series[group] = per_series.get(group, 0) + 1
    assert min(per_series.values()) < 30 == max(per_series.values())
    assert any("sdkAppId" not in row for row in found)
    assert {"Unknown"} < {row.get("sdkAppId") for row in found}
    assert 0 < sum("relayVersion" in row for row in found) < len(found) / 2
    known = {
        one.id
        for project in build_account(model.account_id).current_projects
        for one in project.environments
        if not one.deleted
    }
    assert {row["environmentId"] for row in found} - known, "a deleted environment still has usage"
