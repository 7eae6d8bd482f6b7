"""The check ``falling``: month-to-date figures that fall, and what is no fall."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.exceptions import QualityError
from airflow_provider_ldusage.testing import Simulator, Switches
from tests.checks.support import falls_in
from tests.loading import NOW, Loader, answer, decoded, every_day

ALL_FAIL = {"gaps": "fail", "falling": "fail", "groups": "fail"}
ONLY_FALLING = {"gaps": "off", "falling": "fail", "groups": "off"}
MAU = {"metric": "clientside_mau", "table": "t"}


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


def test_a_month_to_date_figure_that_falls_is_named_with_what_it_fell_from() -> None:
    figures = {"2026-11-01": 5, "2026-11-02": 1200, "2026-11-03": 80, "2026-11-04": 90}
    days = decoded({"a": figures, "b": every_day("2026-11-01", "2026-11-04")}, date(2026, 11, 1), date(2026, 11, 4))
    (finding,) = falls_in(days)
    assert "of 1 series of table t falls on 2026-11-03: " in finding
    assert "{project_id=a} from 1,200 (2026-11-02) to 80 (2026-11-03)" in finding


def test_a_month_that_begins_anew_is_no_fall() -> None:
    figures = {"2026-10-30": 900, "2026-10-31": 1000, "2026-11-01": 5, "2026-11-02": 6}
    assert falls_in(decoded({"a": figures}, date(2026, 10, 30), date(2026, 11, 2))) == []


def test_a_fall_is_seen_across_days_without_a_figure() -> None:
    figures = {"2026-11-02": 10, "2026-11-05": 9}
    assert len(falls_in(decoded({"a": figures}, date(2026, 11, 1), date(2026, 11, 6)))) == 1


def test_hours_of_a_day_are_compared_too() -> None:
    figures = {"2026-11-02T05:00": 10, "2026-11-02T06:00": 12, "2026-11-02T07:00": 11}
    days = decoded(
        {"a": figures}, date(2026, 11, 1), date(2026, 11, 3), metric="experimentation_keys",
        aggregation_type="month_to_date", granularity="hourly",
    )  # fmt: skip
    (finding,) = falls_in(days)
    assert "from 12 (2026-11-02 06:00) to 11 (2026-11-02 07:00)" in finding


def test_noise_in_the_last_digits_of_a_float_is_no_fall() -> None:
    def falls(figure: float) -> bool:
        figures = {"2026-11-01": 1439.5, "2026-11-02": figure}
        days = decoded({"a": figures}, date(2026, 11, 1), date(2026, 11, 2), metric="service_connections")
        return bool(falls_in(days))

    assert not falls(1439.5 - 1e-9)
    assert falls(1439.4)


def test_the_first_day_is_compared_with_the_stored_day_before_it(loader: Loader) -> None:
    loader("2026-11-01", "2026-11-09", **MAU)
    fallen = {"": {"2026-11-10": 1, "2026-11-11": 2}}
    loader.answers(answer(fallen), "clientside-mau")
    with pytest.raises(
        QualityError, match=r"of 1 series of table t falls on 2026-11-10: \{\} from [\d,]+ \(2026-11-09\) to 1 "
    ):
        loader("2026-11-10", "2026-11-11", checks=ONLY_FALLING, **MAU)


def test_of_a_stored_day_of_hours_the_last_one_is_compared_with(loader: Loader) -> None:
    keys = {"metric": "experimentation_keys", "granularity": "hourly", "group_by": ["projectId"], "table": "t"}
    loader.answers(answer({"a": {"2026-11-09T05:00": 10, "2026-11-09T06:00": 12}}), "experimentation-keys")
    loader("2026-11-09", "2026-11-09", **keys)
    loader.answers(answer({"a": {"2026-11-10T01:00": 11}}), "experimentation-keys")
    with pytest.raises(QualityError, match=r"from 12 \(2026-11-09 06:00\) to 11 \(2026-11-10 01:00\)"):
        loader("2026-11-10", "2026-11-10", checks=ONLY_FALLING, **keys)


def test_the_last_day_of_another_month_is_not_compared_with(loader: Loader) -> None:
    loader("2026-10-31", "2026-10-31", **MAU)
    assert loader("2026-11-01", "2026-11-02", checks=ONLY_FALLING, **MAU).rows == 2


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        None,
        b"",
        b"PAR1 not a file PAR1",
        parquet(other=[1]),
        parquet(time=["x"], value=["y"], extra=["z"]),
        parquet(time=pa.array([None], pa.timestamp("ms", "UTC")), value=[1], extra=["z"]),
    ],
    ids=["missing", "empty", "no Parquet", "other columns", "other types", "null"],
)
def test_a_stored_day_that_cannot_be_read_is_left_out(loader: Loader, damage: bytes | None) -> None:
    loader("2026-11-09", "2026-11-09", **MAU)
    path = loader.lake / "t" / "usage_date=2026-11-09" / "all.parquet"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert loader("2026-11-10", "2026-11-11", checks=ALL_FAIL, **MAU).rows == 2


def test_a_change_of_the_primary_context_kind_is_found(loader: Loader) -> None:
    """LaunchDarkly restates the current month when its primary kind changes: that is why this warns by default."""
    loader("2026-11-01", "2026-11-09", **MAU)
    loader.simulator.switches = Switches(primary_kind={"2026-11": "organization"})
    with pytest.raises(QualityError, match="falling"):
        loader("2026-11-10", "2026-11-11", checks=ONLY_FALLING, **MAU)
