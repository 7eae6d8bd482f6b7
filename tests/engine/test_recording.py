"""Days are recorded before they are stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_ldusage.engine.announcing import Fate, OwnEvents, Silent
from airflow_provider_ldusage.engine.recording import MAX_ROUNDS, record
from airflow_provider_ldusage.exceptions import StoreError
from airflow_provider_ldusage.lake.announcements import Announcer
from airflow_provider_ldusage.lake.state import StateFile
from airflow_provider_ldusage.lake.stores import open_store
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from airflow_provider_ldusage.query import Column
from tests.loading import NOW

OWN = OwnEvents(("asset",), Announcer("dag", "task", "run"), lambda announcer: Fate.PENDING)
DAYS = (date(2026, 11, 1), date(2026, 11, 2))


@pytest.fixture
def target(tmp_path: Path) -> TableSlice:
    store = open_store(LocalFileSystem(), str(tmp_path / "lake"), (tmp_path / "lake").as_uri())
    table = Table.derived("t", {"id": "a"}, (Column("name", "string"),), "a table")
    return TableSlice(store, table, {}).created()


def test_every_day_is_recorded_for_every_asset(target: TableSlice) -> None:
    record(target, DAYS, OWN, NOW)
    assert target.state_file().read()[0].debts == OWN.debts_of(DAYS)


def test_what_others_have_recorded_stays(target: TableSlice) -> None:
    other = replace(OWN, by=Announcer("dag", "other", "run"))
    record(target, DAYS[:1], other, NOW)
    record(target, DAYS, OWN, NOW)
    assert target.state_file().read()[0].debts == OWN.debts_of(DAYS) | other.debts_of(DAYS[:1])


def test_nothing_is_written_where_nobody_is_to_hear(target: TableSlice) -> None:
    record(target, DAYS, Silent(), NOW)
    assert target.state_file().read()[1] is None


def test_a_state_that_others_keep_writing_ends_in_an_error(target: TableSlice, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []
    monkeypatch.setattr(StateFile, "swap", lambda *arguments: bool(tries.append(arguments)))
    with pytest.raises(StoreError, match="nothing was stored"):
        record(target, DAYS, OWN, NOW)
    assert len(tries) == MAX_ROUNDS
