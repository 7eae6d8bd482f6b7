"""The lake holds the same bytes wherever it lies, and a load asks a store for no more than it needs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stores.conftest import NOW, comparable, window
from tests.support import LOADS, Load

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

WINDOW = window(2)
FLAG = {"project_key": "default", "environment_key": "production", "feature_flag_key": "kill-switch"}


def loaded(load: Any, destination: str | Path, what: Load) -> dict[str, Any]:
    return load(destination, metric=what.metric, lookback=0, **what.arguments, **WINDOW)


def local_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_store_holds_the_bytes_that_a_local_disk_holds(lake: Any, load: Any, simulator: Any, tmp_path: Path) -> None:
    reports = [loaded(load, lake.destination, what) for what in LOADS]
    local = [loaded(load, tmp_path / "lake", what) for what in LOADS]
    assert [report["days"] for report in reports] == [report["days"] for report in local]
    on_disk, on_store = local_files(tmp_path / "lake"), lake.files()
    assert on_store.keys() == on_disk.keys()
    assert comparable(on_store) == comparable(on_disk)
    tables = {name.split("/")[0] for name in on_disk}
    assert len(tables) > len(LOADS)  # that of the forecast, too, and the descriptions
    assert {f"_ldusage/{table}.json" for table in tables - {"_ldusage"}} <= on_disk.keys()
    assert any("usage_date" in name and len(data) for name, data in on_disk.items())

    lake.proxy.reset()
    lake.connect("owner")
    again = [loaded(load, lake.destination, what) for what in LOADS]
    assert not any(report["days"][name]["count"] for report in again for name in ("written", "restated", "kept"))
    noted = {name for name, data in lake.files().items() if on_store.get(name) != data}
    assert all(name.startswith("_ldusage/state/") for name in noted)  # days that are not final were asked for again
    assert lake.stored() == len(noted) <= len(LOADS)
    assert set(lake.requests()) <= {"GET", "HEAD", "BUCKET", "PUT"}, lake.requests()
    assert comparable(lake.files()) == comparable(on_disk)


def test_only_restated_days_are_put_and_nothing_is_listed_or_deleted(
    lake: Any, load: Any, simulator: Any, tmp_path: Path
) -> None:
    what = next(item for item in LOADS if item.metric == "service_connections")
    arguments = {"metric": what.metric, **what.arguments}
    simulator.now = NOW - timedelta(hours=9)
    load(lake.destination, **arguments)
    before = lake.files()
    simulator.now = NOW
    lake.proxy.reset()
    lake.connect("owner")
    report = load(lake.destination, **arguments)
    after = lake.files()
    changed = {name for name in after if before.get(name) != after[name]}
    assert report["days"]["restated"]["count"] > 0
    assert lake.stored() == len(changed) == report["days"]["restated"]["count"] + 2  # today's forecast, and the state
    assert not {"LIST", "DELETE"} & set(lake.requests())
    load(tmp_path / "lake", **arguments)
    assert comparable(local_files(tmp_path / "lake")) == comparable(after)


def test_slices_fill_one_table_side_by_side(lake: Any, load: Any, simulator: Any) -> None:
    for flag in ("kill-switch", "page-size"):
        load(lake.destination, metric="evaluations", **{**FLAG, "feature_flag_key": flag}, **WINDOW)
    days = [name.split("/")[1] for name in lake.files() if name.startswith("evaluations")]
    assert days and all(days.count(day) == 2 for day in days)


def test_what_a_customer_calls_a_thing_cannot_cut_an_object_in_two(lake: Any) -> None:
    """gcsfs sends an object between fixed marks, whatever the object holds."""
    from airflow_provider_ldusage.operators.destination import open_store

    store = open_store(lake.destination)
    data = b'{"name": "x\n--==0==--\r\n--==0==--"}\n' * 20
    store.put("put", data)
    store.create("created", data)
    assert lake.files() == {"put": data, "created": data}
    assert store.read_end("put", 10) == data[-10:]
    assert store.read("missing") is None
    store.create("put", b"not this")
    assert store.read("put") == data
    store.put("empty", b"")
    assert (store.read("empty"), store.read_end("empty", 9)) == (b"", b"")


def test_a_description_says_the_same_on_every_store(lake: Any, load: Any, simulator: Any) -> None:
    report = load(lake.destination, metric="vega_ai", **WINDOW)
    assert report["uri"] == f"{lake.kind.scheme}://{lake.prefix}/{report['table']}"
    described = json.loads(lake.files()[f"_ldusage/{report['table']}.json"])
    assert described["identity"]["metric"] == "vega_ai"
    assert "lake_conn" not in json.dumps(described)


def test_a_listing_tells_the_size_of_each_object(lake: Any, load: Any, simulator: Any) -> None:
    from airflow_provider_ldusage.operators.destination import open_store

    what = next(each for each in LOADS if each.metric == "streams")
    loaded(load, lake.destination, what)
    store = open_store(lake.destination)
    files = {name: len(data) for name, data in lake.files().items()}
    assert store.sizes() == files
    state = {name: size for name, size in files.items() if name.startswith("_ldusage/")}
    assert store.sizes("_ldusage") == state and len(state) < len(files)
    assert store.sizes("nothing") == {}
