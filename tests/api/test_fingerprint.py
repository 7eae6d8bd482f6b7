"""A fingerprint tells connections apart, and nothing of them."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api.config import INSTANCES, ClientConfig
from airflow_provider_ldusage.api.fingerprint import fingerprint
from airflow_provider_ldusage.testing.simulator import DEFAULT_TOKEN
from tests.api.server import TOKEN

TABLE = "0c1f5c3b2a4e4f6f9a7b8c9d0e1f2a3b"
tokens = st.uuids().map(lambda number: f"api-{number}")


def of(token: str = TOKEN, base_url: str = INSTANCES["commercial"], salt: str = TABLE) -> str | None:
    return fingerprint(ClientConfig(token, base_url), salt)


def test_it_is_64_bits_and_the_same_each_time() -> None:
    found = of()
    assert found and re.fullmatch("[0-9a-f]{16}", found)
    assert (
        fingerprint(ClientConfig(TOKEN, timeout=5.0, max_wait=1.0, proxies={"https": "http://proxy:1"}), TABLE) == found
    )
    assert of() == "05536eec946b7953", "those that are stored must stay valid"


@given(tokens, tokens)
def test_another_token_has_another(one: str, other: str) -> None:
    assert (of(one) == of(other)) == (one == other)


def test_another_host_port_or_table_has_another() -> None:
    hosts = [*INSTANCES.values(), "http://127.0.0.1:1", "http://127.0.0.1:2", "https://127.0.0.1:1"]
    found = {of(base_url=host) for host in hosts} | {of(salt=str(uuid.UUID(int=n))) for n in range(3)}
    assert len(found) == len(hosts) + 3


def test_where_one_part_ends_cannot_be_mistaken() -> None:
    assert of(salt="ab", base_url="https://c") != of(salt="a", base_url="bhttps://c")


@pytest.mark.parametrize("token", ["hunter2", "x" * 64, "api-mine", TOKEN[4:], TOKEN[:-1], "API" + TOKEN[3:]])
def test_a_secret_that_could_be_guessed_has_none(token: str) -> None:
    assert of(token) is None


def test_the_simulators_token_has_one_as_a_real_one_has() -> None:
    assert of(DEFAULT_TOKEN)
