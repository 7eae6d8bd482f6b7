"""Commands on the pages: Airflow takes those that are its own. The others say why no test runs them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

import pytest

from tests.docs.pages import blocks
from tests.names import find

pytestmark = pytest.mark.airflow

NOT_RUN = {
    "uv pip install": "tests install nothing: it would change the environment that they run in",
    "pip install": "the same",
    "make soak": "it takes hours; its parts are tests of their own (tests/soak)",
    "python scripts/soak.py": "the same",
    "python -m airflow_provider_ldusage.testing.simulator": "it runs until it is stopped; tests start it in process",
    "ldusage status s3://": "its bucket is not here; tests run it on a local lake and on S3 (tests/cli)",
    "python -c 'from airflow_provider_ldusage.hooks": "it needs a connection; tests of the hook make the same call",
    "rm -r": "it removes a table; the guide was tried by hand",
    "export AIRFLOW_TOKEN=": "it asks an Airflow that is started by hand; its answer was seen on 3.3",
    "ldusage ddl file:": "tests run the command and its script (tests/docs/test_cli.py)",
    "duckdb lake.duckdb": "DuckDB's shell is not here; the same test gives the script to DuckDB in Python",
    "curl": "it asks a simulator that is started by hand; tests call the same address (tests/testing)",
}


def commands() -> Iterator[str]:
    for block in blocks("bash"):
        lines = str(block.values[0]).replace("\\\n", " ").splitlines()
        yield from filter(None, (line.strip() for line in lines))


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("airflow ")])
def test_airflow_takes_the_command(command: str) -> None:
    from airflow.cli.cli_parser import get_parser

    words = shlex.split(command, comments=True)[1:]
    if words[0] == "backfill":
        pytest.importorskip("airflow.cli.commands.backfill_command", reason="Airflow 2 has another command for this")
    found = get_parser().parse_args(words)
    assert json.loads(getattr(found, "conf", None) or "{}") is not None


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("export AIRFLOW_CONN_")])
def test_a_connection_can_be_read(command: str) -> None:
    (text,) = re.findall(r"^export AIRFLOW_CONN_\w+='(.*)'$", command)
    connection = find("airflow.sdk:Connection", "airflow.models.connection:Connection")
    assert connection.from_json(text).conn_type == json.loads(text)["conn_type"]


def test_whatever_else_is_not_run_has_a_reason() -> None:
    tested = ("airflow ", "export AIRFLOW_CONN_", "export AIRFLOW_VAR_")
    others = [line for line in commands() if not line.startswith(tested)]
    assert not [line for line in others if not line.startswith(tuple(NOT_RUN))]
    assert not [start for start in NOT_RUN if not any(line.startswith(start) for line in others)]
