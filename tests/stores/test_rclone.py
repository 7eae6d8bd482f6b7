"""rclone's S3 server differs from AWS: it refuses ranges longer than an object, sends the checksum of the whole object
with a part of it, and ignores conditions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.lake import objects, stored
from airflow_provider_ldusage.testing import Simulator
from tests.stores import servers
from tests.stores.conftest import Lake

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.skipif(os.environ.get("LDUSAGE_STORES", "s3") != "s3", reason="an S3 server"),
]
METRIC = {"metric": "ai_runs", "start": "2026-11-01", "end": "2026-11-05"}


@pytest.fixture
def destination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    try:
        with servers.rclone(tmp_path) as url:
            extra = {"endpoint_url": url, "region_name": "us-east-1"}
            connection = {"conn_type": "aws", "login": "AKrclone", "password": "very-secret", "extra": extra}
            monkeypatch.setenv("AIRFLOW_CONN_RCLONE", json.dumps(connection))
            yield "s3://rclone@lake/a b"
    except servers.NotHere as error:
        pytest.skip(str(error))
    finally:
        Lake.forget()


@pytest.mark.parametrize("guess", [1 << 20, 500], ids=["more than an object has", "less"])
def test_it_is_loaded_again_and_again(
    destination: str,
    load: Any,
    simulator: Simulator,
    guess: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second load asks for so many bytes from the end of each day's object."""
    said: list[str] = []
    monkeypatch.setattr(objects.log, "warning", lambda text, *values: said.append(text % values))
    monkeypatch.setattr(stored, "FOOTER_GUESS", guess)
    outcomes = []
    for _ in range(3):
        Lake.forget()
        days = load(destination, **METRIC)["days"]
        outcomes.append({name: found["count"] for name, found in days.items() if found["count"]})
    assert [set(outcome) for outcome in outcomes] == [{"written"}, {"unchanged"}, {"unchanged"}]
    assert len(said) == 1 and "ignores conditions on a write" in said[0]
