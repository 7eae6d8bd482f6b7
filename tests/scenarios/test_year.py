"""A year is as few requests as LaunchDarkly takes: one for each 365 days, and the truth for all of that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.loading import NOW, Loader
from tests.support import EVALUATIONS, Load, columns_of, expected_rows, stored_rows

pytestmark = pytest.mark.slow

FLAGS = ["banner_text", "page-size"]
YEAR, LEAP_YEAR = ("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")
WITHIN_MONTHS = ("2025-09-15", "2026-09-14")  # 365 days

INCREMENTAL = Load("service_connections", "service-connections", ("sdkName",), aggregation_type="incremental")
MONTH_TO_DATE = Load("total_mau", "total-mau", ("projectId",), aggregation_type="month_to_date")
ROLLING = Load("observability_logs", "observability/logs", aggregation_type="rolling_30d")
CHOSEN_BY_THE_API = Load("streams", "streams/{source}", path={"source": "server"})
BY_FLAG = Load("evaluations", EVALUATIONS, path={
    "project_key": "default", "environment_key": "production", "feature_flag_key": FLAGS})  # fmt: skip
DAILY_LIST = Load("mau_sdks", "mau/sdks")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW) as started:
        yield started


@pytest.mark.parametrize(
    ("what", "days", "requests"),
    [
        (INCREMENTAL, YEAR, 1),
        (INCREMENTAL, LEAP_YEAR, 2),
        (INCREMENTAL, WITHIN_MONTHS, 1),
        (MONTH_TO_DATE, YEAR, 1),
        (MONTH_TO_DATE, LEAP_YEAR, 2),
        (MONTH_TO_DATE, WITHIN_MONTHS, 2),
        (ROLLING, YEAR, 1),
        (ROLLING, LEAP_YEAR, 2),
        (CHOSEN_BY_THE_API, YEAR, 1),
        (CHOSEN_BY_THE_API, LEAP_YEAR, 2),
        (BY_FLAG, YEAR, len(FLAGS)),
        (BY_FLAG, LEAP_YEAR, 2 * len(FLAGS)),
        (DAILY_LIST, YEAR, 365),
        (DAILY_LIST, LEAP_YEAR, 366),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_a_year_is_one_request_and_a_leap_year_two(
    simulator: Simulator, tmp_path: Path, what: Load, days: tuple[str, str], requests: int
) -> None:
    simulator.clear_requests()
    loader = Loader(simulator, tmp_path)
    report = loader(*days, metric=what.metric, table="t", **what.arguments)
    assert sum("/usage/" in request.path for request in simulator.requests) == requests
    first, last = map(date.fromisoformat, days)
    truth = expected_rows(simulator, what, first, last + timedelta(days=1), columns_of(tmp_path, "t"))
    assert stored_rows(tmp_path / "t") == truth
    assert report.rows == truth.total() >= (last - first).days

    stored = loader.everything()
    again = loader(*days, metric=what.metric, table="t", **what.arguments)
    assert {name for name, found in again.commit.lists().items() if found} <= {"unchanged", "empty"}
    assert loader.everything() == stored
