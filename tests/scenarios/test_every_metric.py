"""Every metric, loaded under every reading of what LaunchDarkly's documentation leaves open, equals the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.lake.parquet import COMPRESSIONS
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Simulator, Switches
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import NOW, YESTERDAY, Loader
from tests.support import LOADS, SNAPSHOTS, Load, columns_of, expected_rows, stored_rows, without_zeros

pytestmark = pytest.mark.slow

UNSTATED = ("evaluations", "events", "mau", "mau_by_category", "streams", "streams_by_sdk_version")

READINGS: dict[str, dict[str, Any]] = {
    "as documented": {},
    "seconds are a slip": {"seconds_documented": "milliseconds"},
    "seconds are a slip, and a wrong unit answers empty": {"seconds_documented": "milliseconds", "wrong_unit": "empty"},
    "units that are not stated are seconds": {"unstated_unit": "seconds"},
    "a wrong unit answers empty": {"wrong_unit": "empty"},
    "to is inclusive": {"to_bound": "inclusive"},
    "absent points are zeros": {"absent_points": "zero"},
    "evaluations by age": {"evaluations_granularity": "by_age"},
    "streams by length": {"streams_granularity": "by_length"},
    "figures are final at once": {"settle_days": 0},
    "month to date restarts at from": {"month_to_date_from": "requested_from"},
    "month to date has gaps": {"month_to_date_gaps": "absent"},
    "the running day is zero": {"partial_day": "zero"},
    "incremental uniques are new in the month": {"incremental_uniques": "new_in_month"},
    "contexts split by kind when ungrouped only": {"context_kind_split": "ungrouped_only"},
    "contexts never split by kind": {"context_kind_split": "never"},
    "rare variations are listed": {"other_variations": "listed"},
    "data through is unavailable": {"data_through_lag_hours": None},
    "every destination can be viewed": {"destinations_viewable": "all"},
    "no destination can be viewed": {"destinations_viewable": "none"},
    "ungrouped series are described": {"ungrouped_metadata": "described"},
    "anonymousV2 is called anonymous": {"anonymous_key": "anonymous", "anonymous_value": "boolean"},
    "missing dimensions are empty strings": {"missing_dimension": "empty"},
    "events are described by type": {"events_metadata": "type"},
    "events are described by key": {"events_metadata": "key"},
    "categories are called key": {"bycategory_metadata": "key"},
    "mau names dimensions as the newer endpoints do": {"mau_metadata": "as_newer"},
    "series are sorted": {"series_order": "sorted"},
    "no total of evaluations": {"total_evaluations": "absent"},
    "the forecast covers what remains": {"projected_series": "remaining_days"},
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW) as sim:
        yield sim


def load_it(
    sim: Simulator, what: Load, window: Window, lake: Path, units: dict[str, str] | None = None, **options: Any
) -> Any:
    return Loader(sim, lake).load(
        RunWindow.of_days(window),
        query=UsageQuery.build(what.metric, **what.arguments),
        extra={"time_units": units or {}},
        options=LoadOptions(lookback=3, **options),
    )


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_older_engines_know_every_encoding_of_every_metric(
    compression: str, simulator: Simulator, tmp_path: Path
) -> None:
    """Those of Parquet's first format, in forecasts too; and no codec but the one that was asked for."""
    simulator.switches = Switches()
    for what in LOADS:
        load_it(simulator, what, YESTERDAY, tmp_path / what.metric, compression=compression)
    files = {path: pq.read_metadata(path) for path in tmp_path.rglob("*.parquet")}
    chunks = [
        (str(path), group.column(number))
        for path, file in files.items()
        for group in map(file.row_group, range(file.num_row_groups))
        for number in range(file.num_columns)
    ]
    assert any("_projected" in path for path, _ in chunks)
    for path, chunk in chunks:
        assert set(chunk.encodings) <= {"PLAIN", "RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}, path
        assert chunk.compression == compression.upper(), path


def test_a_forecast_has_the_compression_of_its_table_and_keeps_it(simulator: Simulator, tmp_path: Path) -> None:
    simulator.switches = Switches()
    what = next(what for what in LOADS if what.metric == "service_connections")
    load_it(simulator, what, YESTERDAY, tmp_path, compression="snappy")
    load_it(simulator, what, YESTERDAY, tmp_path)
    described = [json.loads((tmp_path / "_ldusage" / f"{name}.json").read_text()) for name in ("t", "t_projected")]
    assert [table["compression"] for table in described] == ["snappy", "snappy"]
    (tmp_path / "_ldusage" / "t.json").unlink()
    load_it(simulator, what, YESTERDAY, tmp_path, compression="zstd")
    assert json.loads((tmp_path / "_ldusage" / "t_projected.json").read_text()) == described[1]


def test_the_list_of_loads_has_every_metric() -> None:
    assert {what.metric for what in LOADS} == set(METRICS)


@pytest.mark.parametrize("reading", READINGS)
def test_every_metric_equals_the_truth(reading: str, simulator: Simulator, tmp_path: Path) -> None:
    simulator.switches = Switches(**READINGS[reading])
    units = dict.fromkeys(UNSTATED, "s") if READINGS[reading].get("unstated_unit") else {}
    for what in LOADS:
        lake = tmp_path / what.metric
        report = load_it(simulator, what, YESTERDAY, lake, units)
        start, end = YESTERDAY.start - timedelta(days=3), YESTERDAY.end
        if what.metric not in SNAPSHOTS:
            assert report.window == Window(start, end), what
        stored, truth = stored_rows(lake / "t"), expected_rows(simulator, what, start, end, columns_of(lake, "t"))
        if READINGS[reading].get("absent_points") == "zero":
            stored, truth = without_zeros(stored), without_zeros(truth)
        assert stored == truth, f"{what}: {list((stored - truth).items())[:3]} != {list((truth - stored).items())[:3]}"
        assert report.rows == stored.total() or READINGS[reading].get("absent_points"), what
        assert stored.total() > 0, f"{what}: nothing to compare"


@pytest.mark.parametrize("what", [what for what in LOADS if METRICS[what.metric].is_series], ids=str)
def test_a_backfill_of_a_past_month_equals_the_truth(what: Load, simulator: Simulator, tmp_path: Path) -> None:
    simulator.switches = Switches()
    window = Window(date(2026, 8, 20), date(2026, 9, 10))
    report = load_it(simulator, what, window, tmp_path)
    assert report.window == window
    assert stored_rows(tmp_path / "t") == expected_rows(
        simulator, what, window.start, window.end, columns_of(tmp_path, "t")
    )


@pytest.mark.parametrize("metric", ["ai_runs", "clientside_mau", "observability_errors", "service_connections"])
def test_days_of_another_time_zone_are_refused_and_nothing_is_written(
    metric: str, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.switches = Switches(default_timezone="America/New_York")
    (what,) = [what for what in LOADS if what.metric == metric]
    with pytest.raises(AnswerError, match="another time zone"):
        load_it(simulator, what, YESTERDAY, tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_metrics_that_take_a_time_zone_are_asked_for_utc_days(simulator: Simulator, tmp_path: Path) -> None:
    simulator.switches = Switches(default_timezone="America/New_York")
    (what,) = [what for what in LOADS if what.metric == "streams_by_sdk_version"]
    load_it(simulator, what, YESTERDAY, tmp_path)
    simulator.switches = Switches()
    start, end = YESTERDAY.start - timedelta(days=3), YESTERDAY.end
    assert stored_rows(tmp_path / "t") == expected_rows(simulator, what, start, end, columns_of(tmp_path, "t"))
