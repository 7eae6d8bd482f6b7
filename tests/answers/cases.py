"""Questions for the decoder, each with its columns by hand, for tests that make up their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from airflow_provider_ldusage.answers.series import SeriesDecoder
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import Window
from airflow_provider_ldusage.query import UsageQuery
from airflow_provider_ldusage.rows.day import Rows

FIRST = date(2026, 6, 1)
ASK = Window(FIRST, FIRST + timedelta(days=6))
SECOND = Window(ASK.end, ASK.end + timedelta(days=4))
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """A question, and by hand what its answers' metadata keys are called as columns."""

    query: UsageQuery
    columns: dict[str, str]
    values: st.SearchStrategy[Any]


BIG = st.integers(0, 2**63 - 1) | st.integers(0, 9)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["", "Unknown", '"', "a:b", "\\", "é", "😀"]
)
LABELS = TEXTS | st.sampled_from(["a", "b", "c"]) | st.none()
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2))
CASES = [
    Case(
        UsageQuery.build("clientside_mau", group_by=["sdkAppId", "projectId"], filters={"sdkName": "Go"}),
        {"projectId": "project_id", "sdkAppId": "sdk_app_id"},
        BIG,
    ),
    Case(UsageQuery.build("total_contexts"), {"contextKind": "context_kind"}, BIG),
    Case(
        UsageQuery.build("service_connections", group_by=["sdkVersion", "sdkName"]),
        {"sdkName": "sdk_name", "sdkVersion": "sdk_version"},
        st.floats(0, 1e15, allow_nan=False) | st.integers(0, 2**50),
    ),
    Case(
        UsageQuery.build("evaluations", project_key="p", environment_key="e", feature_flag_key="f"),
        {"key": "key"},
        BIG,
    ),
    Case(
        UsageQuery.build("experimentation_events", group_by=["eventKey"], granularity="hourly"),
        {"eventKey": "event_key"},
        BIG,
    ),
]


def decoded(case: Case, answers: Sequence[tuple[Window, bytes]]) -> dict[date, Rows]:
    decoder = SeriesDecoder(case.query, case.query.schema)
    for window, body in answers:
        decoder.add(Scratch.of(body), ask=window, keep=window)
    return {day: rows.whole() for day, rows in decoder.days()}


def plain(rows: Rows) -> list[Row]:
    table = rows.table()
    assert table.schema.names == [column.name for column in rows.schema]
    return [tuple(row.values()) for row in table.to_pylist()]
