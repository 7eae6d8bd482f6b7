from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.redaction import Redactor

SECRET = "t0k/en\"<'&\\%41"


def redactor(token: str = SECRET, proxy: str = "http://joe:p%40ss@proxy:3128") -> Redactor:
    return Redactor(ClientConfig(token=token, proxies={"https": proxy}))


@pytest.mark.parametrize("form", [str, quote, lambda s: quote(s, safe=""), html.escape, lambda s: json.dumps(s)[1:-1]])
def test_the_token_is_found_as_servers_and_libraries_quote_it(form: object) -> None:
    assert callable(form)
    assert redactor()(f"You sent {form(SECRET)}, wrong") == "You sent ***, wrong"


@pytest.mark.parametrize("text", ["http://joe:p%40ss@proxy:3128", "joe:p@ss", "p%40ss", "p@ss", "x:\\y z@proxy"])
def test_proxy_credentials_are_taken_out(text: str) -> None:
    shown = redactor()(f"cannot reach {text}")
    assert "p@ss" not in shown and "p%40ss" not in shown and "joe" not in shown


def test_text_becomes_one_short_printable_line() -> None:
    assert redactor()("a\r\nb\x1b[31m\x00 c\u202e") == "a b [31m c"
    assert len(redactor()("x" * 1_000_000, 100)) == 100


@given(st.text(), st.integers(4000, 4200), st.text(alphabet=" \n\x00", max_size=1))
def test_a_secret_is_not_shown_in_part_wherever_the_text_is_cut(tail: str, before: int, filler: str) -> None:
    token = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
    shown = redactor(token)((filler or " ") * before + token + tail, 100)
    assert "5ec2e7e5" not in shown or "5ec2e7e5" in tail
