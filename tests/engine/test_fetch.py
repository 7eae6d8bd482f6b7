"""What is asked for, in which unit, and which refusals of LaunchDarkly stop a load."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import (
    DataExportIdentityError,
    ForbiddenError,
    NotFoundError,
)
from airflow_provider_ldusage.testing import Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import Loader, window
from tests.scenarios.runs import Runs, moment

FLAG = {"metric": "evaluations", "project_key": "default", "environment_key": "production"}


def test_every_flag_means_archived_ones_too(loader: Loader) -> None:
    loader.load(**FLAG)
    stored = {row["feature_flag_key"] for row in loader.rows()}
    assert {"old-banner", "page-size"} < stored


def test_a_listed_flag_that_is_gone_does_not_stop_the_others(loader: Loader) -> None:
    loader.simulator.fail(404, body={"code": "not_found", "message": "gone"}, path="/page-size")
    loader.load(**FLAG)
    assert "page-size" not in {row["feature_flag_key"] for row in loader.rows()}
    with pytest.raises(NotFoundError):
        loader.load(**{**FLAG, "environment_key": "nowhere"}, table="u")


def test_data_that_belongs_to_no_project_is_an_error_of_its_own(loader: Loader) -> None:
    loader.simulator.switches = Switches(data_export_identity="incomplete")
    with pytest.raises(DataExportIdentityError):
        loader.load(metric="data_export_project_ranking")
    usage = [request for request in loader.simulator.requests if "/usage/" in request.path]
    assert len(usage) == 1, "retrying does not help"


def test_a_metric_outside_the_plan_says_so(loader: Loader) -> None:
    loader.simulator.switches = Switches(not_in_plan=frozenset({"vega-ai"}))
    with pytest.raises(ForbiddenError, match="plan"):
        loader.load(metric="vega_ai")
    assert not loader.lake.exists()


def test_an_unknown_flag_says_so(loader: Loader) -> None:
    with pytest.raises(NotFoundError):
        loader.load(**FLAG, feature_flag_key="no-such-flag")


def test_an_empty_answer_in_a_doubtful_unit_is_asked_for_once_in_the_other(loader: Loader) -> None:
    loader.simulator.switches = Switches(lapsed_plan=frozenset({"vega-ai"}))
    loader.load(metric="vega_ai")
    asked = [request.values("from")[0] for request in loader.simulator.requests if "vega-ai" in request.path]
    assert [len(value) for value in asked] == [10, 13]


def test_a_unit_that_the_connection_states_is_not_doubted(loader: Loader) -> None:
    loader.simulator.switches = Switches(seconds_documented="milliseconds")
    loader.load(metric="vega_ai", extra={"time_units": {"vega_ai": "ms"}})
    asked = [request.values("from")[0] for request in loader.simulator.requests if "vega-ai" in request.path]
    assert [len(value) for value in asked] == [13]


@pytest.mark.parametrize("days", [1, 7, 365])
@pytest.mark.parametrize("absent_points", ["zero", "absent"])
def test_a_range_that_reads_as_days_of_1970_is_asked_for_in_the_other_unit(
    runs: Runs, days: int, absent_points: Any
) -> None:
    runs.simulator.switches = Switches(
        seconds_documented="milliseconds", wrong_unit="believed", absent_points=absent_points, settle_days=0
    )
    first = date(2026, 11, 12) - timedelta(days=days)
    named = RunWindow(window(first.isoformat(), "2026-11-11"), "the run's conf", named=True)
    report = runs.run(named, moment("11-12T03:00"), metric="vega_ai")
    assert report.rows > 0
    asked = [len(request.values("from")[0]) for request in runs.simulator.requests if "vega-ai" in request.path]
    assert asked == [10, 13]
