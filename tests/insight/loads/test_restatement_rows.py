"""The rows of a day of restatements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from airflow_provider_ldusage.insight.loads.restatement_rows import RESTATEMENTS_SCHEMA, union
from airflow_provider_ldusage.lake.restatement import CHANGES, Restatement
from airflow_provider_ldusage.rows.records import rows_from
from tests.insight.loads.restated_lake import DAYS, NOW
from tests.lake.test_restatement import BY, MIDNIGHT


def note(day: date = DAYS[0], table: str = "t", value: float = 1, minute: int = 0) -> Restatement:
    changes = [
        {"dimensions": f'{{"project_id": "{name}"}}', "time": MIDNIGHT, "value_before": None, "value_after": value}
        for name in "ab"
    ]
    rows = rows_from(CHANGES, changes).table()
    return Restatement(table, {}, day, BY, NOW + timedelta(minutes=minute), "A", "B", rows)


def test_a_row_has_all_columns() -> None:
    row, _ = union(RESTATEMENTS_SCHEMA, None, [note()]).table().to_pylist()
    assert row == {
        "table": "t", "restated_date": DAYS[0], "dimensions": '{"project_id": "a"}', "value_before": None,
        "value_after": 1.0, "seen_at": NOW, "time": MIDNIGHT, "dag_id": "dag", "run_id": "run", "task_id": "load",
        "map_index": 2, "try_number": 3,
    }  # fmt: skip


def test_the_same_note_is_there_once() -> None:
    once = union(RESTATEMENTS_SCHEMA, None, [note(), note(DAYS[1])])
    again = union(RESTATEMENTS_SCHEMA, once.table(), [note(DAYS[1])])
    assert (len(once), again.content_hash) == (4, once.content_hash)


def test_other_notes_stand_beside_it_in_whatever_order_they_came() -> None:
    notes = [
        note(),
        note(DAYS[1]),
        note(table="u"),
        note(minute=1, value=2),
        replace(note(), by=BY._replace(map_index=3)),
    ]
    rows = None
    for each in notes:
        rows = union(RESTATEMENTS_SCHEMA, None if rows is None else rows.table(), [each])
    assert rows is not None and len(rows) == 10
    assert rows.content_hash == union(RESTATEMENTS_SCHEMA, None, notes[::-1]).content_hash


def test_a_note_without_changes_has_no_rows() -> None:
    empty = replace(note(), changes=note().changes.slice(0, 0))
    assert len(union(RESTATEMENTS_SCHEMA, None, [empty])) == 0
