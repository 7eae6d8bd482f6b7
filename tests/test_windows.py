"""Which days a run loads: one test for each way in which Airflow 3.3.2 starts runs, and the refusals.

The context values, and the keys left out, are those of a real scheduler and API at 2026-11-22 23:40 UTC.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_ldusage.chunks import widen
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.windows import resolve_window

NOW = datetime(2026, 11, 22, 23, 40, 15, tzinfo=timezone.utc)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc)


def nov(first: int, end: int) -> Window:
    return Window(date(2026, 11, first), date(2026, 11, end))


def interval(start: datetime, end: datetime, logical_date: datetime, run_after: datetime = NOW) -> dict[str, Any]:
    return {
        "data_interval_start": start,
        "data_interval_end": end,
        "logical_date": logical_date,
        "run_after": run_after,
    }


RUNS: dict[str, tuple[dict[str, Any], Window]] = {
    "scheduled @daily has an empty interval": (interval(utc(22), utc(22), utc(22), utc(22)), nov(21, 22)),
    "scheduled CronDataIntervalTimetable": (interval(utc(21), utc(22), utc(21), utc(22)), nov(21, 22)),
    "scheduled CronTriggerTimetable(interval=1d)": (interval(utc(21), utc(22), utc(21), utc(22)), nov(21, 22)),
    "scheduled timedelta(days=1)": (interval(NOW, NOW, NOW), nov(21, 22)),
    "scheduled CronPartitionTimetable, key %Y-%m-%d": (
        {"partition_key": "2026-11-21", "partition_date": utc(21), "run_after": utc(22)},
        nov(21, 22),
    ),
    "scheduled CronPartitionTimetable, default key format": (
        {"partition_key": "2026-11-21T00:00:00", "partition_date": utc(21), "run_after": utc(22)},
        nov(21, 22),
    ),
    "CLI trigger, or API with logical_date null": ({"run_after": NOW, "partition_key": None, "conf": {}}, nov(21, 22)),
    "API with logical_date on @daily": (interval(utc(20), utc(20), utc(20)), nov(19, 20)),
    "API with an explicit interval": (interval(utc(3), utc(9), utc(20)), nov(3, 9)),
    "dag.test(logical_date) on a data-interval timetable": (interval(utc(19), utc(20), utc(20)), nov(19, 20)),
    "asset-triggered": ({"run_after": NOW, "partition_key": None, "partition_date": None}, nov(21, 22)),
    "asset-triggered by a daily partition": (
        {"partition_key": "2026-11-20", "partition_date": utc(20), "run_after": NOW},
        nov(20, 21),
    ),
    "UI form, logical_date = now, @daily": (interval(NOW, NOW, NOW), nov(21, 22)),
    "UI form, logical_date = now, data-interval timetable": (interval(utc(21), utc(22), NOW), nov(21, 22)),
    "run with conf": (
        {**interval(utc(22), utc(22), utc(22)), "conf": {"ldusage": {"start": "2026-11-01", "end": "2026-11-20"}}},
        nov(1, 20),
    ),
    "conf of other people": ({"conf": {"start": "2020-01-01", "x": 1}, "run_after": NOW}, nov(21, 22)),
    "hourly interval within a day": (interval(utc(22, 10), utc(22, 11), utc(22, 10)), nov(21, 22)),
    "hourly interval that ends the day": (interval(utc(21, 23), utc(22, 0), utc(21, 23)), nov(21, 22)),
}


@pytest.mark.parametrize("run", RUNS)
def test_a_run_loads_the_day_its_kind_of_start_names(run: str) -> None:
    context, expected = RUNS[run]
    assert resolve_window(**context).window == expected


@pytest.mark.parametrize(
    ("previous", "run", "expected"),
    [
        (utc(21), interval(utc(22), utc(22), utc(22), utc(22)), nov(21, 22)),
        (utc(15), interval(utc(22), utc(22), utc(22), utc(22)), nov(15, 22)),
        (utc(20, 23), {"run_after": utc(22)}, nov(20, 22)),
        (utc(21, 23), {"run_after": utc(22, 23)}, nov(21, 22)),
        (utc(22, 6), {"run_after": utc(22, 7)}, nov(21, 22)),  # no day has ended since
        (utc(15), interval(utc(21), utc(22), utc(21), utc(22)), nov(15, 22)),  # before an interval that does not tile
        (utc(15), {"partition_key": "2026-11-21", "partition_date": utc(21), "run_after": utc(22)}, nov(21, 22)),
        (utc(15), {"start": "2026-11-01", "end": "2026-11-02", "run_after": utc(22)}, nov(1, 2)),
        (utc(15), {"conf": {"ldusage": {"start": "2026-11-01", "end": "2026-11-02"}}, "run_after": utc(22)}, nov(1, 2)),
    ],
)
def test_a_scheduled_run_loads_the_days_that_ended_since_the_previous_one(
    previous: datetime, run: dict[str, Any], expected: Window
) -> None:
    assert resolve_window(previous=previous, **run).window == expected


@pytest.mark.parametrize(
    ("run", "rule", "named"),
    [
        ({"start": "2026-11-01", "end": "2026-11-02"}, "start and end of the task", True),
        ({"conf": {"ldusage": {"start": "2026-11-01", "end": "2026-11-02"}}}, "the run's conf", True),
        ({"partition_date": utc(21)}, "the run's partition", False),
        ({"previous": utc(21), "logical_date": utc(22)}, "the schedule", False),
        ({"data_interval_start": utc(20), "data_interval_end": utc(22)}, "the data interval", False),
        ({"logical_date": utc(22)}, "the logical date", False),
        ({}, "the time of the run", False),
    ],
)
@pytest.mark.parametrize(
    ("run_type", "scheduled", "backfill"),
    [("scheduled", True, False), ("asset_triggered", True, False), ("backfill", False, True),
     ("manual", False, False), ("operator_triggered", False, False), (None, False, False)],
)  # fmt: skip
def test_a_window_says_what_chose_it(
    run: dict[str, Any], rule: str, named: bool, run_type: str | None, scheduled: bool, backfill: bool
) -> None:
    found = resolve_window(**run, run_after=NOW, run_type=run_type)
    assert (found.rule, found.named, found.scheduled, found.backfill) == (rule, named, scheduled, backfill)
    assert found.chosen_by_run == (not named and not backfill)
    assert found.at == NOW


def test_a_runs_instant_is_when_it_was_due_or_its_intervals_end() -> None:
    run = interval(utc(20), utc(21), utc(19), utc(22))
    assert resolve_window(**run).at == utc(22)
    assert resolve_window(**{**run, "run_after": None}).at == utc(21)
    assert resolve_window(logical_date=utc(19)).at == utc(19)
    assert resolve_window(start="2026-11-01", end="2026-11-02").at is None


BACKFILLS = {
    "@daily": ([interval(utc(d), utc(d), utc(d), utc(d)) for d in (14, 15, 16)], [13, 14, 15]),
    "CronDataIntervalTimetable": (
        [interval(utc(d), utc(d + 1), utc(d), utc(d + 1)) for d in (14, 15, 16)],
        [14, 15, 16],
    ),
    "CronTriggerTimetable(interval=1d)": (
        [interval(utc(d - 1), utc(d), utc(d - 1), utc(d)) for d in (14, 15, 16)],
        [13, 14, 15],
    ),
    "CronPartitionTimetable": (
        [
            {"partition_key": f"2026-11-{d}", "partition_date": utc(d), "run_after": utc(d), "run_type": "backfill"}
            for d in (14, 15, 16)
        ],
        [14, 15, 16],
    ),
}


@pytest.mark.parametrize("timetable", BACKFILLS)
def test_a_backfill_loads_three_days_and_none_twice(timetable: str) -> None:
    runs, days = BACKFILLS[timetable]
    windows = [resolve_window(**run).window for run in runs]
    assert windows == [nov(d, d + 1) for d in days]
    assert [widen(w, NOW, lookback=None, cumulative=False) for w in windows] == windows


def test_the_operators_own_window_goes_before_conf_and_conf_before_the_run() -> None:
    run: dict[str, Any] = {**interval(utc(1), utc(2), utc(1)), "partition_key": "2026-11-05", "partition_date": utc(5)}
    conf = {"ldusage": {"start": "2026-11-08", "end": "2026-11-09"}}
    assert resolve_window(start="2026-11-10", end="2026-11-12", conf=conf, **run).window == nov(10, 12)
    assert resolve_window(conf=conf, **run).window == nov(8, 9)
    assert resolve_window(**run).window == nov(5, 6)
    assert resolve_window(start="", end=" ", conf={"ldusage": {"start": "", "end": None}}, **run).window == nov(5, 6)


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 11, 3),
        datetime(2026, 11, 3, 23, 59, 59, 999999),
        datetime(2026, 11, 4, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        "2026-11-03",
        "20261103",
        "2026-11-03T00:00:00+00:00",
        "2026-11-03 00:00:00+00:00",
        "2026-11-03T17:00:00.123456Z",
        "2026-11-03T20:00-03",
        "20261103T000000+0000",
        " 2026-11-04T01:30:00+02:00 ",
    ],
)
def test_every_way_to_write_an_instant_gives_its_utc_day(value: Any) -> None:
    assert resolve_window(start=value, end="2026-11-04").window == nov(3, 4)


def test_pendulum_values_become_plain_dates() -> None:
    pendulum = pytest.importorskip("pendulum")
    start = pendulum.datetime(2026, 11, 1, 1, tz="Europe/Berlin")  # 00:00 UTC
    window = resolve_window(start=start, end=pendulum.date(2026, 11, 3)).window
    assert window == nov(1, 3)
    assert type(window.start) is date and type(window.end) is date
    assert type(Window(pendulum.date(2026, 11, 1), pendulum.date(2026, 11, 3)).end) is date


@pytest.mark.parametrize(
    "value",
    ["None", "yesterday", "2026-11-31", "2026-11", "2026-1103", "1762000000", "2026-11-03T25:00", "0000-01-01",
     "2026-11-03T00:00:00+25:00", "2026-11-03T00:00:00+01:99", "0001-01-01T00:00:00+10:00", "{{ ds }}",
     "\uff12026-11-03", 1762000000, 1.5, True, object()],
)  # fmt: skip
@pytest.mark.parametrize("name", ["start", "end", "data_interval_start", "logical_date", "run_after", "partition_date"])
def test_an_unreadable_value_is_refused_by_name_with_an_example(name: str, value: Any) -> None:
    with pytest.raises(UsageArgumentError, match=name) as refusal:
        resolve_window(**{name: value})
    assert repr(value) in str(refusal.value)
    assert "2026-11-01T00:00:00+00:00" in str(refusal.value)


@pytest.mark.parametrize("given", [{"start": "2026-11-01"}, {"end": "2026-11-01", "start": ""}])
def test_one_end_without_the_other_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageArgumentError, match="Give both, or neither"):
        resolve_window(run_after=NOW, **given)


def test_the_empty_interval_of_daily_given_as_start_and_end_is_explained() -> None:
    with pytest.raises(UsageArgumentError) as refusal:
        resolve_window(start="2026-11-22T00:00:00+00:00", end="2026-11-22 23:00", run_after=NOW)
    for part in ("half-open whole UTC days", "`@daily`", "empty", "leave start and end out", "end='2026-11-23'"):
        assert part in str(refusal.value)


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(UsageArgumentError, match=r"start is after the end.*half-open whole UTC days"):
        resolve_window(start="2026-11-23", end="2026-11-22")


@pytest.mark.parametrize(
    ("ldusage", "complaint"),
    [
        (None, "exactly start and end"),
        ("2026-11-01", "exactly start and end"),
        ({}, "exactly start and end"),
        ({"start": "2026-11-01"}, "exactly start and end"),
        ({"start": "2026-11-01", "end": "2026-11-02", "metric": "mau"}, "exactly start and end"),
        ({"start": "2026-11-01", "end": ""}, "Give both"),
        ({"start": "2026-11-01", "end": "None"}, r"conf\['ldusage'\]\['end'\]='None'.*template"),
        ({"start": "2026-11-01", "end": "2026-11-01"}, "half-open"),
    ],
)
def test_a_wrong_conf_is_refused(ldusage: Any, complaint: str) -> None:
    with pytest.raises(UsageArgumentError, match=complaint):
        resolve_window(conf={"ldusage": ldusage}, run_after=NOW)


def test_a_conf_that_is_no_object_is_refused() -> None:
    with pytest.raises(UsageArgumentError, match="conf"):
        resolve_window(conf='{"ldusage": {}}', run_after=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        ("2026-11-21", "2026-11-21"),
        ("20261121", utc(21)),
        ("2026-11-21T00:00:00Z", utc(21)),
        ("2026-11-21T00:00:00+00:00", utc(21)),
        (None, utc(21)),
        ("", utc(21)),
    ],
)
def test_a_partition_of_one_utc_day_is_that_day(key: str | None, moment: Any) -> None:
    assert resolve_window(partition_key=key, partition_date=moment, run_after=NOW).window == nov(21, 22)


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        ("2026-11-21T13:00:00", utc(21, 13)),  # hour
        ("2026-11-21T13:00:00", utc(21)),
        ("2026-11", utc(1)),  # month
        ("2026-W47", utc(16)),
        ("eu|2026-11-21", utc(21)),  # segments
        ("2026-11-21", None),  # triggered on a DAG without a partitioned timetable
        ("2026-11-21T00:00:00", utc(20, 16)),  # a day of Taipei
        ("2026-11-20", utc(21)),  # a day of New York that begins at 19:00
        ("2026-11-21T00:00:00+01:00", utc(21)),
        (None, utc(21, 1)),
    ],
)
def test_a_partition_of_any_other_grain_needs_start_and_end(key: str | None, moment: datetime | None) -> None:
    with pytest.raises(UsageArgumentError, match=r"not one whole UTC day.*Give start and end.*daily grain"):
        resolve_window(partition_key=key, partition_date=moment, run_after=NOW)
    named = resolve_window(start="2026-11-01", end="2026-11-02", partition_key=key, partition_date=moment)
    assert named.window == nov(1, 2)


def test_nothing_given_at_all_is_refused() -> None:
    with pytest.raises(UsageArgumentError, match="Give start and end"):
        resolve_window()


def test_the_module_is_light_and_free_of_airflow() -> None:
    code = "import sys, airflow_provider_ldusage.windows; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not any(f"'{heavy}'" in loaded for heavy in ("airflow", "pyarrow", "requests", "pendulum"))
