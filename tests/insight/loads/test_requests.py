"""What the tables of loads cost on an object store."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_ldusage.engine.announcing import Silent
from airflow_provider_ldusage.insight.loads.loads import Loads
from airflow_provider_ldusage.insight.report_table import Reporting
from airflow_provider_ldusage.lake.commit import commit
from airflow_provider_ldusage.lake.restatement import Recorded
from airflow_provider_ldusage.lake.table import Table
from airflow_provider_ldusage.lake.table_slice import TableSlice
from tests.insight.loads.restated_lake import ACCOUNT, DAYS, NOW, QUERY, rows_of
from tests.insight.loads.test_loads import load
from tests.lake.test_restatement import BY

TABLE, STATE = 1, 2  # reads of the table's description, and of its state: when it is opened, and before it is written


def kinds(seen: list[str]) -> dict[str, int]:
    return dict(Counter(line.split()[0] for line in seen))


def write(store: Any, figure: int) -> None:
    target = TableSlice(store, Table.of("t", QUERY, ACCOUNT).opened(store), {})
    days = {day: rows_of((("a", figure),), day) for day in DAYS}
    commit(target, days, replacing=Recorded(BY, lambda: NOW + timedelta(seconds=figure)))


@pytest.fixture
def noted(s3: Any) -> Any:
    """A lake in which two days were replaced, and the report's tables stand."""
    write(s3.store, 1)
    write(s3.store, 2)
    report(s3.store, [load()])
    write(s3.store, 3)
    return s3


def report(store: Any, rows: list[Any], minute: int = 0) -> None:
    Loads(Reporting(store, ACCOUNT, Silent(), NOW + timedelta(minutes=minute)), rows).written()


def test_replacing_a_day_takes_one_get_and_one_put_more(noted: Any) -> None:
    target = TableSlice(noted.store, Table.of("t", QUERY, ACCOUNT).opened(noted.store), {})
    costs = []
    for figure, more in ((4, {}), (5, {"replacing": Recorded(BY, lambda: NOW)})):
        with noted.requests() as seen:
            commit(target, {DAYS[0]: rows_of((("a", figure),), DAYS[0])}, **more)
        costs.append(kinds(seen))
    assert costs == [{"GET": 1, "PUT": 1}, {"GET": 2, "PUT": 2}]


def test_loads_take_four_reads_and_two_writes_however_many_they_are(noted: Any) -> None:
    report(noted.store, [], 1)
    with noted.requests() as seen:
        report(noted.store, [load(index=index) for index in range(50)], 2)
    listed = [line for line in seen if "list-type" in line]
    found = kinds([line for line in seen if line not in listed])
    assert (found["GET"], found["PUT"]) == (TABLE + STATE + 1, 2)
    assert len(listed) + found["HEAD"] == 4, "a folder without notes looks like a bucket that is not there"


def test_a_note_takes_two_reads_and_a_removal(noted: Any) -> None:
    with noted.requests() as seen:
        report(noted.store, [], 1)
    listed = [line for line in seen if "list-type" in line]
    assert len(listed) == 2
    assert kinds([line for line in seen if line not in listed]) == {
        "GET": TABLE + STATE + 1 + 2 * len(DAYS), "PUT": 2, "DELETE": len(DAYS)
    }  # fmt: skip
