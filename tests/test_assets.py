"""The asset of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_ldusage.assets import usage_asset
from airflow_provider_ldusage.exceptions import UsageArgumentError

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize(
    ("destination", "uri"),
    [
        ("s3://aws_default@lake/launchdarkly/", "s3://lake/launchdarkly/t"),
        ("S3A://other@lake//launchdarkly", "s3://lake/launchdarkly/t"),
        ("gs://google@lake/usage", "gs://lake/usage/t"),
        ("abfss://azure@lake/usage", "abfs://lake/usage/t"),
        ("file:///data/lake", "file:///data/lake/t"),
        (Path("/data/a lake"), "file:///data/a%20lake/t"),
        ("s3://aws@lake/größe", "s3://lake/gr%C3%B6%C3%9Fe/t"),
    ],
)
def test_the_same_place_has_the_same_asset(destination: Any, uri: str) -> None:
    asset = usage_asset(destination, "t")
    assert asset.uri == uri
    assert getattr(asset, "name", uri) == uri


@pytest.mark.parametrize("arguments", [("{{ var.value.lake }}", "t"), ("file:///lake", "{{ params.table }}")])
def test_a_template_is_refused_with_the_remedy(arguments: tuple[str, str]) -> None:
    with pytest.raises(UsageArgumentError, match=r"is a template.*Asset.*AssetAlias"):
        usage_asset(*arguments)


def test_an_invalid_table_is_refused() -> None:
    with pytest.raises(UsageArgumentError, match="is no table name"):
        usage_asset("file:///lake", "a/b")
