"""What cannot work fails at once, says what it is, and keeps credentials to itself; LaunchDarkly is not asked."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.exceptions import LakeError, StorePermissionError, UsageArgumentError
from tests.stores.kinds import BUCKET

pytestmark = pytest.mark.airflow

METRIC = {"metric": "vega_ai"}


def refused(lake: Any, load: Any, simulator: Any, caplog: Any, destination: str | None = None) -> str:
    """The message of a load that fails at once and for good."""
    caplog.set_level(logging.DEBUG, "airflow_provider_ldusage")
    started = time.monotonic()
    with pytest.raises(AirflowFailException) as caught:
        load(destination or lake.destination, **METRIC)
    assert time.monotonic() - started < 30
    assert not simulator.requests
    said = str(caught.value)
    for secret in lake.kind.secrets():
        assert secret not in said
        assert secret not in " ".join(r.getMessage() for r in caplog.records if r.name.startswith("airflow_provider"))
    assert "\n" not in said and len(said) < 1000
    return said


def test_a_missing_connection_is_named(
    lake: Any, load: Any, simulator: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_LAKE_CONN")
    said = refused(lake, load, simulator, caplog)
    assert "connection 'lake_conn' is not defined" in said
    assert not lake.proxy.seen


def test_without_a_connection_no_credentials_are_searched_for(
    lake: Any, load: Any, simulator: Any, caplog: Any
) -> None:
    took = []
    for _ in range(3):  # the quickest: other processes only ever add
        started = time.monotonic()
        said = refused(lake, load, simulator, caplog, f"{lake.kind.scheme}://{lake.prefix}")
        took.append(time.monotonic() - started)
        assert "names no connection" in said
    assert min(took) < 2


def test_a_missing_bucket_is_named(lake: Any, load: Any, simulator: Any, caplog: Any) -> None:
    said = refused(lake, load, simulator, caplog, lake.destination.replace(f"@{BUCKET}/", "@nowhere/"))
    assert said.startswith("There is no bucket or container 'nowhere'")


def test_wrong_credentials_are_told(lake: Any, load: Any, simulator: Any, caplog: Any) -> None:
    lake.connect("wrong")
    said = refused(lake, load, simulator, caplog)
    assert "connection are wrong, or lack the permission" in said or "Invalid JWT Signature" in said
    assert lake.files() == {}


def test_a_store_that_lets_nothing_be_read_is_told(lake: Any, load: Any, simulator: Any, caplog: Any) -> None:
    def closed(method: str, target: str, headers: Any, body: bytes) -> Any:
        return None if target == "/token" else lake.kind.denied

    lake.proxy.intercept = closed
    said = refused(lake, load, simulator, caplog)
    assert said.startswith("Cannot read the destination: ") and "lack the permission" in said
    assert f"({lake.kind.scheme}://{lake.prefix}" in said


def test_a_connection_that_may_only_read_fails_before_any_write(lake: Any) -> None:
    from airflow_provider_ldusage.operators.destination import open_store

    lake.connect("reader")
    with pytest.raises(StorePermissionError, match=r"Cannot write to .* lack the permission.*/_ldusage/"):
        open_store(lake.destination).check("_ldusage/t.json")
    assert lake.files() == {}


def test_a_connection_that_may_only_read_writes_no_part_of_a_load(lake: Any, load: Any, simulator: Any) -> None:
    lake.connect("reader")
    with pytest.raises(StorePermissionError, match=r"Cannot write to .* lack the permission.*/_ldusage/"):
        load(lake.destination, **METRIC)
    assert lake.files() == {}


def test_a_first_check_leaves_nothing_behind_and_a_later_one_only_reads(lake: Any) -> None:
    from airflow_provider_ldusage.operators.destination import open_store

    store = open_store(lake.destination)
    store.check("_ldusage/t.json")
    assert lake.files() == {}
    store.put("_ldusage/t.json", b"{}")
    lake.proxy.reset()
    store.check("_ldusage/t.json")
    assert lake.requests() == {"GET": 1}


def test_only_the_extra_of_this_store_is_needed(lake: Any) -> None:
    """Installed alone; the others say which extra they want."""
    from importlib.util import find_spec

    from airflow_provider_ldusage.operators.destination import open_store

    extras = {"s3": ("s3fs", "s3"), "gs": ("gcsfs", "gcs"), "abfs": ("adlfs", "azure")}
    for scheme, (module, extra) in extras.items():
        if scheme != lake.kind.scheme and find_spec(module) is None:
            with pytest.raises(UsageArgumentError, match=rf"Install 'airflow-provider-ldusage\[{extra}\]'"):
                open_store(f"{scheme}://lake_conn@lake/x")


def test_a_connection_without_address_and_credentials_is_an_error(lake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if lake.kind.scheme != "abfs":
        pytest.skip("goes by the identity of the machine")
    from airflow_provider_ldusage.operators.destination import open_store

    monkeypatch.setenv("AIRFLOW_CONN_LAKE_CONN", '{"conn_type": "wasb", "login": "a", "password": "dmVyeQ=="}')
    lake.forget()
    with pytest.raises(LakeError, match=r"makes no abfs:// filesystem: .*account_name"):
        open_store(lake.destination)
