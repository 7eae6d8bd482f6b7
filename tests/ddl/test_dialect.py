"""What dialects have in common: quoting, addresses, and the first day of projected partitions."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.ddl.dialect import Statement, earliest
from airflow_provider_ldusage.ddl.script import DIALECTS
from airflow_provider_ldusage.exceptions import UsageArgumentError

BACKTICKS = {"bigquery", "spark"}


@pytest.mark.parametrize("engine", DIALECTS)
def test_names_and_texts_are_quoted(engine: str) -> None:
    dialect = DIALECTS[engine]("s3://lake", "my schema")
    mark = "`" if engine in BACKTICKS else '"'
    assert dialect.quote(f"a{mark}b").lower() == f"{mark}a{mark}{mark}b{mark}"
    assert dialect.named("t").lower() == f"{mark}my schema{mark}.{mark}t{mark}"
    assert dialect.text("it's").replace("\\'", "''") == "'it''s'"


@pytest.mark.parametrize(
    ("engine", "place", "location"),
    [
        ("athena", ("s3", "lake", "a/b"), "s3://lake/a/b"),
        ("bigquery", ("gs", "lake", ""), "gs://lake"),
        ("duckdb", ("file", "", "data/é"), "/data/é"),
        ("duckdb", ("abfs", "container", "a"), "az://container/a"),
        ("snowflake", ("gs", "lake", "a"), "gcs://lake/a"),
        ("spark", ("s3", "lake", "a"), "s3a://lake/a"),
        ("spark", ("file", "", "data/a b"), "file:///data/a b"),
        ("trino", ("s3", "lake", "a"), "s3://lake/a"),
    ],
)
def test_a_destination_becomes_the_engines_address(engine: str, place: tuple[str, str, str], location: str) -> None:
    assert DIALECTS[engine].located(*place) == location


@pytest.mark.parametrize(
    ("engine", "scheme"),
    [("athena", "gs"), ("athena", "file"), ("bigquery", "s3"), ("snowflake", "abfs"), ("spark", "abfs"),
     ("trino", "file"), ("duckdb", "sftp")],
)  # fmt: skip
def test_an_address_that_says_too_little_is_refused(engine: str, scheme: str) -> None:
    with pytest.raises(UsageArgumentError, match=rf"{engine} cannot read {scheme}://.*--location \w+://"):
        DIALECTS[engine].located(scheme, "lake", "a")


def test_a_statement_has_its_comment_above_it() -> None:
    assert str(Statement("view", "v", "SELECT\n1", "One.\nTwo.")) == "-- One.\n-- Two.\nSELECT\n1;"


def test_projected_partitions_begin_with_a_year() -> None:
    assert earliest(date(2025, 6, 7)) == date(2025, 1, 1)
    assert earliest(None) == date(2026, 1, 1)
