"""The check ``gaps`` on short histories: what is a gap, what begins, ends or rests, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from airflow_provider_ldusage.checks import CHECKS, gaps
from airflow_provider_ldusage.exceptions import QualityError
from airflow_provider_ldusage.testing import Simulator
from tests.checks.support import gaps_in, presence_of
from tests.loading import NOW, Loader, but, decoded, every_day

pytestmark = pytest.mark.usefixtures("one_day_of_evidence")

ONLY_GAPS = {**dict.fromkeys(CHECKS, "off"), "gaps": "fail"}


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with Simulator(now=NOW) as simulator:
        yield Loader(simulator, tmp_path / "lake")


def test_a_series_that_is_absent_for_one_day_is_a_gap_and_named() -> None:
    whole = every_day("2026-11-01", "2026-11-08")
    days = decoded({"a": but(whole, "2026-11-04", "2026-11-06"), "b": whole}, date(2026, 11, 1), date(2026, 11, 8))
    (finding,) = gaps_in(days)
    assert "1 series of table t have no figure on 2026-11-04, 2026-11-06, and had one on each" in finding
    assert "{project_id=a} on 2026-11-04, 2026-11-06" in finding and "=b" not in finding


@pytest.mark.parametrize(
    "absent",
    [
        ("2026-11-01",),
        ("2026-11-08",),
        tuple(every_day("2026-11-03", "2026-11-06")),
        tuple(every_day("2026-11-01", "2026-11-05")),
    ],
)
def test_a_series_that_begins_ends_or_rests_is_no_gap(absent: tuple[str, ...]) -> None:
    whole = every_day("2026-11-01", "2026-11-08")
    days = decoded({"a": but(whole, *absent), "b": whole}, date(2026, 11, 1), date(2026, 11, 8))
    assert gaps_in(days) == []


def test_a_series_absent_for_up_to_three_days_is_a_gap_on_each_of_them() -> None:
    whole = every_day("2026-11-01", "2026-11-08")
    for last in ("2026-11-03", "2026-11-04", "2026-11-05"):
        absent = every_day("2026-11-03", last)
        (finding,) = gaps_in(decoded({"a": but(whole, *absent), "b": whole}, date(2026, 11, 1), date(2026, 11, 8)))
        assert finding.endswith("{project_id=a} on 2026-11-03" + (f" to {last}" if len(absent) > 1 else ""))


def test_days_without_any_rows_are_told_once_and_not_for_each_series() -> None:
    some = but(every_day("2026-11-01", "2026-11-08"), "2026-11-03", "2026-11-05", "2026-11-06")
    days = decoded({"a": some, "b": some}, date(2026, 10, 30), date(2026, 11, 10))
    (finding,) = gaps_in(days)
    assert finding.startswith(
        "table t has no rows on 5 days, 2026-11-03, 2026-11-05 to 2026-11-06 and 1 range more, and had some "
    )


def test_days_asked_for_too_early_are_missing_only_before_days_with_rows() -> None:
    some = but(every_day("2026-11-01", "2026-11-08"), "2026-11-03")
    days = decoded({"a": some}, date(2026, 11, 1), date(2026, 11, 10))
    found = gaps.find(presence_of(days), list(days), is_series=True, early=list(days))
    assert found.days == [date(2026, 11, 3)]


def test_of_many_series_some_are_named_and_the_others_counted() -> None:
    whole = every_day("2026-11-01", "2026-11-08")
    names = [f"p{number}" for number in range(12)]
    series = {**{name: but(whole, "2026-11-04") for name in names}, "z": whole}
    (finding,) = gaps_in(decoded(series, date(2026, 11, 1), date(2026, 11, 8)))
    named = finding.count("project_id=")
    assert "12 series" in finding and finding.endswith(f"; and {12 - named} more") and 1 <= named <= 5


def test_a_name_out_of_an_answer_cannot_break_the_log() -> None:
    whole = every_day("2026-11-01", "2026-11-03")
    series = {"x\nERROR forged" + "y" * 500: but(whole, "2026-11-02"), "b": whole}
    (finding,) = gaps_in(decoded(series, date(2026, 11, 1), date(2026, 11, 3)))
    assert "\n" not in finding and len(finding) < 300


def test_a_day_of_a_list_without_items_is_a_gap(loader: Loader) -> None:
    loader.answers({"sdks": ["Go"]}, "mau/sdks", times=2)
    loader.answers({"sdks": []}, "mau/sdks")
    with pytest.raises(QualityError, match="has no rows on 1 day, 2026-11-10, and"):
        loader(metric="mau_sdks", checks=ONLY_GAPS)


def test_items_of_a_list_that_come_and_go_are_no_gap(loader: Loader) -> None:
    for sdks in (["Go", "Ruby"], ["Go"], ["Go", "Ruby"], ["Go"]):
        loader.answers({"sdks": sdks}, "mau/sdks")
    assert loader(metric="mau_sdks", checks=ONLY_GAPS).rows == 6
