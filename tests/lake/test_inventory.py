"""What a lake holds, as its files and state objects have it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.lake.inventory import SliceState, count_rows, last_loads, tables_of
from airflow_provider_ldusage.lake.state import Known, State, Status
from airflow_provider_ldusage.windows import RunWindow
from tests.loading import NOW, Loader, window

DAY = date(2026, 11, 8)
ASKED = datetime(2026, 11, 12, 9, tzinfo=timezone.utc)


def test_tables_have_their_files_rows_and_slices(loader: Loader) -> None:
    for source in ("client", "server"):
        loader(table="streams", metric="streams", source=source)
    loader(table="ai_runs", metric="ai_runs", group_by=["projectId"])
    found = tables_of(loader.store)
    assert list(found) == ["ai_runs", "streams"]
    streams = found["streams"]
    assert sorted(streams.files) == list(window("2026-11-08", "2026-11-11").days())
    assert (len(streams.names), len(streams.slice_names)) == (8, 2)
    assert streams.size == sum(map(len, loader.files("streams").values()))
    assert [dict(each.values) for each in streams.slices] == [{"source": "client"}, {"source": "server"}]
    assert count_rows(loader.store, found["ai_runs"]) == len(loader.rows("ai_runs"))


def test_without_files_there_is_the_state_alone(loader: Loader) -> None:
    loader(table="t", metric="ai_runs")
    found = tables_of(loader.store, with_files=False)["t"]
    assert (found.files, found.names, found.size) == ({}, [], 0)
    assert found.slices[0].last_day == date(2026, 11, 11)


def test_a_lake_that_is_not_there_has_no_tables(tmp_path: Path) -> None:
    from airflow_provider_ldusage.lake.local import LocalStore

    assert tables_of(LocalStore(str(tmp_path / "nothing"), "file:///nothing")) == {}
    assert not (tmp_path / "nothing").exists()


def test_nothing_is_written(loader: Loader) -> None:
    loader(table="t", metric="ai_runs")
    before = {path: path.stat().st_mtime_ns for path in loader.lake.rglob("*")}
    count_rows(loader.store, tables_of(loader.store)["t"])
    assert {path: path.stat().st_mtime_ns for path in loader.lake.rglob("*")} == before


def test_a_day_is_missing_if_one_slice_lacks_it(loader: Loader) -> None:
    loader("2026-11-01", "2026-11-05", table="streams", metric="streams", source="client")
    loader("2026-11-01", "2026-11-02", table="streams", metric="streams", source="server")
    assert tables_of(loader.store)["streams"].gaps == [], "the server's slice ends earlier"
    loader("2026-11-05", "2026-11-05", table="streams", metric="streams", source="server")
    found = tables_of(loader.store)["streams"]
    assert found.gaps == [date(2026, 11, 3), date(2026, 11, 4)]
    assert found.slices[1].gaps == found.gaps


def test_files_that_are_not_ours_do_not_count(loader: Loader) -> None:
    loader(table="t", metric="ai_runs")
    for name in ("t/usage_date=2026-11-08/notes.txt", "t/usage_date=soon/all.parquet", "other/file.parquet",
                 "t/usage_date=2026-11-07/deeper/all.parquet", "_ldusage/tmp/x.json"):  # fmt: skip
        loader.store.put(name, b"x")
    found = tables_of(loader.store)
    assert list(found) == ["t"]
    assert (len(found["t"].names), len(found["t"].files)) == (4, 4)


def test_a_damaged_file_counts_no_rows(loader: Loader) -> None:
    loader(table="t", metric="ai_runs")
    rows = count_rows(loader.store, tables_of(loader.store)["t"])
    loader.store.put("t/usage_date=2026-11-08/all.parquet", b"damaged")
    assert count_rows(loader.store, tables_of(loader.store)["t"]) == rows - 1


def test_a_forecast_was_loaded_when_it_was_asked_for(loader: Loader) -> None:
    loader(table="sc", metric="service_connections")
    found = tables_of(loader.store)
    assert [table.is_forecast for table in found.values()] == [False, True]
    loads = last_loads(found)
    assert loads.keys() == {"sc", "sc_projected"}
    for moment in loads.values():
        assert moment is not None and NOW <= moment < NOW + timedelta(minutes=1)


def test_a_state_of_an_earlier_table_does_not_count(loader: Loader) -> None:
    loader(table="t", metric="ai_runs")
    path = loader.lake / "_ldusage" / "t.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "id": "another"}))
    found = tables_of(loader.store)
    assert found["t"].slices == ()
    assert last_loads(found) == {"t": None}


def test_what_cannot_be_read_is_logged_and_left_out(loader: Loader, caplog: pytest.LogCaptureFixture) -> None:
    loader(table="t", metric="ai_runs")
    loader.store.put("_ldusage/damaged.json", b"{")
    loader.store.put("_ldusage/later.json", b'{"format": 99}')
    assert list(tables_of(loader.store)) == ["t"]
    assert "_ldusage/damaged.json" in caplog.text and "has format 99" in caplog.text


def test_the_first_scheduled_day_is_known_without_days(loader: Loader) -> None:
    run = RunWindow(Window(date(2026, 11, 11), date(2026, 11, 12)), "the schedule", scheduled=True, at=NOW)
    loader.load(run, table="t", metric="ai_runs")
    (found,) = tables_of(loader.store)["t"].slices
    assert found.state.scheduled_from is not None and found.last_asked is not None


def test_the_days_of_a_slice_by_their_status() -> None:
    statuses = (Status.FINAL, Status.OPEN, Status.LEFT, Status.REFUSED, Status.GIVEN_UP)
    days = {DAY + timedelta(days=number): Known(status, ASKED) for number, status in enumerate(statuses)}
    found = SliceState({}, State("id", days=days))
    assert [found.days(status) for status in statuses] == [[day] for day in days]
    assert found.last_day == DAY + timedelta(days=1), "left, refused and given-up days are not stored"
    assert (found.last_asked, found.gaps) == (ASKED, [])
    nothing = SliceState({}, State("id"))
    assert (nothing.last_day, nothing.last_asked, nothing.last_load, nothing.gaps) == (None, None, None, [])


def test_the_newest_day_that_was_asked_for_tells_when_a_slice_was() -> None:
    """Not a load of the past, and not a day that could not even be asked for."""
    later = ASKED + timedelta(days=1)
    known = [Known(Status.FINAL, later), Known(Status.OPEN, ASKED), Known(Status.REFUSED, None, later)]
    found = SliceState({}, State("id", days={DAY + timedelta(days=number): each for number, each in enumerate(known)}))
    assert (found.last_asked, found.last_load) == (ASKED, later)


def test_days_loaded_by_hand_are_final_before_the_first_scheduled_day_is() -> None:
    past = {DAY + timedelta(days=n): Known(Status.FINAL, ASKED) for n in range(3)}
    latest = {DAY + timedelta(days=n): Known(Status.OPEN, ASKED) for n in (8, 9)}
    scheduled = DAY + timedelta(days=9)
    for days, expected in (({**past, **latest}, DAY + timedelta(days=2)), (latest, None)):
        assert SliceState({}, State("id", scheduled_from=scheduled, days=days)).final_through == expected
