"""Which lakes the page shows."""

from __future__ import annotations

import json
from configparser import ConfigParser
from typing import Any

import pytest

from airflow_provider_ldusage.ui.lakes import Lake, Lakes, configured
from airflow_provider_ldusage.ui.problems import Problem
from airflow_provider_ldusage.ui.reading import Stores, read_body

pytestmark = pytest.mark.airflow
OPTION, VARIABLE = "AIRFLOW__LDUSAGE__LAKES", "AIRFLOW_VAR_LDUSAGE_DESTINATION"


def test_the_variable_of_the_examples_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " s3://aws@lake/usage ")
    assert configured().to_json() == {"lakes": [{"name": "default", "uri": "s3://lake/usage"}], "selected": "default"}


def test_the_option_names_several_lakes_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "s3://aws@other/usage")
    monkeypatch.setenv(OPTION, '{"us": "s3://aws@us/usage", "eu": "gs://google@eu/usage"}')
    found = configured()
    assert found.chosen(None) == Lake("us", "s3://aws@us/usage")
    assert found.chosen("eu").uri == "gs://eu/usage"
    with pytest.raises(Problem) as problem:
        found.chosen("default")
    assert problem.value.code == "unknown_lake"


def test_without_either_the_page_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    for ask in (configured().to_json, lambda: configured().chosen("default")):
        with pytest.raises(Problem) as problem:
            ask()
        assert problem.value.code == "no_lake"


@pytest.mark.parametrize("option", ["s3://aws@lake/usage", "[]", "{}", '{"a": ""}', '{"": "s3://a@b/c"}', '{"a": 1}'])
def test_a_wrong_option_is_said_to_be_wrong(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPTION, option)
    with pytest.raises(Problem) as problem:
        configured()
    assert (problem.value.status, problem.value.code) == (500, "error")
    assert "[ldusage] lakes" in problem.value.detail


def test_a_percent_sign_of_the_option_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_ldusage.compat import conf

    def get(*_: Any, **__: Any) -> str:
        parser = ConfigParser()
        parser.read_string('[ldusage]\nlakes = {"a": "file:///data/a%20b"}')
        return parser.get("ldusage", "lakes")

    monkeypatch.setattr(conf, "get", get)
    with pytest.raises(Problem) as problem:
        configured()
    assert "%%" in problem.value.detail


@pytest.mark.parametrize(
    "wrong", ["s3://key:s3cret@lake/x", "https://a.blob.core.windows.net/c?sig=s3cret", "s3://x#s3cret"]
)
def test_a_secret_in_an_address_is_not_shown(wrong: str) -> None:
    lake = Lake("a", wrong)
    assert "s3cret" not in json.dumps(Lakes({"a": lake}).to_json())
    with pytest.raises(Problem) as problem:
        read_body(Stores(), lake, "bill")
    assert "s3cret" not in json.dumps(problem.value.to_json())


def test_a_lake_with_a_wrong_address_is_listed_all_the_same() -> None:
    assert Lakes({"a": Lake("a", "nowhere")}).to_json()["lakes"] == [{"name": "a", "uri": ""}]
