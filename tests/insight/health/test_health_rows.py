"""A row of ``lake_health``."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.insight.health.health_rows import HEALTH_SCHEMA, HealthRow, counted_rows, state_of
from airflow_provider_ldusage.insight.health.restated import Restated
from airflow_provider_ldusage.lake.parquet import DAMAGED, Footer


@pytest.mark.parametrize(
    ("absence", "footers", "state", "rows"),
    [
        (None, [Footer("a", 2), Footer("b", 3)], "written", 5),
        (None, [Footer("a", 0)], "empty", 0),
        (None, [Footer("a", 2), None], "missing", 2),
        (None, [DAMAGED], "missing", None),
        ("late", [Footer("a", 2)], "late", 2),
        ("missing", [], "missing", None),
    ],
)
def test_files_and_states_decide(absence: str | None, footers: list[Footer | None], state: str, rows: int) -> None:
    assert (state_of(absence, footers), counted_rows(footers)) == (state, rows)


def test_a_row_is_read_as_it_was_written() -> None:
    row = HealthRow("t", 5, "written", None, True, 2, 0, Restated(3, None, -1.5))
    record = row.to_record()
    assert list(record) == [column.name for column in HEALTH_SCHEMA]
    assert HealthRow.from_record(record) == row
