"""Blocks of points are read fast where that is fast, and otherwise exactly."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.answers import split
from airflow_provider_ldusage.api.scratch import Scratch
from airflow_provider_ldusage.days import DAY_MS
from tests.answers.decoding import MONTH, T0, body, decode, decoder


def test_points_may_have_their_keys_in_another_order_than_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "BLOCK", 64)
    names = [str(key) for key in range(30)]
    orders = (names, names[::-1], sorted(names), names[7:] + names[:7])
    points = [
        {**{name: 100 * day + int(name) for name in order}, "time": T0 + day * DAY_MS}
        for day, order in enumerate(orders)
    ]
    rows = decode(body([{"projectId": name} for name in names], points), group_by=["projectId"])
    assert len(rows) == 4 * 30
    assert {(row["time"].day - 1) * 100 + int(row["project_id"]) for row in rows} == {row["value"] for row in rows}
    assert all(row["value"] % 100 == int(row["project_id"]) for row in rows)


def test_the_scratch_file_takes_the_figures_that_there_are_alone() -> None:
    metadata = [{"eventKey": f"e{number:05d}"} for number in range(5_000)]
    points = [{"time": T0 + hour * 3_600_000, str(hour): 1, str(hour + 700): 2} for hour in range(24 * 28)]
    found = decoder("experimentation_events", group_by=["eventKey"], granularity="hourly")
    found.add(Scratch.of(body(metadata, points)), ask=MONTH, keep=MONTH)
    assert sum(len(day) for _, day in found.days()) == 2 * 24 * 28
    assert found._figures.size == 8 * 2 * 24 * 28
