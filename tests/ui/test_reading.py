"""Reading the object of a view from a lake's store."""

from __future__ import annotations

import json
import threading
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.ui.lakes import Lake
from airflow_provider_ldusage.ui.problems import Problem
from airflow_provider_ldusage.ui.reading import LATE_AFTER, REOPENED_AFTER, Stores, late, read_body

pytestmark = pytest.mark.airflow
LAKE = Lake("default", "s3://aws@lake/usage")
VIEW: dict[str, Any] = {"version": 1, "written_at": "2026-11-12T06:00:00.000Z", "through": "2026-11-11", "late": None}


class Bucket:
    """Stores that are opened, each with the same objects."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects, self.now, self.opened, self.closed = objects or {}, 0.0, 0, 0
        self.failing = self.gone = False

    def open(self, destination: str) -> Any:
        self.opened += 1
        return SimpleNamespace(read=self.read, check=self.check, fs=SimpleNamespace(clear_instance_cache=self.close))

    def read(self, name: str) -> bytes | None:
        if self.failing:
            raise StoreError("It is down.")
        return self.objects.get(name)

    def check(self) -> None:
        if self.gone:
            raise LakeError("There is no bucket.", "Create it.")

    def close(self) -> None:
        self.closed += 1

    def stores(self) -> Stores:
        return Stores(self.open, lambda: self.now)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket({"_ldusage/report/bill.json": json.dumps(VIEW).encode()})


def test_a_store_is_opened_once_an_hour(bucket: Bucket) -> None:
    stores = bucket.stores()
    for bucket.now in (0.0, 10.0, REOPENED_AFTER):
        stores.read("a", "x")
    assert bucket.opened == 1
    bucket.now += 1
    stores.read("a", "x")
    stores.read("b", "x")
    assert (bucket.opened, bucket.closed) == (3, 1)


def test_after_a_failure_it_is_opened_anew(bucket: Bucket) -> None:
    stores, bucket.failing = bucket.stores(), True
    for _ in range(2):
        with pytest.raises(StoreError):
            stores.read("a", "x")
    assert (bucket.opened, bucket.closed) == (2, 2)


def test_a_store_that_hangs_when_it_is_opened_leaves_others_alone(bucket: Bucket) -> None:
    began, go_on = threading.Event(), threading.Event()

    def opening(destination: str) -> Any:
        if destination == "hangs":
            began.set()
            assert go_on.wait(5)
        return bucket.open(destination)

    stores = Stores(opening, lambda: 0.0)
    thread = threading.Thread(target=stores.read, args=("hangs", "x"))
    thread.start()
    other = threading.Thread(target=stores.read, args=("works", "x"))
    try:
        assert began.wait(5)
        other.start()
        other.join(1)
        assert (other.is_alive(), thread.is_alive()) == (False, True)
    finally:
        go_on.set()
        for each in (thread, other):
            each.join()


def test_an_object_that_is_not_there_may_have_no_bucket(bucket: Bucket) -> None:
    assert bucket.stores().read("a", "none") is None
    bucket.gone = True
    with pytest.raises(Problem) as problem:
        read_body(bucket.stores(), LAKE, "owners")
    assert (problem.value.code, problem.value.action) == ("unreadable", "Create it.")


def test_an_etag_tells_one_content_from_another(bucket: Bucket) -> None:
    first = read_body(bucket.stores(), LAKE, "bill")
    assert first == read_body(bucket.stores(), LAKE, "bill")
    bucket.objects["_ldusage/report/bill.json"] = json.dumps({**VIEW, "through": "2026-11-10"}).encode()
    assert read_body(bucket.stores(), LAKE, "bill").etag != first.etag


def as_json(**other: Any) -> bytes:
    return json.dumps({**VIEW, **other}).encode()


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"version": 1}', b'{"version": 1, "written_at": "x"}', b"\xff", as_json()[:-9],
     b"[" * 100_000, as_json(through=20261111), as_json(through="yesterday"), as_json(late=["x"]),
     as_json(meters=[{"x": float("nan")}]), as_json(x=0).replace(b'"x": 0', b'"x": 1e999'), as_json(x="\ud800")],
    ids=range(14),
)  # fmt: skip
def test_a_damaged_object_is_no_report(data: bytes) -> None:
    with pytest.raises(Problem) as problem:
        read_body(Bucket({"_ldusage/report/bill.json": data}).stores(), LAKE, "bill")
    assert (problem.value.code, problem.value.title) == ("unreadable", "The report cannot be read")


def test_data_is_late_when_the_report_has_not_run_for_days() -> None:
    assert late(VIEW, date(2026, 11, 11 + LATE_AFTER)) is None
    found = late({**VIEW, "late": "Late: x."}, date(2026, 11, 14))
    assert found == "Late: x. The last day of the report is 2026-11-11, 3 days ago: look at its DAG's last runs."
    assert late({**VIEW, "through": None}, date(2026, 11, 14)) is None


def test_how_late_it_is_is_in_the_answer(bucket: Bucket) -> None:
    assert "days ago" in json.loads(read_body(bucket.stores(), LAKE, "bill").content)["late"]
