"""reading.md: every example reads what LaunchDarkly reported, from the store that it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stores import servers
from tests.stores.conftest import MIDNIGHT
from tests.stores.kinds import S3, Azure, Gcs, Kind

pytestmark = pytest.mark.airflow

PAGE = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()
SECTIONS = {"s3": "Amazon S3", "gs": "Google Cloud Storage", "abfs": "Azure"}
TABLE = "service_connections"
EXTENSIONS = {"s3": "httpfs", "abfs": "azure"}


def example(scheme: str, engine: str) -> str:
    section = PAGE.partition(f"## {SECTIONS[scheme]}\n")[2].partition("\n## ")[0]
    (found,) = (block for block in re.findall(r"```python\n(.*?)```", section, re.S) if f"import {engine}\n" in block
                or f"import {engine} as " in block)  # fmt: skip
    return str(found)


def as_written(kind: Kind, text: str, folder: Path) -> str:
    """An example with the secrets and the address of a server on this machine, each as the page says to give it."""
    places = {S3: s3_places, Gcs: gcs_places, Azure: azure_places}
    (of,) = (function for base, function in places.items() if isinstance(kind, base))
    for placeholder, value in of(kind, folder).items():
        text = text.replace(placeholder, value)
    assert '"..."' not in text
    assert "'...'" not in text
    return re.sub(r'duckdb\.sql\("INSTALL .*"\)\n', "", text)


def s3_places(kind: Any, folder: Path) -> dict[str, str]:
    key, secret = kind.keys("owner")
    host = kind.upstream.removeprefix("http://")
    region = "us-east-1"
    return {
        "KEY_ID 'AKIA...', SECRET '...', REGION 'eu-central-1'": f"KEY_ID '{key}', SECRET '{secret}', "
        f"REGION '{region}', ENDPOINT '{host}', URL_STYLE 'path', USE_SSL false",
        '"aws_region": "eu-central-1"': f'"aws_region": "{region}", "aws_endpoint_url": "{kind.upstream}", '
        '"aws_allow_http": "true"',
        '"client_kwargs": {"region_name": "eu-central-1"}': f'"client_kwargs": {{"region_name": "{region}"}}, '
        f'"endpoint_url": "{kind.upstream}"',
        "AKIA...": key,
        '"..."': f'"{secret}"',
    }


def gcs_places(kind: Any, folder: Path) -> dict[str, str]:
    key, of_polars = folder / "key.json", folder / "polars.json"
    key.write_text(json.dumps(kind.tokens.keyfile("owner", f"{kind.proxy.url}/token")))
    of_polars.write_text(kind.polars_options()["google_service_account_key"])
    return {
        '"google_service_account": "/secrets/key.json"': f'"google_service_account": "{of_polars}", '
        '"google_allow_http": "true"',
        '"token": "/secrets/key.json"': f'"token": "{key}", "endpoint_url": "{kind.proxy.url}"',
        'token="/secrets/key.json"': f'token="{key}", endpoint_url="{kind.proxy.url}"',
    }


def azure_places(kind: Any, folder: Path) -> dict[str, str]:
    return {
        "DefaultEndpointsProtocol=https;AccountName=...": kind._connection_string(kind.upstream),
        '"azure_storage_account_key": "..."': f'"azure_storage_account_key": "{servers.ACCOUNT_KEY}", '
        f'"azure_storage_endpoint": "{kind.upstream}/{servers.ACCOUNT}", "azure_allow_http": "true"',
    }


def duckdb_days(names: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(names["days"].fetchall())


def polars_days(names: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(names["days"].sort("usage_date").collect().rows())


def pandas_days(names: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(date.fromisoformat(day), value) for day, value in names["days"].items()]


@pytest.mark.parametrize("engine, days", [("duckdb", duckdb_days), ("polars", polars_days), ("pandas", pandas_days)])
def test_an_example_reads_from_its_store(
    lake: Any, load: Any, simulator: Any, tmp_path: Path, engine: str, days: Callable[[dict[str, Any]], Any]
) -> None:
    pytest.importorskip(engine, reason=f"{engine} comes with make test-stores")
    kind: Kind = lake.kind
    if engine == "duckdb" and kind.scheme in EXTENSIONS:
        extensions = pytest.importorskip(
            "duckdb_extensions", reason="DuckDB's extensions for object stores come with make test-stores"
        )
        extensions.import_extension(EXTENSIONS[kind.scheme])
    lake.move("lake/launchdarkly")
    first, last = datetime(2026, 10, 30), MIDNIGHT
    load(lake.destination, metric=TABLE, table=TABLE, lookback=0, start=str(first.date()), end=str(last.date()))

    names: dict[str, Any] = {}
    exec(as_written(kind, example(kind.scheme, engine), tmp_path), names)

    asked = {"start": date(2026, 11, 1), "end": last.date(), "aggregation_type": "incremental", "granularity": "daily"}
    truth: dict[date, float] = {}
    for row in simulator.truth("service-connections", **asked):
        day = (datetime(1970, 1, 1) + timedelta(milliseconds=row["time"])).date()
        truth[day] = truth.get(day, 0) + row["value"]
    assert dict(days(names)) == pytest.approx(truth)
    assert len(truth) == 11
