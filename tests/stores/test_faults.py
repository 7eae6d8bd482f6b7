"""Stores that fail now and then, and a year of days."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import StoreError
from tests.stores.conftest import comparable, is_of_a_day, window
from tests.stores.proxy import Seen
from tests.support import day_files

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]


def test_a_year_of_days_is_put_by_a_bounded_number_at_a_time(
    lake: Any, load: Any, simulator: Any, tmp_path: Path
) -> None:
    arguments = {"metric": "vega_ai", "lookback": 0, **window(365)}
    lake.proxy.delay = 0.02
    report = load(lake.destination, **arguments)
    assert sum(days["count"] for days in report["days"].values()) == 365
    assert 1 < lake.proxy.most_writing <= 32
    assert lake.stored() == 369  # the days, the description, the state, the totals, and the first load's check
    assert "LIST" not in lake.requests()
    load(tmp_path / "lake", **arguments)
    assert comparable(lake.files()) == comparable(day_files(tmp_path / "lake"))


@pytest.mark.parametrize("every", [2, 4, 7])
def test_a_store_that_refuses_every_nth_put_converges(
    every: int, lake: Any, load: Any, simulator: Any, tmp_path: Path
) -> None:
    arguments = {"metric": "vega_ai", "lookback": 0, **window(10)}
    load(tmp_path / "lake", **arguments)
    wanted = comparable(day_files(tmp_path / "lake"))
    puts = itertools.count(1)

    def refuse(method: str, target: str, headers: Any, body: bytes) -> Any:
        is_put = target != "/token" and lake.kind.kind_of(Seen(method, target, 0)) == "PUT"
        return lake.kind.denied if is_put and next(puts) % every == 0 else None

    lake.proxy.intercept = refuse
    for _attempt in range(20):
        try:
            load(lake.destination, **arguments)
            break
        except StoreError as error:
            assert "Cannot write" in str(error)
        found = comparable({name: data for name, data in lake.files().items() if "/tmp/" not in name})
        assert all(wanted[name] == content for name, content in found.items())
    assert comparable(lake.files()) == wanted


def test_a_store_that_is_busy_once_is_asked_again(lake: Any, load: Any, simulator: Any) -> None:
    busy = iter([(503, b"busy")])

    def once(method: str, target: str, headers: Any, body: bytes) -> Any:
        return next(busy, None) if is_of_a_day(target, body) else None

    lake.proxy.intercept = once
    report = load(lake.destination, metric="vega_ai", lookback=0, **window(2))
    assert next(busy, None) is None
    assert sum(days["count"] for days in report["days"].values()) == 2
