"""The data-quality checks: what they find, what they leave alone, and that none of them costs the data."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_ldusage.checks import gaps, quality
from airflow_provider_ldusage.engine.plan import LoadOptions
from airflow_provider_ldusage.exceptions import QualityError, UsageArgumentError
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.testing import Switches
from tests.loading import Loader, answer, but, decoded, every_day, gaps_in, warnings

ALL_FAIL = {"gaps": "fail", "falling": "fail", "groups": "fail"}
ONLY_FALLING = {"gaps": "off", "falling": "fail", "groups": "off"}
ONLY_GAPS = {"gaps": "fail", "falling": "off", "groups": "off"}
MAU = {"metric": "clientside_mau", "table": "t"}


@pytest.fixture(autouse=True)
def one_day_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short histories are enough here; :mod:`test_gaps` has long ones."""
    monkeypatch.setattr(gaps, "EVIDENCE", 1)


# --- levels


def test_every_check_warns_unless_told_otherwise() -> None:
    assert quality.check_levels(None) == quality.check_levels({}) == dict.fromkeys(quality.CHECKS, "warn")
    assert quality.check_levels({"gaps": "off"}) == {"gaps": "off", "falling": "warn", "groups": "warn"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"gap": "warn"}, r"'gap' is no check. Allowed: gaps, falling, groups"),
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


def test_each_check_runs_where_it_means_something() -> None:
    def of(metric: str, **arguments: Any) -> list[str]:
        query = UsageQuery.build(metric, **arguments)
        return [name for name in quality.CHECKS if quality.applies(name, query)]

    assert of("projects") == []
    assert of("mau_sdks") == ["gaps"]
    assert of("clientside_mau", group_by=["projectId"]) == ["falling"]
    assert of("clientside_mau", aggregation_type="rolling_30d") == ["gaps"]
    assert of("ai_runs") == ["gaps"]
    assert of("ai_runs", group_by=["sdkName"]) == ["gaps", "groups"]
    assert of("ai_runs", group_by=["sdkName"], aggregation_type="month_to_date") == ["falling", "groups"]


# --- gaps


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


def test_a_series_that_is_absent_for_up_to_three_days_is_a_gap_on_each_of_them() -> None:
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
        "table t has no rows on 5 days, 2026-11-03, 2026-11-05 to 2026-11-06 and 1 ranges more, and had some "
    )


def test_days_asked_for_too_early_are_missing_only_before_days_with_rows() -> None:
    some = but(every_day("2026-11-01", "2026-11-08"), "2026-11-03")
    days = decoded({"a": some}, date(2026, 11, 1), date(2026, 11, 10))
    presence = gaps.Presence(days, lambda day: quality.loaded(days[day]), lambda day: None)
    assert gaps.find(presence, list(days), series=True, early=list(days)).days == [date(2026, 11, 3)]


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
    with pytest.raises(QualityError, match="has no rows on 1 days, 2026-11-10, and"):
        loader(metric="mau_sdks", checks=ONLY_GAPS)


def test_items_of_a_list_that_come_and_go_are_no_gap(loader: Loader) -> None:
    for sdks in (["Go", "Ruby"], ["Go"], ["Go", "Ruby"], ["Go"]):
        loader.answers({"sdks": sdks}, "mau/sdks")
    assert loader(metric="mau_sdks", checks=ONLY_GAPS).rows == 6


# --- falling


def test_a_month_to_date_figure_that_falls_is_named_with_what_it_fell_from() -> None:
    figures = {"2026-11-01": 5, "2026-11-02": 1200, "2026-11-03": 80, "2026-11-04": 90}
    days = decoded({"a": figures, "b": every_day("2026-11-01", "2026-11-04")}, date(2026, 11, 1), date(2026, 11, 4))
    (finding,) = quality.falling("t", days)
    assert "of 1 series of table t falls on 2026-11-03: " in finding
    assert "{project_id=a} from 1,200 (2026-11-02) to 80 (2026-11-03)" in finding


def test_a_month_that_begins_anew_is_no_fall() -> None:
    figures = {"2026-10-30": 900, "2026-10-31": 1000, "2026-11-01": 5, "2026-11-02": 6}
    assert quality.falling("t", decoded({"a": figures}, date(2026, 10, 30), date(2026, 11, 2))) == []


def test_a_fall_is_seen_across_days_without_a_figure() -> None:
    figures = {"2026-11-02": 10, "2026-11-05": 9}
    assert len(quality.falling("t", decoded({"a": figures}, date(2026, 11, 1), date(2026, 11, 6)))) == 1


def test_hours_of_a_day_are_compared_too() -> None:
    figures = {"2026-11-02T05:00": 10, "2026-11-02T06:00": 12, "2026-11-02T07:00": 11}
    days = decoded(
        {"a": figures}, date(2026, 11, 1), date(2026, 11, 3), metric="experimentation_keys",
        aggregation_type="month_to_date", granularity="hourly",
    )  # fmt: skip
    (finding,) = quality.falling("t", days)
    assert "from 12 (2026-11-02 06:00) to 11 (2026-11-02 07:00)" in finding


def test_noise_in_the_last_digits_of_a_float_is_no_fall() -> None:
    def falls(figure: float) -> bool:
        figures = {"2026-11-01": 1439.5, "2026-11-02": figure}
        days = decoded({"a": figures}, date(2026, 11, 1), date(2026, 11, 2), metric="service_connections")
        return bool(quality.falling("t", days))

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


def test_the_open_day_is_not_judged(loader: Loader) -> None:
    loader.simulator.switches = Switches(partial_day="zero")
    report = loader("2026-11-09", "2026-11-12", include_open_day=True, checks=ALL_FAIL, **MAU)
    assert date(2026, 11, 12) in [*report.commit.days("written")]


# --- what a finding does


def test_fail_stores_the_data_and_then_fails(loader: Loader) -> None:
    whole = every_day("2026-11-08", "2026-11-11")
    loader.answers(answer({"a": but(whole, "2026-11-10"), "b": whole}), "ai-runs")
    with pytest.raises(QualityError, match="The data is stored") as caught:
        loader(metric="ai_runs", group_by=["projectId"], table="t", checks={"gaps": "fail"})
    assert not caught.value.permanent
    assert "gaps: 1 series of table t have no figure on 2026-11-10" in str(caught.value)
    assert len([name for name in loader.everything() if name.startswith("t/")]) == 4


def test_warn_stores_the_same_bytes_and_says_the_same_in_the_log(
    loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    whole = every_day("2026-11-08", "2026-11-11")
    lakes = []
    for level in ("off", "warn"):
        loader.answers(answer({"a": but(whole, "2026-11-10"), "b": whole}), "ai-runs")
        loader(metric="ai_runs", group_by=["projectId"], table="t", checks={"gaps": level})
        lakes.append(loader.everything())
        (said, expected) = (warnings(caplog), level == "warn")
        assert len(said) == expected
    assert lakes[0] == lakes[1]
    assert said[0].startswith("Check gaps: 1 series of table t have no figure on 2026-11-10")


def test_all_findings_are_told_before_the_first_fails(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    whole = but(every_day("2026-11-02", "2026-11-11"), "2026-11-05")
    loader.answers(answer({"a": but(whole, "2026-11-08"), "b": whole}), "ai-runs")
    with pytest.raises(QualityError, match=r"gaps: .* no rows .*; gaps: 1 series "):
        loader("2026-11-02", "2026-11-11", metric="ai_runs", group_by=["projectId"], checks={"gaps": "fail"})
    levels = [record.levelname for record in caplog.records if record.getMessage().startswith("Check ")]
    assert levels == ["ERROR", "ERROR"]


def test_no_check_asks_launchdarkly(loader: Loader) -> None:
    asked = []
    for level in ("off", "warn"):
        loader.simulator.clear_requests()
        loader("2026-11-02", "2026-11-11", checks=dict.fromkeys(quality.CHECKS, level), group_by=["sdkName"],
               metric="service_connections", aggregation_type="month_to_date")  # fmt: skip
        asked.append([(request.path, request.query) for request in loader.simulator.requests])
    assert asked[0] == asked[1]


def test_a_skipped_load_has_nothing_to_check(loader: Loader) -> None:
    assert loader("2026-11-12", "2026-11-12", checks=ALL_FAIL, metric="ai_runs").skipped
