"""A day of owners made small."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.insight.views.owner_sums import COLUMNS, KEY, key_of, sums_of

IDS = st.sampled_from([None, "", "a", "b", "Ä"])
ROWS = st.lists(
    st.tuples(st.sampled_from("mn"), st.sampled_from(["project", "environment"]), IDS, IDS, IDS, st.integers(0, 99)),
    max_size=20, unique_by=lambda row: row[:5],
)  # fmt: skip
SCHEMA = pa.schema([(name, pa.float64() if name == "allocated" else pa.string()) for name in COLUMNS])


def records(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@given(rows=ROWS, data=st.data())
def test_figures_are_those_of_a_loop(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    found = records(rows)
    asked = data.draw(st.lists(st.sampled_from([key_of(row) for row in found]), unique=True)) if found else []
    sums = sums_of(pa.Table.from_pylist(found, schema=SCHEMA), asked)
    figures = {key_of(row): row["allocated"] for row in found}
    assert sums.owners == {place: figures[key] for place, key in enumerate(asked)}
    assert sums.groups == {
        group: pytest.approx(sum(row["allocated"] for row in found if (row["meter"], row["level"]) == group))
        for group in {(row["meter"], row["level"]) for row in found}
    }


def test_where_the_accounts_figure_is_unknown_there_is_no_sum() -> None:
    row = {**dict.fromkeys(KEY, "x"), "allocated": None}
    sums = sums_of(pa.Table.from_pylist([row], schema=SCHEMA), [key_of(row)])
    assert (sums.owners, sums.groups) == ({0: None}, {("x", "x"): None})
